import type { Statement } from "../../events/contract.js";
import type { WarehouseRow } from "../../warehouse/index.js";
import type { Normalised } from "../contract.js";
import {
  normaliseWith,
  RecordProblem,
  readCount,
  readText,
  requireInstant,
  requireText,
} from "../platform/fields.js";
import { SOURCE } from "./normalise.js";
import { type CreditPrices, costOf, exact, picoOf } from "./prices.js";

export const CREDITS = "SNOWFLAKE_CREDITS";
const DAY_MS = 86_400_000;

/** A day of METERING_DAILY_HISTORY: in money where the organisation's views have the day, else priced, else credits. */
export function normaliseMetering(row: WarehouseRow, prices: CreditPrices, account: string): Normalised[] {
  const made = normaliseWith(() => {
    const day = requireText(row.usage_date, "usage_date");
    const start = requireInstant(`${day}T00:00:00Z`, "usage_date");
    return {
      statement: {
        ...statementOf(SOURCE, account, start, start + DAY_MS),
        lineItem: requireText(row.service_type, "service_type"),
        ...amountOf(row.credits, day, prices),
      },
    };
  });
  if (made === null || !("statement" in made)) return made === null ? [] : [made];
  const { statement } = made;
  const money = prices.inCurrency(String(row.usage_date), statement.lineItem);
  if (money.length === 0) return [made];
  return money.map(({ currency, amount }) => ({
    statement: { ...statement, currency, amount, basis: "billed" },
  }));
}

/**
 * A day of Cortex Analyst or Search. The account's metering has these credits too, so they stand under a provider of
 * their own: lines of two bills are never added.
 */
export function normaliseService(
  row: WarehouseRow,
  service: "analyst" | "search",
  prices: CreditPrices,
  account: string,
): Normalised | null {
  return normaliseWith(() => {
    const start = requireInstant(row.period_start, "period_start");
    const type = readText(row.consumption_type, "consumption_type");
    return {
      statement: {
        ...statementOf(
          `${SOURCE}_cortex_${service}`,
          account,
          start,
          requireInstant(row.period_end, "period_end"),
        ),
        tenant: readText(row.tenant, "username"),
        model: readText(row.model, "model_name"),
        lineItem:
          type === null ? `CORTEX_${service.toUpperCase()}` : `CORTEX_${service.toUpperCase()} ${type}`,
        requests: readCount(row.requests, "request_count"),
        inputTokens: readCount(row.tokens, "tokens"),
        ...amountOf(row.credits, new Date(start).toISOString(), prices),
      },
    };
  });
}

type Blank = Omit<Statement, "lineItem" | "amount" | "currency" | "basis">;

const statementOf = (provider: string, account: string, start: number, end: number): Blank => ({
  source: SOURCE,
  provider,
  account,
  tenant: null,
  model: null,
  periodStart: new Date(start).toISOString(),
  periodEnd: new Date(end).toISOString(),
  requests: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
});

/** Without a price credits stay credits: what Snowflake billed, in its own currency. */
function amountOf(
  value: unknown,
  instant: string,
  prices: CreditPrices,
): Pick<Statement, "amount" | "currency" | "basis"> {
  const credits = picoOf(value);
  if (credits === null)
    throw new RecordProblem("missing_field", "credits", "found no number, expected credits.");
  const price = prices.priceOn(instant);
  if (price === null) return { amount: exact(credits), currency: CREDITS, basis: "billed" };
  return { amount: exact(costOf(credits, price)), currency: "USD", basis: "estimated" };
}
