import { formatExact, PICO_PER_USD, type PicoUsd, parseUsd, scale } from "../../shared/money.js";
import type { WarehouseRow } from "../../warehouse/index.js";
import { readText } from "../platform/fields.js";

/** What a credit costs on a day, and where that is known from. */
export interface CreditPrice {
  readonly picoUsd: PicoUsd;
  /** `contract`: the organisation's own price; `setting`: what the user says. */
  readonly origin: "contract" | "setting";
}

/** Money of one day and service, as the organisation's contract has it. */
export interface DayInCurrency {
  readonly day: string;
  readonly service: string;
  readonly currency: string;
  readonly amount: string;
}

export interface CreditPrices {
  /** Of a credit of AI services on the UTC day of an instant; null where nothing says it. */
  priceOn(instant: string): CreditPrice | null;
  /** The day's bill in money, where the organisation's views have it. */
  inCurrency(day: string, service: string): readonly DayInCurrency[];
}

/** A decimal of a warehouse as pico-units; digits beyond the twelfth are cut, as credits have nine. */
export function picoOf(value: unknown): bigint | null {
  if (typeof value === "bigint") return value * PICO_PER_USD;
  if (typeof value === "number") return Number.isFinite(value) ? parseUsd(value.toFixed(12)) : null;
  if (typeof value !== "string" || !/^-?\d*\.?\d+$/.test(value)) return null;
  return parseUsd(value.replace(/(\.\d{12})\d+$/, "$1"));
}

/** Credits times the price of one, exactly rounded to a pico-USD. */
export const costOf = (credits: bigint, { picoUsd }: CreditPrice): PicoUsd =>
  scale(picoUsd, credits, PICO_PER_USD);

export const exact = (pico: bigint): string => formatExact(pico);

/**
 * Prices of credits by day: money over credits of the day where the organisation's views have it, since a rate has only
 * two decimals; else its rate where that is one; else the user's own. Only USD makes a price: nothing is converted.
 */
export function creditPrices(
  days: readonly WarehouseRow[],
  rates: readonly WarehouseRow[],
  settingUsd: number | undefined,
): CreditPrices {
  const bought = new Map<string, { amount: bigint; credits: bigint }>();
  const lines: DayInCurrency[] = [];
  for (const row of days) {
    const [amount, credits] = [picoOf(row.amount), picoOf(row.credits)];
    const day = String(row.usage_date);
    const currency = readText(row.currency, "currency")?.toUpperCase() ?? "";
    if (amount === null || currency === "") continue;
    lines.push({ day, service: String(row.service_type), currency, amount: exact(amount) });
    if (currency !== "USD" || credits === null) continue;
    const sum = bought.get(day) ?? { amount: 0n, credits: 0n };
    bought.set(day, { amount: sum.amount + amount, credits: sum.credits + credits });
  }
  const prices = new Map<string, PicoUsd>();
  for (const { usage_date: day, currency, lowest_rate: lowest, highest_rate: highest } of rates) {
    const rate = picoOf(lowest);
    if (currency === "USD" && rate !== null && rate > 0n && rate === picoOf(highest))
      prices.set(String(day), rate);
  }
  for (const [day, { amount, credits }] of bought)
    if (credits > 0n && amount > 0n) prices.set(day, scale(amount, PICO_PER_USD, credits));
  const setting = settingUsd === undefined ? null : picoOf(settingUsd);
  return {
    priceOn(instant) {
      const price = prices.get(instant.slice(0, 10));
      if (price !== undefined) return { picoUsd: price, origin: "contract" };
      return setting === null ? null : { picoUsd: setting, origin: "setting" };
    },
    inCurrency: (day, service) => lines.filter((line) => line.day === day && line.service === service),
  };
}
