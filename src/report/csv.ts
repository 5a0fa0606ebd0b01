import { formatExact, type PicoUsd, parseUsd } from "../shared/money.js";
import type { CostRow, ReportFormat } from "./contract.js";
import { type Cell, toCsv } from "./csv-text.js";

const KEY_COLUMNS = ["cluster", "provider", "model", "batch"] as const;

/** Columns of baseline.csv and optimized.csv. Stable: `tokenop diff` and spreadsheets depend on them. */
export const COST_COLUMNS = [
  ...KEY_COLUMNS,
  "requests_month",
  "input_tokens_month",
  "output_tokens_month",
  "cost_usd_month",
] as const;

/** Columns of diff.csv. `change` is optimized minus baseline, so a saving is negative. */
export const DIFF_COLUMNS = [
  ...KEY_COLUMNS,
  "baseline_requests_month",
  "optimized_requests_month",
  "change_requests_month",
  "baseline_cost_usd_month",
  "optimized_cost_usd_month",
  "change_cost_usd_month",
] as const;

export const csv: ReportFormat = {
  id: "csv",
  summary: "Cost by cluster and model, before and after the certified changes",
  files: ["baseline.csv", "optimized.csv", "diff.csv"],
  async render({ costRows: rows }) {
    return [
      { file: "baseline.csv", text: toCsv(COST_COLUMNS, sorted(rows.baseline).map(costCells)) },
      { file: "optimized.csv", text: toCsv(COST_COLUMNS, sorted(rows.optimized).map(costCells)) },
      { file: "diff.csv", text: toCsv(DIFF_COLUMNS, diffCells(rows.baseline, rows.optimized)) },
    ];
  },
};

const keyCells = (row: CostRow): Cell[] => [row.cluster, row.provider, row.model, row.batch];

const costCells = (row: CostRow): Cell[] => [
  ...keyCells(row),
  rounded(row.requestsMonth),
  rounded(row.inputTokensMonth),
  rounded(row.outputTokensMonth),
  row.costUsdMonth,
];

function diffCells(baseline: readonly CostRow[], optimized: readonly CostRow[]): Cell[][] {
  const before = new Map(baseline.map((row) => [keyOf(row), row]));
  const after = new Map(optimized.map((row) => [keyOf(row), row]));
  const all = new Map([...before, ...after]);
  return sorted([...all.values()]).map((row) => {
    const [from, to] = [before.get(keyOf(row)), after.get(keyOf(row))];
    const requests = [from?.requestsMonth ?? 0, to?.requestsMonth ?? 0] as const;
    const cost: readonly [PicoUsd, PicoUsd] = [costOf(from), costOf(to)];
    return [
      ...keyCells(row),
      ...[requests[0], requests[1], requests[1] - requests[0]].map(rounded),
      ...[cost[0], cost[1], cost[1] - cost[0]].map(formatExact),
    ];
  });
}

const costOf = (row: CostRow | undefined): PicoUsd => (row === undefined ? 0n : parseUsd(row.costUsdMonth));

const keyOf = (row: CostRow): string => JSON.stringify(keyCells(row));

/** By code unit, so that the order is the same on every machine. */
function sorted(rows: readonly CostRow[]): CostRow[] {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }));
  keyed.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
  return keyed.map(({ row }) => row);
}

/** Monthly counts are scaled from an observed span: thousandths are noise. */
const rounded = (count: number): number => Number(count.toFixed(3));
