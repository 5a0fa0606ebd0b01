import type { Engine } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import { type BucketCount, quantileFromBuckets } from "../../stats/index.js";
import { queryRows } from "../queries/load-query.js";

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Distributions {
  readonly inputTokens: Quantiles | null;
  readonly outputTokens: Quantiles | null;
  readonly latencyMs: Quantiles | null;
  readonly ttftMs: Quantiles | null;
}

type BucketRow = { readonly measure: string; readonly bucket: number; readonly count: number };

/** Quantiles over all events, merged from the sketches; null where no event carries the measure. */
export async function readDistributions(engine: Engine, workspace: Workspace): Promise<Distributions> {
  const rows = await queryRows<BucketRow>(engine, "buckets", {
    fragments: { sketches: { path: workspace.sketches } },
  });
  const of = (measure: string, shown: (value: number) => number): Quantiles | null =>
    quantilesOf(
      rows.filter((row) => row.measure === measure),
      shown,
    );
  return {
    inputTokens: of("input_tokens", shortenCount),
    outputTokens: of("output_tokens", shortenCount),
    latencyMs: of("latency_ms", shorten),
    ttftMs: of("ttft_ms", shorten),
  };
}

function quantilesOf(buckets: readonly BucketCount[], shown: (value: number) => number): Quantiles | null {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantileFromBuckets(buckets, q));
  if (p50 == null || p95 == null || p99 == null) return null;
  return { p50: shown(p50), p95: shown(p95), p99: shown(p99) };
}

/** Five digits: together with the sketch's 0.99 % still within 1 %, and no longer figure that would look exact. */
const shorten = (value: number): number => Number(value.toPrecision(5));

/** Within 1 % of a whole number below 50 there is no other one, so rounding restores the exact value. */
const shortenCount = (value: number): number => (value < 50 ? Math.round(value) : shorten(value));
