import { z } from "zod";
import type { Camel } from "../shared/case.js";
import { PICO_PER_USD, parseUsd, scale } from "../shared/money.js";
import type { BatchDiscount, PriceTier, Rates } from "./contract.js";
import type { MatchedPriceRow } from "./price-book.js";

/** Which rows a term concerns, and what the term rests on. Without a pattern: every model of the seller. */
const scope = {
  provider: z.string(),
  only: z.string().optional().describe("Regular expression over the list's model name, lower case."),
  except: z.string().optional().describe("Regular expression; models that the term does not cover."),
  source: z.string(),
  noted: z.iso.date().describe("Day the entry was made."),
};

/** `prices/overrides.yaml`: what list prices leave out. The first entry that fits a row decides. */
export const sellerTermsSchema = z.strictObject({
  batch: z.array(
    z.strictObject({
      ...scope,
      discount: z.number().gt(0).lt(1).describe("Share taken off, for example 0.5."),
      applies_to_cached_input: z.boolean(),
    }),
  ),
  prompt_cache: z.array(
    z.strictObject({
      ...scope,
      minimum_tokens: z.int().positive(),
      ttl_seconds: z.int().positive(),
      ttl_assumed: z.boolean().optional(),
    }),
  ),
  cache_write: z.array(
    z.strictObject({
      ...scope,
      five_minutes: z.number().positive().describe("Multiple of the input rate."),
      one_hour: z.number().positive().describe("Multiple of the input rate."),
    }),
  ),
  capability: z.array(
    z.strictObject({
      class: z.enum(["frontier", "mid", "small"]),
      basis: z.literal("assumed"),
      models: z.array(z.string()).describe("provider/model as the list names them."),
    }),
  ),
});

export type SellerTerms = Camel<z.infer<typeof sellerTermsSchema>>;

/** List rows with the batch, prompt-cache, cache-write and class terms that hold for them. Order is kept. */
export function applySellerTerms(rows: readonly MatchedPriceRow[], terms: SellerTerms): MatchedPriceRow[] {
  const batch = terms.batch.map(scoped);
  const promptCache = terms.promptCache.map(scoped);
  const cacheWrite = terms.cacheWrite.map(scoped);
  const classes = new Map(
    terms.capability.flatMap((entry) => entry.models.map((model) => [model, entry.class])),
  );
  const first = <T extends { covers: (row: MatchedPriceRow) => boolean }>(
    all: readonly T[],
    row: MatchedPriceRow,
  ) => all.find((term) => term.covers(row));
  return rows.map((row) => {
    const discount = first(batch, row);
    const cache = first(promptCache, row);
    const write = first(cacheWrite, row);
    return {
      ...row,
      batchDiscount: discount === undefined ? null : batchDiscountOf(discount),
      promptCache:
        cache === undefined
          ? null
          : {
              minimumTokens: cache.minimumTokens,
              ttlSeconds: cache.ttlSeconds,
              ...(cache.ttlAssumed === true && { ttlAssumed: true }),
            },
      capabilityClass: classes.get(`${row.provider}/${row.model}`) ?? null,
      tiers: write === undefined ? row.tiers : row.tiers.map((tier) => withCacheWrites(tier, write)),
    };
  });
}

/** A discount of 0.5 as the exact multiplier 1/2. */
export function batchDiscountOf(entry: {
  discount: string | number;
  appliesToCachedInput?: boolean;
}): BatchDiscount {
  const numerator = PICO_PER_USD - parseUsd(`${entry.discount}`);
  const divisor = greatestCommonDivisor(numerator, PICO_PER_USD);
  return {
    numerator: numerator / divisor,
    denominator: PICO_PER_USD / divisor,
    ...(entry.appliesToCachedInput === false && { appliesToCachedInput: false }),
  };
}

interface Scope {
  readonly provider: string;
  readonly only?: string | undefined;
  readonly except?: string | undefined;
}

function scoped<T extends Scope>(term: T): T & { covers: (row: MatchedPriceRow) => boolean } {
  const only = new RegExp(term.only ?? "");
  const except = term.except === undefined ? null : new RegExp(term.except);
  return {
    ...term,
    covers: (row) => {
      const model = row.model.toLowerCase();
      return row.provider === term.provider && only.test(model) && except?.test(model) !== true;
    },
  };
}

/** Fills only what the list lacks: a listed rate is never replaced by a rule of thumb. */
function withCacheWrites(tier: PriceTier, write: { fiveMinutes: number; oneHour: number }): PriceTier {
  const { input, cacheWrite, cacheWrite1h, ...rest } = tier.rates;
  const times = (factor: number) => scale(input, parseUsd(`${factor}`), PICO_PER_USD);
  const rates: Rates = {
    ...rest,
    input,
    cacheWrite: cacheWrite ?? times(write.fiveMinutes),
    cacheWrite1h: cacheWrite1h ?? times(write.oneHour),
  };
  return { aboveInputTokens: tier.aboveInputTokens, rates };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
