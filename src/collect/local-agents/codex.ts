import { join } from "node:path";
import type { Agent, AgentCall, AgentParser, ParsedRecord } from "./agent.js";
import { asObject, type JsonObject, RecordProblem, readCount, readInstant, readText } from "./fields.js";

const RECORD_TYPES = new Set(["session_meta", "turn_context", "event_msg", "response_item"]);

/**
 * Codex writes `sessions/YYYY/MM/DD/rollout-*.jsonl`. Field names: `TokenUsageInfo` and `SessionMeta` of
 * https://github.com/openai/codex (codex-rs/protocol); the pitfalls are those that ccusage's users reported
 * (https://github.com/ccusage/ccusage, issues 897, 950, 1370 and 1460).
 */
export const codex: Agent = {
  id: "codex",
  name: "Codex",
  environment: [
    { name: "CODEX_HOME", purpose: "Codex's folder, or several with commas between; ~/.codex when absent" },
  ],
  folders(env, homeDir) {
    const named = (env.CODEX_HOME ?? "").split(",").map((folder) => folder.trim());
    const chosen = named.filter((folder) => folder !== "");
    const homes = chosen.length > 0 ? chosen : [join(homeDir, ".codex")];
    return homes.flatMap((home) => codex.folderNames.map((name) => join(home, name)));
  },
  folderNames: ["sessions", "archived_sessions"],
  fieldsRead: [
    "timestamp, type, payload.type",
    "session_meta: id, forked_from_id, parent_thread_id, source.subagent.thread_spawn.parent_thread_id,",
    "  model_provider, cwd (hashed)",
    "turn_context: model",
    "token_count: info.model, info.model_context_window, info.last_token_usage and info.total_token_usage with",
    "  input_tokens, cached_input_tokens, cache_write_input_tokens, output_tokens, reasoning_output_tokens",
  ],
  markers: ['"token_count"', '"turn_context"', '"session_meta"'],
  recognises: (record) => RECORD_TYPES.has(String(record.type)) && asObject(record.payload) !== null,
  projectInPath: false,
  // File names begin with the session's start, so a parent is read before its forks, archived or not.
  order: "name",
  createParser: createCodexParser,
};

/** Tokens of one call or of a session so far. Cached and written input are subsets of input. */
interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
}

interface Session {
  id: string | null;
  model: string | null;
  provider: string;
  project: string | null;
  /** Usage records seen so far: the call's place in its session, and with the session's id its own id. */
  ordinal: number;
  total: Tokens | null;
  /** The last record's totals (or, without totals, instant and tokens) as one text. */
  previous: string | null;
  /** Every total that this session has shown. */
  shown: Set<string>;
  /** Totals of the session that this one was forked from, while its history is still being replayed. */
  replayed: Set<string> | null;
  /** Where an absent parent's history is remembered, so that the next fork of it is recognised. */
  lostParent: Set<string> | null;
}

/**
 * A fork (also each spawned subagent) begins with a copy of its parent's records, often under new timestamps. A
 * copy is known by its running totals: as long as a fork shows totals that its parent has shown, it adds nothing.
 */
export function createCodexParser(): AgentParser {
  const shownBySession = new Map<string, Set<string>>();
  return {
    openFile() {
      const session: Session = {
        id: null,
        model: null,
        provider: "openai",
        project: null,
        ordinal: 0,
        total: null,
        previous: null,
        shown: new Set(),
        replayed: null,
        lostParent: null,
      };
      return (record) => parseCodexRecord(session, shownBySession, record);
    },
  };
}

function parseCodexRecord(
  session: Session,
  shownBySession: Map<string, Set<string>>,
  record: JsonObject,
): ParsedRecord {
  const payload = asObject(record.payload);
  if (payload === null) return { kind: "other" };
  try {
    if (record.type === "session_meta") startSession(session, shownBySession, payload);
    if (record.type === "turn_context")
      session.model = readText(payload, "model", "payload") ?? session.model;
    if (record.type !== "event_msg" || payload.type !== "token_count") return { kind: "other" };
    return parseTokenCount(session, record, payload);
  } catch (error) {
    if (error instanceof RecordProblem) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

function startSession(session: Session, shownBySession: Map<string, Set<string>>, meta: JsonObject): void {
  // A fork's file repeats its parent's header after its own.
  if (session.id !== null) return;
  const spawn = asObject(asObject(asObject(meta.source)?.subagent)?.thread_spawn);
  const parent = [meta.forked_from_id, meta.parent_thread_id, spawn?.parent_thread_id].find(
    (id): id is string => typeof id === "string" && id !== "" && id !== meta.id,
  );
  session.id = readText(meta, "id", "payload");
  session.provider = readText(meta, "model_provider", "payload") ?? session.provider;
  // The same spelling as Claude Code's folder names, so that one project has one hash with either agent.
  session.project = readText(meta, "cwd", "payload")?.replace(/[^A-Za-z0-9]/g, "-") ?? null;
  if (session.id !== null) session.shown = remembered(shownBySession, session.id);
  if (parent === undefined) return;
  session.lostParent = shownBySession.has(parent) ? null : remembered(shownBySession, parent);
  session.replayed = remembered(shownBySession, parent);
}

function remembered(shownBySession: Map<string, Set<string>>, id: string): Set<string> {
  const shown = shownBySession.get(id) ?? new Set<string>();
  shownBySession.set(id, shown);
  return shown;
}

function parseTokenCount(session: Session, record: JsonObject, payload: JsonObject): ParsedRecord {
  const info = asObject(payload.info);
  const total = readTokens(info, "total_token_usage");
  const last = readTokens(info, "last_token_usage");
  const usage = last ?? (total && since(session.total, total));
  // Without figures the record only reports on rate limits.
  if (info === null || usage === null) return { kind: "other" };
  const tsMs = readInstant(record.timestamp, "timestamp");
  session.ordinal += 1;
  const mark = total === null ? `${tsMs} ${Object.values(usage)}` : String(Object.values(total));
  const isRepeat = mark === session.previous || isReplay(session, mark);
  session.previous = mark;
  session.total = total ?? session.total;
  session.shown.add(mark);
  session.lostParent?.add(mark);
  if (isRepeat) return { kind: "repeated", tsMs };
  if (usage.input === 0 && usage.output === 0) return { kind: "other" };
  return { kind: "call", call: toCall(session, info, usage, tsMs, readText(payload, "model", "payload")) };
}

function isReplay(session: Session, mark: string): boolean {
  if (session.replayed?.has(mark)) return true;
  session.replayed = null;
  return false;
}

function toCall(
  session: Session,
  info: JsonObject,
  usage: Tokens,
  tsMs: number,
  payloadModel: string | null,
): AgentCall {
  return {
    id: session.id === null ? null : `${session.id}:${session.ordinal}`,
    tsMs,
    provider: session.provider,
    model: readText(info, "model", "payload.info") ?? payloadModel ?? session.model,
    inputTokens: usage.input,
    cachedInputTokens: usage.cached,
    cacheWriteTokens: usage.written,
    cacheWrite1hTokens: null,
    outputTokens: usage.output,
    reasoningTokens: usage.reasoning,
    contextLength: readCount(info, "model_context_window", "payload.info"),
    serviceTier: null,
    status: "ok",
    sessionId: session.id,
    project: session.project,
    sidechain: false,
    message: null,
  };
}

function readTokens(info: JsonObject | null, key: string): Tokens | null {
  const usage = asObject(info?.[key]);
  if (usage === null) return null;
  const path = `payload.info.${key}`;
  const tokens: Tokens = {
    input: readCount(usage, "input_tokens", path, true)!,
    cached: readCount(usage, "cached_input_tokens", path) ?? 0,
    written: readCount(usage, "cache_write_input_tokens", path) ?? 0,
    output: readCount(usage, "output_tokens", path, true)!,
    reasoning: readCount(usage, "reasoning_output_tokens", path) ?? 0,
  };
  if (tokens.cached + tokens.written > tokens.input) {
    const found = `found ${tokens.cached} cached and ${tokens.written} written of ${tokens.input}.`;
    throw new RecordProblem("subset_exceeds_total", `${path}.cached_input_tokens`, found);
  }
  if (tokens.reasoning > tokens.output) {
    const found = `found ${tokens.reasoning} of ${tokens.output}.`;
    throw new RecordProblem("subset_exceeds_total", `${path}.reasoning_output_tokens`, found);
  }
  return tokens;
}

/** What was used since the last total. A total that fell was reset, and then counts from nothing. */
function since(before: Tokens | null, total: Tokens): Tokens {
  if (before === null || total.input < before.input || total.output < before.output) return total;
  return {
    input: total.input - before.input,
    cached: Math.max(0, total.cached - before.cached),
    written: Math.max(0, total.written - before.written),
    output: total.output - before.output,
    reasoning: Math.max(0, total.reasoning - before.reasoning),
  };
}
