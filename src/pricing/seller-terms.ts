import { z } from "zod";
import type { Camel } from "../shared/case.js";
import { PICO_PER_USD, parseUsd, picoPerToken, scale } from "../shared/money.js";
import {
  type BatchDiscount,
  type PriceTier,
  type Rates,
  SERVICE_TIERS,
  type ServiceTierTerms,
} from "./contract.js";
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
  service_tier: z.array(
    z.strictObject({
      ...scope,
      tier: z.enum(SERVICE_TIERS),
      times: z
        .string()
        .regex(/^\d+(\.\d+)?(\/\d+(\.\d+)?)?$/)
        .describe("Multiple of the standard rates: 0.5, 5/3."),
      applies_to_cached_input: z.boolean(),
      verified: z.boolean().describe("false: second-hand, no page of the seller was read."),
    }),
  ),
  fine_tuning: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string().describe("As the list names it."),
      tuned: z
        .string()
        .describe("As the list names the tuned model; where it has none, a row is made of `times`."),
      times: z.number().positive().optional().describe("Rates of the tuned model over those of the model."),
      training_usd_per_mtok: z.string().describe("A million training tokens, every epoch counted."),
      verified: z.boolean(),
      source: z.string(),
      noted: z.iso.date(),
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
  const tiers = terms.serviceTier.map(scoped);
  const classes = new Map(
    terms.capability.flatMap((entry) => entry.models.map((model) => [model, entry.class])),
  );
  const first = <T extends { covers: (row: MatchedPriceRow) => boolean }>(
    all: readonly T[],
    row: MatchedPriceRow,
  ) => all.find((term) => term.covers(row));
  return withFineTuning(rows.map(withTerms), terms.fineTuning);

  function withTerms(row: MatchedPriceRow): MatchedPriceRow {
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
      ...serviceTiersOf(row),
    };
  }

  function serviceTiersOf(row: MatchedPriceRow): Pick<MatchedPriceRow, "serviceTiers"> {
    const known = SERVICE_TIERS.flatMap(
      (tier) =>
        first(
          tiers.filter((term) => term.tier === tier),
          row,
        ) ?? [],
    );
    return known.length === 0 ? {} : { serviceTiers: known.map(tierTermsOf) };
  }
}

function tierTermsOf({
  tier,
  times,
  appliesToCachedInput,
  verified,
}: SellerTerms["serviceTier"][number]): ServiceTierTerms {
  const [over, under = "1"] = times.split("/");
  return {
    tier,
    ...reduced(parseUsd(over!), parseUsd(under)),
    ...(!appliesToCachedInput && { appliesToCachedInput: false }),
    verified,
  };
}

/** Models that their seller fine-tunes name their tuned model; rows that the list lacks are made from the model's. */
function withFineTuning(
  rows: readonly MatchedPriceRow[],
  terms: SellerTerms["fineTuning"],
): MatchedPriceRow[] {
  const made: MatchedPriceRow[] = [];
  const all = rows.map((row) => {
    const term = terms.find(({ provider, model }) => provider === row.provider && model === row.model);
    if (term === undefined) return row;
    const { tuned, times, verified } = term;
    const isListed = rows.some((other) => other.provider === row.provider && other.model === tuned);
    if (!isListed && times !== undefined) made.push(tunedRow(row, tuned, times, term.source, term.noted));
    return {
      ...row,
      fineTuning: { model: tuned, trainingRate: picoPerToken(term.trainingUsdPerMtok), verified },
    };
  });
  return [...all, ...made];
}

function tunedRow(
  row: MatchedPriceRow,
  model: string,
  times: number,
  source: string,
  date: string,
): MatchedPriceRow {
  const factor = parseUsd(`${times}`);
  const scaled = (rate: bigint | null) => (rate === null ? null : scale(rate, factor, PICO_PER_USD));
  const { serviceTiers: _, ...rest } = row;
  return {
    ...rest,
    model,
    // Tuned models are dated (`ft:gpt-4.1-2025-04-14:org::id`), so that no shorter name takes a longer one's price.
    match: { or: [{ equals: model }, { starts_with: `${model}-20` }] },
    capabilityClass: null,
    source,
    date,
    tiers: row.tiers.map(({ aboveInputTokens, rates }) => ({
      aboveInputTokens,
      rates: {
        input: scaled(rates.input)!,
        cachedInput: scaled(rates.cachedInput),
        cacheWrite: scaled(rates.cacheWrite),
        cacheWrite1h: scaled(rates.cacheWrite1h),
        output: scaled(rates.output)!,
        reasoning: scaled(rates.reasoning),
      },
    })),
  };
}

/** A discount of 0.5 as the exact multiplier 1/2. */
export function batchDiscountOf(entry: {
  discount: string | number;
  appliesToCachedInput?: boolean;
}): BatchDiscount {
  return {
    ...reduced(PICO_PER_USD - parseUsd(`${entry.discount}`), PICO_PER_USD),
    ...(entry.appliesToCachedInput === false && { appliesToCachedInput: false }),
  };
}

function reduced(numerator: bigint, denominator: bigint): { numerator: bigint; denominator: bigint } {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
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
