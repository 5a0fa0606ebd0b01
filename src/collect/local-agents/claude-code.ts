import { basename, join } from "node:path";
import type { Agent, AgentCall, ParsedRecord } from "./agent.js";
import { asObject, type JsonObject, RecordProblem, readCount, readInstant, readText } from "./fields.js";

const USAGE = "message.usage";

/** What the agent writes as the model of a message that it made up itself (an API error, an interruption). */
const NO_MODEL = "<synthetic>";

const VERSION = /^\d+\.\d+\.\d/;

/**
 * Claude Code keeps one `.jsonl` file per session below `projects/<folder>/`. Rules and field names follow
 * ccusage, the reader most people know (https://github.com/ryoppippi/ccusage, read in June 2026); an explicit
 * `null` counts as absent here, where ccusage passes over the whole line.
 */
export const claudeCode: Agent = {
  id: "claude-code",
  name: "Claude Code",
  environment: [
    {
      name: "CLAUDE_CONFIG_DIR",
      purpose: "Claude Code's configuration folder, or several with commas between",
    },
    { name: "XDG_CONFIG_HOME", purpose: "parent of Claude Code's newer configuration folder" },
  ],
  folders(env, homeDir) {
    const named = (env.CLAUDE_CONFIG_DIR ?? "").split(",").map((folder) => folder.trim());
    const chosen = named.filter((folder) => folder !== "").map((folder) => expandHome(folder, homeDir));
    if (chosen.length > 0) return chosen.map(projectsFolder);
    const config = env.XDG_CONFIG_HOME || join(homeDir, ".config");
    return [join(config, "claude", "projects"), join(homeDir, ".claude", "projects")];
  },
  folderNames: ["projects"],
  fieldsRead: [
    "timestamp, sessionId, requestId, version, isSidechain, isApiErrorMessage",
    "message.id, message.model",
    "message.usage: input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens,",
    "  cache_creation.ephemeral_5m_input_tokens, cache_creation.ephemeral_1h_input_tokens, service_tier, speed",
    "the same fields below data.message (lines that report on a subagent)",
  ],
  markers: ['"usage"'],
  recognises(record) {
    const entry = entryOf(record);
    const message = asObject(entry.message);
    return message !== null && (typeof record.sessionId === "string" || asObject(message.usage) !== null);
  },
  projectInPath: true,
  order: "path",
  createParser: () => ({ openFile: () => parseClaudeCodeRecord }),
};

/** One line of a session file. Pure: what repeats across lines is settled by the call index. */
export function parseClaudeCodeRecord(record: JsonObject): ParsedRecord {
  const entry = entryOf(record);
  const message = asObject(entry.message);
  const usage = asObject(message?.usage);
  if (message === null || usage === null || message.model === NO_MODEL) return { kind: "other" };
  try {
    return { kind: "call", call: readCall(record, entry, message, usage) };
  } catch (error) {
    if (error instanceof RecordProblem) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

function readCall(record: JsonObject, entry: JsonObject, message: JsonObject, usage: JsonObject): AgentCall {
  const tsMs = readInstant(entry.timestamp ?? record.timestamp, "timestamp");
  const version = readText(entry, "version");
  if (version !== null && !VERSION.test(version)) {
    throw new RecordProblem("invalid_value", "version", "found a text that is no version number.");
  }
  const messageId = readText(message, "id", "message");
  const requestId = readText(entry, "requestId");
  const model = readText(message, "model", "message");
  const speed = readText(usage, "speed", USAGE);
  const uncachedInput = readCount(usage, "input_tokens", USAGE, true)!;
  const cacheRead = readCount(usage, "cache_read_input_tokens", USAGE) ?? 0;
  const write = readCacheWrite(usage);
  return {
    id: messageId === null ? null : [messageId, requestId].filter((part) => part !== null).join(":"),
    tsMs,
    provider: providerOf(model, messageId),
    model: model !== null && speed === "fast" ? `${model}-fast` : model,
    // The log counts input without the cached part, the canonical event with it.
    inputTokens: uncachedInput + cacheRead + write.total,
    cachedInputTokens: cacheRead,
    cacheWriteTokens: write.total,
    cacheWrite1hTokens: write.oneHour,
    outputTokens: readCount(usage, "output_tokens", USAGE, true)!,
    reasoningTokens: null,
    contextLength: null,
    serviceTier: readText(usage, "service_tier", USAGE),
    status: entry.isApiErrorMessage === true ? "error" : "ok",
    sessionId: readText(entry, "sessionId") ?? readText(record, "sessionId"),
    project: null,
    sidechain: entry.isSidechain === true,
    message: messageId === null ? null : { messageId, requestId, statesSpeed: speed !== null },
  };
}

/** The lifetimes add up to the plain count, so only one of the two forms is used; never both. */
function readCacheWrite(usage: JsonObject): { total: number; oneHour: number | null } {
  const split = asObject(usage.cache_creation);
  const path = `${USAGE}.cache_creation`;
  const fiveMinutes = split && readCount(split, "ephemeral_5m_input_tokens", path);
  const oneHour = split && readCount(split, "ephemeral_1h_input_tokens", path);
  if (fiveMinutes === null && oneHour === null) {
    return { total: readCount(usage, "cache_creation_input_tokens", USAGE) ?? 0, oneHour: null };
  }
  return { total: (fiveMinutes ?? 0) + (oneHour ?? 0), oneHour: oneHour ?? 0 };
}

/** Amazon and Google put their own mark on the ids of what they serve; everything else came from Anthropic. */
function providerOf(model: string | null, messageId: string | null): string {
  const modelId = model ?? "";
  if (messageId?.startsWith("msg_bdrk_") || /^(arn:aws|bedrock\/|([a-z-]+\.)?anthropic\.)/.test(modelId)) {
    return "aws_bedrock";
  }
  if (
    messageId?.startsWith("msg_vrtx_") ||
    /^(vertex(_ai)?\/|publishers\/|projects\/)|@\d{8}$/.test(modelId)
  ) {
    return "google_vertex";
  }
  return "anthropic";
}

/** Lines that report on a subagent carry the whole entry one level down. */
function entryOf(record: JsonObject): JsonObject {
  const nested = asObject(asObject(record.data)?.message);
  return nested !== null && asObject(nested.message) !== null ? nested : record;
}

function projectsFolder(folder: string): string {
  return basename(folder) === "projects" ? folder : join(folder, "projects");
}

function expandHome(folder: string, homeDir: string): string {
  return folder === "~" || folder.startsWith("~/") ? join(homeDir, folder.slice(1)) : folder;
}
