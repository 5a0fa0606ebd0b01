import type { Engine } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { priceUsage } from "../../pricing/index.js";
import { formatExact } from "../../shared/money.js";
import type { Workspace } from "../../shared/workspace.js";
import type { ExactReuse, PrefixReuse, SharedPrefix } from "../contract.js";
import type { KeyColumns } from "../queries/columns.js";
import { queryRows } from "../queries/load-query.js";

type ExactRow = KeyColumns & {
  readonly ttl_seconds: number;
  readonly hits: number;
  readonly hit_input_tokens: number;
  readonly hit_cached_input_tokens: number;
  readonly hit_cache_write_tokens: number;
  readonly hit_cache_write_1h_tokens: number;
  readonly hit_output_tokens: number;
  readonly hit_reasoning_tokens: number;
};

type PrefixRow = KeyColumns & {
  readonly ttl_seconds: number;
  readonly minimum_tokens: number;
  readonly after_exact_ttl_seconds: number | null;
  readonly requests: number;
  readonly hit_tokens: number;
  readonly write_tokens: number;
  readonly prompt_tokens: number;
};

type SharedRow = KeyColumns & {
  readonly requests: number;
  readonly tokens: number;
};

export async function readExactReuse(engine: Engine, workspace: Workspace): Promise<ExactReuse[]> {
  return queryRows<ExactRow>(engine, "reuse-exact-rows", { fragments: { reuse: { path: workspace.reuse } } });
}

export interface PrefixReuseRow extends PrefixReuse {
  /** Input tokens of the requests counted. */
  readonly promptTokens: number;
}

export async function readPrefixReuse(engine: Engine, workspace: Workspace): Promise<PrefixReuseRow[]> {
  return queryRows<PrefixRow>(engine, "reuse-prefix-rows", {
    fragments: { reuse: { path: workspace.reuse } },
  });
}

export async function readSharedPrefixes(engine: Engine, workspace: Workspace): Promise<SharedPrefix[]> {
  return queryRows<SharedRow>(engine, "shared-prefix-rows", {
    fragments: { reuse: { path: workspace.reuse } },
  });
}

export interface ExactSummary {
  readonly ttlSeconds: number;
  readonly hits: number;
  readonly hitShare: number;
  readonly savedListUsd: string;
}

/** Per lifetime over the whole workload; savings at list prices of `at`, unpriced models count nothing. */
export function summariseExact(
  rows: readonly ExactReuse[],
  ttls: readonly number[],
  hashedRequests: number,
  prices: PriceBook,
  at: Date,
): ExactSummary[] {
  if (hashedRequests === 0) return [];
  return ttls.map((ttlSeconds) => {
    const ofTtl = rows.filter((row) => row.ttlSeconds === ttlSeconds);
    const hits = ofTtl.reduce((sum, row) => sum + row.hits, 0);
    const saved = ofTtl.reduce((sum, row) => sum + listPriceOf(row, prices, at), 0n);
    return { ttlSeconds, hits, hitShare: hits / hashedRequests, savedListUsd: formatExact(saved) };
  });
}

function listPriceOf(row: ExactReuse, prices: PriceBook, at: Date): bigint {
  const match = prices.find({ provider: row.provider, model: row.model, at });
  if (match === null) return 0n;
  const usage = {
    inputTokens: row.hitInputTokens,
    cachedInputTokens: row.hitCachedInputTokens,
    cacheWriteTokens: row.hitCacheWriteTokens,
    cacheWrite1hTokens: row.hitCacheWrite1hTokens,
    outputTokens: row.hitOutputTokens,
    reasoningTokens: row.hitReasoningTokens,
  };
  const terms = { contextClass: row.contextClass, batch: row.batch, serviceTier: null };
  return priceUsage(usage, match.row, terms).amount;
}

export interface PrefixSummary {
  readonly ttlSeconds: number;
  readonly minimumTokens: number;
  readonly hitTokens: number;
  readonly hitTokenShare: number;
  readonly writeTokens: number;
}

/** Per lifetime and smallest prefix over the whole workload, without an exact cache before it. */
export function summarisePrefix(rows: readonly PrefixReuseRow[]): PrefixSummary[] {
  const sums = new Map<string, PrefixSummary>();
  const plain = rows.filter((row) => row.afterExactTtlSeconds === null);
  // Of all requests with hashes, also those too short for a minimum.
  const promptTokens = new Map<number, number>();
  for (const row of plain) {
    if (row.minimumTokens !== 0) continue;
    promptTokens.set(row.ttlSeconds, (promptTokens.get(row.ttlSeconds) ?? 0) + row.promptTokens);
  }
  for (const { ttlSeconds, minimumTokens, hitTokens, writeTokens } of plain) {
    const key = `${ttlSeconds}/${minimumTokens}`;
    const sum = sums.get(key) ?? {
      ttlSeconds,
      minimumTokens,
      hitTokens: 0,
      hitTokenShare: 0,
      writeTokens: 0,
    };
    const hits = sum.hitTokens + hitTokens;
    sums.set(key, {
      ...sum,
      hitTokens: hits,
      hitTokenShare: hits / Math.max(1, promptTokens.get(ttlSeconds) ?? 0),
      writeTokens: sum.writeTokens + writeTokens,
    });
  }
  return [...sums.values()].sort((a, b) => a.ttlSeconds - b.ttlSeconds || a.minimumTokens - b.minimumTokens);
}
