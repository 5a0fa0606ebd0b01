import { formatExact, type PicoUsd, parseUsd, ratio } from "../../shared/money.js";
import type { CostRow } from "../contract.js";

/** Totals of a cost table: a month, as the table's figures are. */
export interface CostTotals {
  readonly cost: PicoUsd;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One cluster on one model and interface, on both sides; a side that has no such line counts as nothing. */
export interface CostChange extends Pick<CostRow, "cluster" | "provider" | "model" | "batch"> {
  readonly baseline: CostTotals;
  readonly optimized: CostTotals;
  /** Optimized less baseline: a saving is negative. */
  readonly change: PicoUsd;
}

export interface CostComparison {
  readonly baseline: CostTotals;
  readonly optimized: CostTotals;
  readonly change: PicoUsd;
  /** Change over baseline; null where the baseline costs nothing. */
  readonly changeShare: number | null;
  /** Lines that differ, the greatest change in money first. */
  readonly rows: readonly CostChange[];
}

const NOTHING: CostTotals = { cost: 0n, requests: 0, inputTokens: 0, outputTokens: 0 };

/** Two cost tables, line by line. Exact in money; equal tables have no rows. */
export function compareCosts(before: readonly CostRow[], after: readonly CostRow[]): CostComparison {
  const [from, to] = [byKey(before), byKey(after)];
  const keys = [...new Set([...from.keys(), ...to.keys()])].sort();
  const rows = keys
    .map((key): CostChange => {
      const { cluster, provider, model, batch } = (from.get(key) ?? to.get(key))!.row;
      const [baseline, optimized] = [from.get(key)?.totals ?? NOTHING, to.get(key)?.totals ?? NOTHING];
      return { cluster, provider, model, batch, baseline, optimized, change: optimized.cost - baseline.cost };
    })
    .filter(({ baseline, optimized }) => !isEqual(baseline, optimized))
    .sort((left, right) => Number(abs(right.change) - abs(left.change)));
  const [baseline, optimized] = [sum(from), sum(to)];
  const change = optimized.cost - baseline.cost;
  const changeShare = baseline.cost === 0n ? null : ratio(change, baseline.cost);
  return { baseline, optimized, change, changeShare, rows };
}

type Keyed = ReadonlyMap<string, { readonly row: CostRow; readonly totals: CostTotals }>;

function byKey(rows: readonly CostRow[]): Keyed {
  const keyed = new Map<string, { row: CostRow; totals: CostTotals }>();
  for (const row of rows) {
    const key = JSON.stringify([row.cluster, row.provider, row.model, row.batch]);
    const former = keyed.get(key)?.totals ?? NOTHING;
    keyed.set(key, { row, totals: add(former, totalsOf(row)) });
  }
  return keyed;
}

const totalsOf = (row: CostRow): CostTotals => ({
  cost: parseUsd(row.costUsdMonth),
  requests: row.requestsMonth,
  inputTokens: row.inputTokensMonth,
  outputTokens: row.outputTokensMonth,
});

const add = (left: CostTotals, right: CostTotals): CostTotals => ({
  cost: left.cost + right.cost,
  requests: left.requests + right.requests,
  inputTokens: left.inputTokens + right.inputTokens,
  outputTokens: left.outputTokens + right.outputTokens,
});

const sum = (keyed: Keyed): CostTotals =>
  [...keyed.values()].reduce((total, { totals }) => add(total, totals), NOTHING);

const isEqual = (left: CostTotals, right: CostTotals): boolean =>
  left.cost === right.cost &&
  left.requests === right.requests &&
  left.inputTokens === right.inputTokens &&
  left.outputTokens === right.outputTokens;

const abs = (amount: PicoUsd): PicoUsd => (amount < 0n ? -amount : amount);

/** stdout of `tokenop diff --format json`, but for the gates. */
export function comparisonJson(comparison: CostComparison) {
  const side = (totals: CostTotals) => ({
    cost_usd_month: formatExact(totals.cost),
    requests_month: totals.requests,
    input_tokens_month: totals.inputTokens,
    output_tokens_month: totals.outputTokens,
  });
  return {
    baseline: side(comparison.baseline),
    optimized: side(comparison.optimized),
    change_usd_month: formatExact(comparison.change),
    change_share: comparison.changeShare,
    rows: comparison.rows.map(({ cluster, provider, model, batch, baseline, optimized, change }) => ({
      cluster,
      provider,
      model,
      batch,
      baseline: side(baseline),
      optimized: side(optimized),
      change_usd_month: formatExact(change),
    })),
  };
}
