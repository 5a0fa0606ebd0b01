import type { Books } from "../levers/contract.js";
import { apiCostOf, costOf, toMonth } from "../plan/index.js";
import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../profile/contract.js";
import type { CostRow } from "../report/contract.js";
import { formatExact } from "../shared/money.js";

/** A workload as lines of a CSV: a month of each cluster on each model and interface, at list price. */
export function costRows(workload: Workload, book: Books): CostRow[] {
  const groups = new Map<string, WorkloadCell[]>();
  for (const cell of workload.cells) {
    const key = JSON.stringify([cell.cluster, cell.provider, cell.model, cell.batch]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const months = HOURS_PER_MONTH / workload.hours;
  const tokens = [...groups.values()].map((cells): CostRow => {
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
      costUsdMonth: formatExact(toMonth(apiCostOf({ ...workload, cells }, book), workload.hours)),
    };
  });
  return [...tokens, ...fleetRows(workload, book)];
}

/** What fleets cost that are paid for: GPU-hours, not tokens. */
function fleetRows(workload: Workload, book: Books): CostRow[] {
  const { byFleet } = costOf(workload, book);
  return workload.fleets.flatMap(({ id, provider, model }, index) => {
    const { amount } = byFleet[index]!;
    if (amount === 0n) return [];
    return [
      {
        cluster: `fleet ${id}`,
        provider,
        model,
        batch: false,
        requestsMonth: 0,
        inputTokensMonth: 0,
        outputTokensMonth: 0,
        costUsdMonth: formatExact(toMonth(amount, workload.hours)),
      },
    ];
  });
}
