import type { PicoUsd } from "../shared/money.js";

/** Pico-USD per token for each kind of token. `null` means that the price list has no such rate. */
export interface Rates {
  readonly input: PicoUsd;
  readonly cachedInput: PicoUsd | null;
  readonly cacheWrite: PicoUsd | null;
  readonly cacheWrite1h: PicoUsd | null;
  readonly output: PicoUsd;
  /** Hidden reasoning; null means at the output rate. */
  readonly reasoning: PicoUsd | null;
}

/** Rates that hold for requests whose input tokens are above `aboveInputTokens` (0 for the base tier). */
export interface PriceTier {
  readonly aboveInputTokens: number;
  readonly rates: Rates;
}

/** One row of a price list: a model at a provider over a span of dates. */
export interface PriceRow {
  readonly provider: string;
  readonly model: string;
  /** Inclusive start and exclusive end, ISO dates; null where the list has no bound. */
  readonly from: string | null;
  readonly until: string | null;
  /** Ascending by `aboveInputTokens`; the first is the base tier. A tier applies to the whole request. */
  readonly tiers: readonly PriceTier[];
  /** Null where no batch interface is known. */
  readonly batchDiscount: BatchDiscount | null;
  /**
   * Same quality class marker used to propose swaps: "frontier", "mid", "small"; null if unknown.
   * Classes of the shipped book are a judgement (`assumed`), never a measurement: a swap still needs `run`.
   */
  readonly capabilityClass: string | null;
  /** Context window of the model, tokens. */
  readonly maxInputTokens: number | null;
  /** Provider-side prompt cache: smallest cacheable prefix and lifetime; null where the provider has none. */
  readonly promptCache: PromptCacheTerms | null;
  /** Tiers of service beside the standard one, priced as multiples of the same rates; absent: none is known. */
  readonly serviceTiers?: readonly ServiceTierTerms[];
  /** Terms on which the seller fine-tunes this model; absent: none are known. */
  readonly fineTuning?: FineTuningTerms;
  readonly source: string;
  readonly date: string;
  /** Set where the source itself gives the model away: a report says "listed as free", never just 0. */
  readonly listedAsFree?: boolean;
  readonly deprecated?: boolean;
  /** Set where the list has no output rate (embeddings): `output` then holds the input rate, as a fallback. */
  readonly outputUnlisted?: boolean;
  /** UTC hours of the day in which the row holds, for the few sellers with peak rates; absent: all day. */
  readonly hoursUtc?: HoursUtc;
  /** Charges on every call that tokens cannot express, in words; they are missing from any amount. */
  readonly notIncluded?: readonly string[];
}

export interface PromptCacheTerms {
  /** Shorter prompts are never cached. */
  readonly minimumTokens: number;
  /** Lifetime after the last use, seconds. */
  readonly ttlSeconds: number;
  /** True where the seller does not publish the lifetime and `ttlSeconds` is a cautious guess. */
  readonly ttlAssumed?: boolean;
}

/** Service tiers that are priced: slower for less, or faster for more. Sellers' spellings are read by `tierOf`. */
export const SERVICE_TIERS = ["flex", "priority"] as const;
export type ServiceTier = (typeof SERVICE_TIERS)[number];

/** One tier of service: multiplier of the row's rates as an exact fraction. */
export interface ServiceTierTerms {
  readonly tier: ServiceTier;
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** False where prompt-cache reads keep their rate. Absent: true. */
  readonly appliesToCachedInput?: boolean;
  /** False where the figure is second-hand: every price that rests on it says so. */
  readonly verified: boolean;
}

export interface FineTuningTerms {
  /** Name under which the book prices the tuned model. */
  readonly model: string;
  /** Pico-USD a training token; every epoch counts. */
  readonly trainingRate: PicoUsd;
  readonly verified: boolean;
}

/** Start inclusive and end exclusive, `HH:MM`; an end before the start wraps over midnight. */
export interface HoursUtc {
  readonly start: string;
  readonly end: string;
}

/** Batch interface: multiplier as an exact fraction of the same tier's rates. */
export interface BatchDiscount {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** False where the seller bills prompt-cache reads at the ordinary cached rate also in a batch. Absent: true. */
  readonly appliesToCachedInput?: boolean;
}

export interface PriceQuery {
  readonly provider: string | null;
  readonly model: string;
  readonly at: Date;
}

/**
 * How sure the match is: `exact` is the row's own model name, `alias` another spelling or dated name of it (a report
 * can show `row.provider` and `row.model`), `override` a row of the user's own price file.
 */
export interface PriceMatch {
  readonly row: PriceRow;
  readonly matched: "exact" | "alias" | "override";
}

export interface PriceBook {
  /** Stable name and content hash: two reports with equal ids used equal prices. */
  readonly id: string;
  readonly source: string;
  readonly date: string;
  /** Every row, overrides first. */
  readonly rows: readonly PriceRow[];
  /**
   * The price in force at `at`. null when the model is not in the book: the caller must treat it as unpriced, never
   * as free. A provider that is null, "unknown" or a gateway matches the model's maker first; where no maker matches
   * and sellers disagree on the price the answer is null too.
   */
  find(query: PriceQuery): PriceMatch | null;
  /** Ascending, distinct `aboveInputTokens` of all rows, without 0: the cube's context classes. */
  readonly thresholds: readonly number[];
}

/** Tokens to be priced; subsets as in the canonical event. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** What decides the rates beside the model: size class of each request, and how it was sent. */
export interface PriceTerms {
  /** Lower bound (exclusive) of the context class that every request of the cell falls in; 0 for the smallest. */
  readonly contextClass: number;
  readonly batch: boolean;
  readonly serviceTier: string | null;
}

/** Every rate decided for given terms; charges are `tokens * rate / denominator`. */
export interface RatesAtTerms {
  readonly rates: ResolvedRates;
  /** 1 unless a batch multiplier does not divide the rates; then the sum is divided once, half away from zero. */
  readonly denominator: bigint;
  /** Every rate that the list lacks, with the rate used instead. */
  readonly fallbacks: readonly string[];
}

export type ResolvedRates = { readonly [Kind in keyof Rates]: PicoUsd };

export interface PricedUsage {
  readonly amount: PicoUsd;
  /** Rates that were missing and priced by a stated fallback, for example "cache write at the input rate". */
  readonly fallbacks: readonly string[];
}
