import { costOf, toMonth } from "../plan/index.js";
import type { PriceBook } from "../pricing/contract.js";
import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../profile/contract.js";
import type { CostRow } from "../report/contract.js";

/** A workload as lines of a CSV: a month of each cluster on each model and interface, at list price. */
export function costRows(workload: Workload, book: PriceBook): CostRow[] {
  const groups = new Map<string, WorkloadCell[]>();
  for (const cell of workload.cells) {
    const key = JSON.stringify([cell.cluster, cell.provider, cell.model, cell.batch]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const months = HOURS_PER_MONTH / workload.hours;
  return [...groups.values()].map((cells) => {
    const { cluster, provider, model, batch } = cells[0]!;
    const total = (value: (cell: WorkloadCell) => number): number =>
      cells.reduce((sum, cell) => sum + value(cell), 0) * months;
    return {
      cluster,
      provider,
      model,
      batch,
      requestsMonth: total((cell) => cell.requests),
      inputTokensMonth: total((cell) => cell.inputTokens),
      outputTokensMonth: total((cell) => cell.outputTokens),
      costMonth: toMonth(costOf({ ...workload, cells }, book).amount, workload.hours),
    };
  });
}
