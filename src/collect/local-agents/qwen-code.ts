import { join } from "node:path";
import type { Agent, AgentCall, ParsedRecord } from "./agent.js";
import { asObject, type JsonObject, RecordProblem, readCount, readInstant, readText } from "./fields.js";

const USAGE = "usageMetadata";

/**
 * Qwen Code keeps one `.jsonl` file per session at `~/.qwen/projects/<folder>/chats/`, with usage in Gemini's words:
 * prompt tokens include cached ones, candidates leave thoughts out.
 */
export const qwenCode: Agent = {
  id: "qwen-code",
  name: "Qwen Code",
  environment: [],
  folders: (_, homeDir) => [join(homeDir, ".qwen", "projects")],
  folderNames: [],
  fieldsRead: [
    "type, uuid, sessionId, timestamp, cwd, model",
    "usageMetadata: promptTokenCount, cachedContentTokenCount, candidatesTokenCount, thoughtsTokenCount",
  ],
  markers: ['"usageMetadata"'],
  recognises: (record) =>
    typeof record.uuid === "string" &&
    (asObject(record.usageMetadata) !== null || Array.isArray(asObject(record.message)?.parts)),
  projectInPath: false,
  order: "path",
  createParser: () => ({ openFile: () => parseQwenRecord }),
};

/** One line of a session file. */
export function parseQwenRecord(record: JsonObject): ParsedRecord {
  const usage = asObject(record.usageMetadata);
  if (record.type !== "assistant" || usage === null) return { kind: "other" };
  try {
    return { kind: "call", call: readCall(record, usage) };
  } catch (error) {
    if (error instanceof RecordProblem) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

function readCall(record: JsonObject, usage: JsonObject): AgentCall {
  const thoughts = readCount(usage, "thoughtsTokenCount", USAGE);
  return {
    id: readText(record, "uuid"),
    tsMs: readInstant(record.timestamp, "timestamp"),
    // The file names the model and not who served it: several services offer the same ones.
    provider: "unknown",
    model: readText(record, "model"),
    inputTokens: readCount(usage, "promptTokenCount", USAGE, true)!,
    cachedInputTokens: readCount(usage, "cachedContentTokenCount", USAGE),
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    outputTokens: (readCount(usage, "candidatesTokenCount", USAGE) ?? 0) + (thoughts ?? 0),
    reasoningTokens: thoughts,
    contextLength: null,
    serviceTier: null,
    status: "ok",
    sessionId: readText(record, "sessionId"),
    project: readText(record, "cwd"),
    sidechain: false,
    message: null,
  };
}
