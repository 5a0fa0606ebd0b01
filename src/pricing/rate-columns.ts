import type { PriceRow, PriceTerms } from "./contract.js";
import { ratesAt } from "./price-usage.js";

/** What a table of rates in an engine holds beside its keys, in the order of `rateColumnsAt`. */
export const RATE_COLUMNS = [
  "input",
  "cached_input",
  "cache_write",
  "cache_write_1h",
  "output",
  "reasoning",
  "denominator",
] as const;

/** Pico-USD per token of each kind, fallbacks applied, and what their sum is divided by: `priceUsage` for SQL. */
export function rateColumnsAt(row: PriceRow, terms: PriceTerms): bigint[] {
  const { rates, denominator } = ratesAt(row, terms);
  const { input, cachedInput, cacheWrite, cacheWrite1h, output, reasoning } = rates;
  return [input, cachedInput, cacheWrite, cacheWrite1h, output, reasoning, denominator];
}
