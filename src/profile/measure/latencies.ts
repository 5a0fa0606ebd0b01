import type { Engine } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import { type BucketCount, quantileFromBuckets } from "../../stats/index.js";
import type { ObservedLatency } from "../contract.js";
import { queryRows } from "../queries/load-query.js";

type LatencyRow = {
  readonly provider: string;
  readonly model: string;
  readonly bucket: number;
  readonly count: number;
};

/** p95 latency of the successful requests of each model that the sketches have any for. */
export async function readLatencies(engine: Engine, workspace: Workspace): Promise<ObservedLatency[]> {
  const rows = await queryRows<LatencyRow>(engine, "model-latencies", {
    fragments: { sketches: { path: workspace.sketches } },
  });
  const byModel = new Map<string, { readonly row: LatencyRow; readonly buckets: BucketCount[] }>();
  for (const row of rows) {
    const key = JSON.stringify([row.provider, row.model]);
    const known = byModel.get(key) ?? { row, buckets: [] };
    known.buckets.push(row);
    byModel.set(key, known);
  }
  return [...byModel.values()].map(({ row: { provider, model }, buckets }) => ({
    provider,
    model,
    requests: buckets.reduce((sum, { count }) => sum + count, 0),
    p95Ms: quantileFromBuckets(buckets, 0.95) ?? 0,
  }));
}
