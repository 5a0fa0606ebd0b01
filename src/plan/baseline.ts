import { HOURS_PER_MONTH, type Workload } from "../profile/contract.js";
import { type PicoUsd, ratio } from "../shared/money.js";
import { toMonth, type WorkloadCost } from "./cost.js";

const HOURS_PER_WEEK = 168;

export interface Billing {
  /** Billed over list, where events carry billed cost; null where none does. */
  readonly factor: number | null;
  /** Billed cost of an average month; null unless nearly all list cost has a billed amount beside it. */
  readonly costMonth: PicoUsd | null;
  readonly warnings: readonly string[];
}

/** Share of list cost that must be reconciled before a bill for the whole is shown. */
const NEARLY_ALL = 0.99;

/** @param observed what the workload costs at list prices. */
export function billing(workload: Workload, { amount, apiAmount }: WorkloadCost): Billing {
  const billed = workload.reconciliation.reduce((sum, row) => sum + row.billedPicoUsd, 0n);
  const list = workload.reconciliation.reduce((sum, row) => sum + row.listPicoUsd, 0n);
  if (list === 0n) return { factor: null, costMonth: null, warnings: [] };
  // Fleets are paid by the hour and stand beside the bill of the APIs.
  const fleets = amount - apiAmount;
  const covered = ratio(list, apiAmount);
  if (covered >= NEARLY_ALL) {
    const costMonth = toMonth(billed + fleets, workload.hours);
    return { factor: ratio(billed, list), costMonth, warnings: [] };
  }
  const percent = (covered * 100).toFixed(1);
  return {
    factor: ratio(billed, list),
    costMonth: null,
    warnings: [
      `billed cost is known for ${percent} % of the list cost; the factor is theirs, no bill is shown`,
    ],
  };
}

export function scalingText(hours: number): string {
  const factor = (HOURS_PER_MONTH / hours).toFixed(3);
  return `${Number(hours.toFixed(2))} observed hours times ${factor}: an average month has ${HOURS_PER_MONTH} hours`;
}

/** What a reader must know before trusting the figures. */
export function planWarnings(workload: Workload, observed: WorkloadCost, bill: Billing): string[] {
  const { unpriced, fallbacks } = observed;
  const { hours, promptHashCoverage, prefixHashCoverage } = workload;
  const notes: (string | false)[] = [
    hours < HOURS_PER_WEEK &&
      `monthly figures are extrapolated from ${Number(hours.toFixed(2))} ${hours === 1 ? "hour" : "hours"}, less than 7 days`,
    ...unpriced.map(
      ({ provider, model, requests }) =>
        `${provider}/${model} has no price: ${requests} ${requests === 1 ? "request is" : "requests are"} left out of every amount`,
    ),
    ...fallbacks.map((fallback) => `price fallback: ${fallback}`),
    sumsNote(workload, observed),
    promptHashCoverage === 0 && "no prompt hashes were profiled: exact caching could not be assessed",
    prefixHashCoverage === 0 && "no prefix hashes were profiled: prompt caching could not be assessed",
  ];
  return [...notes.filter((note) => note !== false), ...bill.warnings];
}

/** How much of the cost no single request stands for. */
function sumsNote({ cells }: Workload, { byCell, apiAmount }: WorkloadCost): string | false {
  if (cells.every(({ grain }) => grain === undefined)) return false;
  const sums = byCell.reduce<PicoUsd>(
    (sum, amount, at) => (cells[at]!.grain === undefined ? sum : sum + (amount ?? 0n)),
    0n,
  );
  const share = ratio(sums, apiAmount);
  const percent = (share * 100).toFixed(1);
  return (
    `${percent} % of the list cost is known as sums over requests only: changes that need single requests leave it ` +
    "as it is, and changes of model leave what is not even counted"
  );
}
