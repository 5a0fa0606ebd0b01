import type { PlatformServer } from "../../support/platform-server.js";

/** What a platform holds in the window of the suite (`SINCE` to before `UNTIL`). */
export interface Holdings {
  /** Rows: calls, buckets and rejected records together. */
  readonly rows: number;
  readonly statements: number;
  /** Sums over valid rows, in canonical meaning: cached tokens are part of input. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A platform played by a local server. Its answers hold `CANARY_PROMPT` wherever the real ones would hold text. */
export interface PlatformCase {
  start(): Promise<PlatformServer>;
  /** The block in `sources:` of tokenop.yaml, without `collector`, for a server at `base`. */
  settings(base: string): Readonly<Record<string, unknown>>;
  /** Secrets it needs; each value begins with `canary-`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly holds: Holdings;
  /** At least so many requests read it, so that paging is at work. */
  readonly requests: number;
  /**
   * Whether an interrupted read goes on where it stopped; else it begins anew, and the collector's page in docs says
   * why.
   */
  readonly resumes: boolean;
  /** Texts of queries in a request's body that `explain` must have shown (SQL); none for plain REST. */
  queriesIn?(body: string): readonly string[];
}

export const SINCE = new Date("2026-11-20T00:00:00Z");
export const UNTIL = new Date("2026-11-21T00:00:00Z");
export const CANARY_PROMPT = "canary prompt text that must stay at its source";
