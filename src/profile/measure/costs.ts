import type { Engine } from "../../engine/contract.js";
import { type PriceBook, priceUsage } from "../../pricing/index.js";
import { formatExact, type PicoUsd, parseUsd, ratio } from "../../shared/money.js";
import { createRateResolver } from "../cube/resolve-rates.js";
import type { TokenColumns } from "../queries/columns.js";
import { queryRows } from "../queries/load-query.js";

export interface ReconciliationRow {
  readonly provider: string;
  readonly model: string;
  readonly month: string;
  readonly billedUsd: string;
  readonly listUsd: string;
  readonly factor: number | null;
}

export interface UnpricedRow {
  readonly provider: string;
  readonly model: string;
  readonly events: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly billedUsd: string;
}

type ReconciliationSums = {
  readonly provider: string;
  readonly model: string;
  readonly month: string;
  readonly billed: string;
  readonly listed: string;
};

/** Billed against list price per provider, model and calendar month. */
export async function readReconciliation(engine: Engine): Promise<ReconciliationRow[]> {
  const rows = await queryRows<ReconciliationSums>(engine, "reconciliation");
  return rows.map(({ provider, model, month, billed, listed }) => ({
    provider,
    model,
    month,
    billedUsd: shortUsd(billed),
    listUsd: shortUsd(listed),
    factor: factorOf(parseUsd(billed), parseUsd(listed)),
  }));
}

/** The engine's decimal without its trailing zeros. */
const shortUsd = (decimal: string): string => formatExact(parseUsd(decimal));

/** billed / list; null where list is 0. */
const factorOf = (billed: PicoUsd, listed: PicoUsd): number | null =>
  listed === 0n ? null : ratio(billed, listed);

type UnpricedSums = {
  readonly provider: string;
  readonly model: string;
  readonly events: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly billed: string;
};

export async function readUnpriced(engine: Engine): Promise<UnpricedRow[]> {
  const rows = await queryRows<UnpricedSums>(engine, "unpriced");
  return rows.map(({ billed, ...row }) => ({ ...row, billedUsd: shortUsd(billed) }));
}

type PriceTermsRow = TokenColumns & {
  readonly provider: string;
  readonly model: string;
  readonly context_class: number;
  readonly batch: boolean;
  readonly service_tier: string | null;
  readonly first_ts: string;
  readonly last_ts: string;
};

/** Every rate that the book lacks for tokens that the workload has, with the rate that was used instead. */
export async function readPriceFallbacks(engine: Engine, prices: PriceBook): Promise<string[]> {
  const resolve = createRateResolver(prices);
  const fallbacks = new Set<string>();
  for (const sums of await queryRows<PriceTermsRow>(engine, "price-terms")) {
    for (const { row } of resolve(sums)) {
      for (const fallback of priceUsage(sums, row, sums).fallbacks) fallbacks.add(fallback);
    }
  }
  return [...fallbacks].sort();
}
