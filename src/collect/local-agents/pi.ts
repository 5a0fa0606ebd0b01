import { join } from "node:path";
import type { Agent, AgentCall, ParsedRecord } from "./agent.js";
import { asObject, type JsonObject, RecordProblem, readCount, readInstant, readText } from "./fields.js";

const USAGE = "message.usage";

/**
 * Pi keeps one `.jsonl` file per session below `~/.pi/agent/sessions/--<folder>--/`. A fork copies its parent's
 * messages with their ids, so a call is known by its id and time wherever it is repeated.
 */
export const pi: Agent = {
  id: "pi",
  name: "Pi",
  environment: [{ name: "PI_CODING_AGENT_SESSION_DIR", purpose: "Pi's folder of sessions" }],
  folders: (env, homeDir) => [env.PI_CODING_AGENT_SESSION_DIR || join(homeDir, ".pi", "agent", "sessions")],
  folderNames: [],
  fieldsRead: [
    "type, id, timestamp",
    "message.role, message.provider, message.model",
    "message.usage: input, output, cacheRead, cacheWrite",
  ],
  markers: ['"usage"'],
  recognises(record) {
    const isHeader = record.type === "session" && typeof record.cwd === "string";
    const message = asObject(record.message);
    return isHeader || (record.type === "message" && typeof asObject(message?.usage)?.cacheRead === "number");
  },
  projectInPath: true,
  order: "path",
  createParser: () => ({ openFile: () => parsePiRecord }),
};

/** One line of a session file. */
export function parsePiRecord(record: JsonObject): ParsedRecord {
  const message = asObject(record.message);
  const usage = asObject(message?.usage);
  if (record.type !== "message" || message?.role !== "assistant" || usage === null) return { kind: "other" };
  try {
    return { kind: "call", call: readCall(record, message, usage) };
  } catch (error) {
    if (error instanceof RecordProblem) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

function readCall(record: JsonObject, message: JsonObject, usage: JsonObject): AgentCall {
  const tsMs = readInstant(record.timestamp, "timestamp");
  const id = readText(record, "id");
  const cacheRead = readCount(usage, "cacheRead", USAGE) ?? 0;
  const cacheWrite = readCount(usage, "cacheWrite", USAGE) ?? 0;
  return {
    // Ids are short and drawn anew in each session; with the time they are one of a kind.
    id: id === null ? null : `pi:${id}:${tsMs}`,
    tsMs,
    provider: readText(message, "provider", "message") ?? "unknown",
    model: readText(message, "model", "message"),
    // Pi counts input without the cached part for every provider, the canonical event with it.
    inputTokens: readCount(usage, "input", USAGE, true)! + cacheRead + cacheWrite,
    cachedInputTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite1hTokens: null,
    outputTokens: readCount(usage, "output", USAGE, true)!,
    reasoningTokens: null,
    contextLength: null,
    serviceTier: null,
    status: message.stopReason === "error" ? "error" : "ok",
    sessionId: null,
    project: null,
    sidechain: false,
    message: null,
  };
}
