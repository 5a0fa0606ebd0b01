import type { CanonicalEvent, Problem } from "../../events/contract.js";
import type { JsonObject } from "./fields.js";

/**
 * One coding agent that leaves session files on this machine. Adding one is a file that exports an `Agent` and a
 * line in `agents.ts`.
 */
export interface Agent {
  /** Kebab-case; first part of file labels and, in snake_case, the events' `endpoint`. */
  readonly id: string;
  readonly name: string;
  readonly environment: readonly { readonly name: string; readonly purpose: string }[];
  /** Folders that hold its `.jsonl` session files, in the order in which they are read. */
  folders(env: Readonly<Record<string, string | undefined>>, homeDir: string): readonly string[];
  /** Names of those folders inside a configuration folder that the user named. */
  readonly folderNames: readonly string[];
  /** Every field that is read, as paths; shown by `--explain`. */
  readonly fieldsRead: readonly string[];
  /** A line with none of these texts cannot matter, and is passed over without being parsed. */
  readonly markers: readonly string[];
  /** Whether a line is of this agent: for folders that the user named, where the place does not tell. */
  recognises(record: JsonObject): boolean;
  /** Whether the folder above a session file names the project (which is personal data, so it is hashed). */
  readonly projectInPath: boolean;
  /** Sorts files so that a session comes before those that replay it. */
  readonly order: "path" | "name";
  createParser(): AgentParser;
}

/** Lives for one pass over an agent's files; keeps what must be remembered between them. */
export interface AgentParser {
  /** The function that is given the file's records in order. */
  openFile(): (record: JsonObject) => ParsedRecord;
}

export type ParsedRecord =
  /** Not a usage record: neither read nor rejected. */
  | { readonly kind: "other" }
  | { readonly kind: "problem"; readonly problem: Omit<Problem, "file" | "line"> }
  /** A usage record that says again what an earlier one said. */
  | { readonly kind: "repeated"; readonly tsMs: number }
  | { readonly kind: "call"; readonly call: AgentCall };

/** One call to a model. Token totals are inclusive, as in the canonical event. */
export interface AgentCall {
  /** Id that the source supplied; null where it has none. */
  readonly id: string | null;
  /** Milliseconds since 1970, UTC: the moment at which the agent wrote the line. */
  readonly tsMs: number;
  readonly provider: string;
  readonly model: string | null;
  readonly inputTokens: number;
  readonly cachedInputTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  readonly outputTokens: number;
  readonly reasoningTokens: number | null;
  readonly contextLength: number | null;
  readonly serviceTier: string | null;
  readonly status: CanonicalEvent["status"];
  readonly sessionId: string | null;
  /** Name of the project where the record itself tells it; hashed before it leaves the collector. */
  readonly project: string | null;
  readonly sidechain: boolean;
  /** Present where several lines may stand for one call and the fullest of them counts. */
  readonly message: MessageIdentity | null;
}

export interface MessageIdentity {
  readonly messageId: string;
  readonly requestId: string | null;
  readonly statesSpeed: boolean;
}
