import { priceCell } from "../levers/index.js";
import type { PriceBook } from "../pricing/contract.js";
import { HOURS_PER_MONTH, type Workload } from "../profile/contract.js";
import { type PicoUsd, scale } from "../shared/money.js";

export interface UnpricedModel {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
}

export interface WorkloadCost {
  /** List price of every priced cell over the observed span. */
  readonly amount: PicoUsd;
  /** In the order of `workload.cells`; null where the model is not in the book. */
  readonly byCell: readonly (PicoUsd | null)[];
  /** Models without a price: left out of `amount`, never counted as free. */
  readonly unpriced: readonly UnpricedModel[];
  /** Rates that the list lacks, with what was used instead. */
  readonly fallbacks: readonly string[];
}

/** Prices a workload. Baseline and what-if go through this one function, so equal workloads cost the same. */
export function costOf(workload: Workload, book: PriceBook): WorkloadCost {
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
  return { amount, byCell, unpriced: [...unpriced.values()], fallbacks: [...fallbacks].sort() };
}

/** An amount of the observed span as an amount of an average month of 730 hours. */
export function toMonth(amount: PicoUsd, hours: number): PicoUsd {
  // To the second: hours of a span may be fractional, money may not go through a float.
  const seconds = BigInt(Math.max(1, Math.round(hours * 3600)));
  return scale(amount, BigInt(HOURS_PER_MONTH * 3600), seconds);
}
