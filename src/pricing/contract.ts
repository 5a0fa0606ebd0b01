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
  /** Batch interface: multiplier as an exact fraction of the same tier's rates; null where none is offered. */
  readonly batchDiscount: { readonly numerator: bigint; readonly denominator: bigint } | null;
  /** Same quality class marker used to propose swaps, for example "frontier", "mid", "small"; null if unknown. */
  readonly capabilityClass: string | null;
  readonly maxInputTokens: number | null;
  /** Provider-side prompt cache: smallest cacheable prefix and lifetime; null where the provider has none. */
  readonly promptCache: { readonly minimumTokens: number; readonly ttlSeconds: number } | null;
  readonly source: string;
  readonly date: string;
}

export interface PriceQuery {
  readonly provider: string | null;
  readonly model: string;
  readonly at: Date;
}

/** How sure the match is: `alias` rows name the row's own model, so that a report can show it. */
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
  /** null when the model is not in the book: the caller must treat it as unpriced, never as free. */
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

export interface PricedUsage {
  readonly amount: PicoUsd;
  /** Rates that were missing and priced by a stated fallback, for example "cache write at the input rate". */
  readonly fallbacks: readonly string[];
}
