import type { Engine } from "../../engine/contract.js";
import { queryRows } from "../queries/load-query.js";

export interface Coverage {
  readonly first: string;
  /** End of what the last event covers: its instant, or the end of a bucket. */
  readonly last: string;
  /** Rows of the events file. */
  readonly eventRows: number;
  readonly bucketRows: number;
  /** Buckets that do not say how many requests they are; each counts as one. */
  readonly uncountedRows: number;
  readonly requests: number;
  /** Of those, requests that only buckets cover. */
  readonly bucketRequests: number;
  readonly withoutTokens: number;
  readonly withRetryOf: number;
  readonly withConversation: number;
  readonly withPromptHash: number;
  readonly withPrefixHashes: number;
  readonly withoutBlockSize: number;
}

type CoverageRow = {
  readonly first_ts: string | null;
  readonly last_ts: string | null;
  readonly event_rows: number;
  readonly bucket_rows: number;
  readonly uncounted_rows: number;
  readonly requests: number;
  readonly bucket_requests: number;
  readonly without_tokens: number;
  readonly with_retry_of: number;
  readonly with_conversation: number;
  readonly with_prompt_hash: number;
  readonly with_prefix_hashes: number;
  readonly without_block_size: number;
};

/** What the events span and carry; null when there are none. */
export async function readCoverage(engine: Engine): Promise<Coverage | null> {
  const [row] = await queryRows<CoverageRow>(engine, "coverage");
  if (row === undefined || row.firstTs === null || row.lastTs === null) return null;
  const { firstTs, lastTs, ...counts } = row;
  return { first: firstTs, last: lastTs, ...counts };
}

const HOUR_MS = 3_600_000;

/** Observed hours, at least one: a shorter log must not be blown up to a month by a larger factor. */
export function spanHours(first: string, last: string): number {
  const hours = (Date.parse(last) - Date.parse(first)) / HOUR_MS;
  return Math.max(1, Math.round(hours * 1e6) / 1e6);
}
