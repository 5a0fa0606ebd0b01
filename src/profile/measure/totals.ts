import type { Engine } from "../../engine/contract.js";
import { type PicoUsd, parseUsd } from "../../shared/money.js";
import type { Workspace } from "../../shared/workspace.js";
import { queryRows } from "../queries/load-query.js";
import type { DayCount } from "./growth.js";

export interface Totals {
  readonly events: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cost: PicoUsd;
  readonly listCost: PicoUsd;
  readonly billedCost: PicoUsd;
  /** Part of `cost` that only buckets cover. */
  readonly bucketCost: PicoUsd;
  readonly errorEvents: number;
}

/** Costs arrive as decimal text, USD. */
type TotalsRow = {
  readonly events: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost: string;
  readonly list_cost: string;
  readonly billed_cost: string;
  readonly error_events: number;
  readonly bucket_cost: string;
};

export async function readTotals(engine: Engine): Promise<Totals> {
  const [row] = await queryRows<TotalsRow>(engine, "totals");
  const { cost, listCost, billedCost, bucketCost, ...counts } = row!;
  return {
    ...counts,
    cost: parseUsd(cost),
    listCost: parseUsd(listCost),
    billedCost: parseUsd(billedCost),
    bucketCost: parseUsd(bucketCost),
  };
}

export interface Peaks {
  readonly requestsPerMinute: number;
  readonly peakMinute: string;
  readonly tokensPerMinute: number;
}

type PeaksRow = {
  readonly requests_per_minute: number;
  readonly peak_minute: string;
  readonly tokens_per_minute: number;
};

/** null where no single request is on record. */
export async function readPeaks(engine: Engine, workspace: Workspace): Promise<Peaks | null> {
  const fragments = { minutes: { path: workspace.minutes } };
  const [row] = await queryRows<PeaksRow>(engine, "peaks", { fragments });
  return row?.peakMinute == null ? null : row;
}

export async function readDays(engine: Engine): Promise<DayCount[]> {
  return queryRows<{ readonly day: string; readonly requests: number }>(engine, "days");
}

export interface ClusterTotals {
  readonly cluster: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Without buckets that do not say how many requests they are. */
  readonly countedRequests: number;
  readonly countedInputTokens: number;
  readonly countedOutputTokens: number;
  readonly cost: PicoUsd;
}

type ClusterTotalsRow = {
  readonly cluster: string;
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly counted_requests: number;
  readonly counted_input_tokens: number;
  readonly counted_output_tokens: number;
  readonly cost: string;
};

/** Clusters of the cube, dearest first. */
export async function readClusterTotals(engine: Engine): Promise<ClusterTotals[]> {
  const rows = await queryRows<ClusterTotalsRow>(engine, "cluster-totals");
  return rows.map((row) => ({ ...row, cost: parseUsd(row.cost) }));
}
