import { type Books, costFleet, type FleetCost, loadOf, priceCell, priceCells } from "../levers/index.js";
import { HOURS_PER_MONTH, type Workload } from "../profile/contract.js";
import { type PicoUsd, scale } from "../shared/money.js";

export interface UnpricedModel {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
}

export interface WorkloadCost {
  /** List price of every priced cell and the cost of every fleet, over the observed span. */
  readonly amount: PicoUsd;
  /** Of that, what APIs answer. */
  readonly apiAmount: PicoUsd;
  /** In the order of `workload.cells`; null where the model is not in the book, 0 where a fleet serves the cell. */
  readonly byCell: readonly (PicoUsd | null)[];
  /** In the order of `workload.fleets`. */
  readonly byFleet: readonly FleetCost[];
  /** Models without a price: left out of `amount`, never counted as free. */
  readonly unpriced: readonly UnpricedModel[];
  /** Rates that the list lacks, with what was used instead. */
  readonly fallbacks: readonly string[];
}

/** Prices a workload. Baseline and what-if go through this one function, so equal workloads cost the same. */
export function costOf(workload: Workload, book: Books): WorkloadCost {
  const byCell: (PicoUsd | null)[] = [];
  const unpriced = new Map<string, UnpricedModel>();
  const fallbacks = new Set<string>();
  let amount = 0n;
  for (const cell of workload.cells) {
    const priced = priceCell(cell, book, workload.pricedAt);
    byCell.push(priced?.amount ?? null);
    if (priced === null) {
      const { provider, model } = cell;
      const key = `${provider}\0${model}`;
      const requests = (unpriced.get(key)?.requests ?? 0) + cell.requests;
      unpriced.set(key, { provider, model, requests });
      continue;
    }
    amount += priced.amount;
    for (const fallback of priced.fallbacks) fallbacks.add(fallback);
  }
  const byFleet = workload.fleets.map((fleet) =>
    costFleet(fleet, loadOf(workload, fleet, book), workload.hours),
  );
  const apiAmount = amount;
  for (const fleet of byFleet) amount += fleet.amount;
  return {
    amount,
    apiAmount,
    byCell,
    byFleet,
    unpriced: [...unpriced.values()],
    fallbacks: [...fallbacks].sort(),
  };
}

/** List price of what APIs answer, over the observed span; fleets are left out. */
export function apiCostOf({ cells, pricedAt }: Workload, books: Books): PicoUsd {
  return priceCells(cells, books, pricedAt);
}

/** An amount of the observed span as an amount of an average month of 730 hours. */
export function toMonth(amount: PicoUsd, hours: number): PicoUsd {
  // To the second: hours of a span may be fractional, money may not go through a float.
  const seconds = BigInt(Math.max(1, Math.round(hours * 3600)));
  return scale(amount, BigInt(HOURS_PER_MONTH * 3600), seconds);
}
