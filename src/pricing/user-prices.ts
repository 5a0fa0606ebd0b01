import { z } from "zod";
import { parseYaml } from "../shared/artifact.js";
import type { Camel } from "../shared/case.js";
import { UsageError } from "../shared/errors.js";
import { type PicoUsd, parseUsd } from "../shared/money.js";
import type { PriceTier, Rates } from "./contract.js";
import type { MatchedPriceRow } from "./price-book.js";
import { batchDiscountOf } from "./seller-terms.js";

const PER_MILLION = 1_000_000n;

/** A rate as decimal text or number, non-negative, and whole in pico-USD per token (six decimals). */
const rate = z.union([z.number(), z.string()]).refine((value) => pricePerToken(value) !== null, {
  error: "expected USD per million tokens, not negative, with at most 6 decimals, for example 0.15",
});

const date = z.iso.date({ error: "expected a date, for example 2026-01-31" });

const rateFields = {
  input_usd_per_mtok: rate,
  cached_input_usd_per_mtok: rate.optional(),
  cache_write_usd_per_mtok: rate.optional(),
  cache_write_1h_usd_per_mtok: rate.optional(),
  output_usd_per_mtok: rate,
  reasoning_usd_per_mtok: rate.optional(),
};

/** The user's own price file (`--prices FILE`). */
export const userPricesSchema = z
  .strictObject({
    prices: z
      .array(
        z.strictObject({
          provider: z.string().min(1).describe('Seller as in the events, or "*" for every seller.'),
          model: z.string().min(1).describe("Model name as in the events or in the list."),
          ...rateFields,
          tiers: z
            .array(z.strictObject({ above_input_tokens: z.int().positive(), ...rateFields }))
            .optional()
            .describe("Rates for requests whose input is above a size; they hold for the whole request."),
          batch_discount: z
            .number()
            .gt(0)
            .lt(1)
            .optional()
            .describe("Share taken off in a batch, for example 0.5."),
          from: date.optional().describe("First day of the price, UTC."),
          until: date.optional().describe("First day after the price, UTC."),
          source: z.string().optional(),
          capability_class: z.string().min(1).optional(),
          prompt_cache: z
            .strictObject({ minimum_tokens: z.int().positive(), ttl_seconds: z.int().positive() })
            .optional(),
          max_input_tokens: z.int().positive().optional(),
        }),
      )
      .min(1),
  })
  .describe("Prices of your own: negotiated rates, self-hosted models, models that the list lacks.");

type UserPrice = Camel<z.infer<typeof userPricesSchema>>["prices"][number];
type UserRates = Pick<
  UserPrice,
  | "inputUsdPerMtok"
  | "cachedInputUsdPerMtok"
  | "cacheWriteUsdPerMtok"
  | "cacheWrite1hUsdPerMtok"
  | "outputUsdPerMtok"
  | "reasoningUsdPerMtok"
>;

const FIX = "The format, with an example, is in docs/guide/prices.md.";

/**
 * Rows of a user's price file, in file order; `source` names file and place unless the row has one of its own.
 *
 * @throws UsageError TOP-ARTIFACT-SYNTAX or TOP-ARTIFACT-SCHEMA with file, line and field; TOP-PRICES-SPAN when a row
 *   ends before it begins or its tiers do not ascend; TOP-PRICES-OVERLAP when two rows claim the same seller, model
 *   and day.
 */
export function parseUserPrices(text: string, path: string, name: string): MatchedPriceRow[] {
  const { prices } = parseYaml(text, path, userPricesSchema, FIX);
  const rows = prices.map((price, index) => readPrice(price, `${name}, prices.${index}`));
  rows.forEach((row, index) => {
    refuseDisorder(row, `${path}: prices.${index}`);
    const rival = rows.findIndex((other, place) => place < index && sameDays(row, other));
    if (rival >= 0) refuseOverlap(row, `${path}: prices.${index}`, rival);
  });
  return rows;
}

function readPrice(price: UserPrice, place: string): MatchedPriceRow {
  return {
    provider: price.provider,
    model: price.model,
    from: price.from ?? null,
    until: price.until ?? null,
    tiers: [
      { aboveInputTokens: 0, rates: readRates(price) },
      ...(price.tiers ?? []).map(
        (tier): PriceTier => ({ aboveInputTokens: tier.aboveInputTokens, rates: readRates(tier) }),
      ),
    ],
    batchDiscount:
      price.batchDiscount === undefined ? null : batchDiscountOf({ discount: price.batchDiscount }),
    capabilityClass: price.capabilityClass ?? null,
    maxInputTokens: price.maxInputTokens ?? null,
    promptCache: price.promptCache ?? null,
    source: price.source ?? place,
    date: price.from ?? "undated",
  };
}

function readRates(rates: UserRates): Rates {
  const optional = (value: string | number | undefined) =>
    value === undefined ? null : pricePerToken(value);
  return {
    input: pricePerToken(rates.inputUsdPerMtok)!,
    cachedInput: optional(rates.cachedInputUsdPerMtok),
    cacheWrite: optional(rates.cacheWriteUsdPerMtok),
    cacheWrite1h: optional(rates.cacheWrite1hUsdPerMtok),
    output: pricePerToken(rates.outputUsdPerMtok)!,
    reasoning: optional(rates.reasoningUsdPerMtok),
  };
}

/** Pico-USD per token; null for what is no price, is negative, or is finer than a pico-USD per token. */
function pricePerToken(usdPerMillion: string | number): PicoUsd | null {
  try {
    const perMillion = parseUsd(`${usdPerMillion}`);
    return perMillion >= 0n && perMillion % PER_MILLION === 0n ? perMillion / PER_MILLION : null;
  } catch {
    return null;
  }
}

function sameDays(a: MatchedPriceRow, b: MatchedPriceRow): boolean {
  const sameModel =
    a.provider.toLowerCase() === b.provider.toLowerCase() && a.model.toLowerCase() === b.model.toLowerCase();
  const endsBefore = (first: MatchedPriceRow, second: MatchedPriceRow) =>
    first.until !== null && second.from !== null && first.until <= second.from;
  return sameModel && !endsBefore(a, b) && !endsBefore(b, a);
}

function refuseDisorder(row: MatchedPriceRow, where: string): void {
  const ends = row.from !== null && row.until !== null && row.from >= row.until;
  const bounds = row.tiers.map((tier) => tier.aboveInputTokens);
  if (!ends && bounds.every((bound, index) => index === 0 || bound > bounds[index - 1]!)) return;
  throw new UsageError({
    code: "TOP-PRICES-SPAN",
    message: ends
      ? `${where}: the price ends before it begins.`
      : `${where}: tiers must ascend by above_input_tokens.`,
    found: ends ? `from ${row.from} until ${row.until}` : `above_input_tokens ${bounds.slice(1).join(", ")}`,
    fix: FIX,
  });
}

function refuseOverlap(row: MatchedPriceRow, where: string, rival: number): never {
  throw new UsageError({
    code: "TOP-PRICES-OVERLAP",
    message: `${where}: a second price for ${row.provider}/${row.model} on the same days.`,
    found: `prices.${rival} already covers them, so the price would be ambiguous.`,
    fix: "Give the rows from and until dates that do not overlap, or remove one.",
  });
}
