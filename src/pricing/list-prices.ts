import { picoPerToken } from "../shared/money.js";
import type { PriceTier } from "./contract.js";
import type { MatchRule } from "./match-rule.js";
import type { MatchedPriceRow } from "./price-book.js";
import type { SellerFacts } from "./provider-names.js";

/** Shape of `prices/list-prices.json`; written by scripts/generate-prices.mjs, so read without further checks. */
export interface ListPricesFile {
  readonly about: { readonly source: string; readonly version: string; readonly date: string };
  readonly sellers: readonly (SellerFacts & { readonly source?: string })[];
  readonly models: readonly ListedModel[];
  /** Prices of the source that are no token prices, with the reason why they have no row. */
  readonly skipped: readonly { readonly provider: string; readonly model: string; readonly reason: string }[];
}

interface ListedModel {
  readonly provider: string;
  readonly model: string;
  readonly match: MatchRule;
  readonly max_input_tokens?: number;
  readonly deprecated?: boolean;
  readonly prices: readonly ListedSpan[];
}

interface ListedSpan {
  readonly from?: string;
  readonly until?: string;
  readonly hours?: readonly [string, string];
  readonly free?: boolean;
  readonly not_included?: readonly string[];
  readonly tiers: readonly ListedTier[];
}

/** USD per million tokens as decimal text. */
interface ListedTier {
  readonly above: number;
  readonly input: string;
  readonly cached?: string;
  readonly write?: string;
  readonly write_1h?: string;
  /** Absent where the source lists none: embedding models, and a few whose output rate is unknown. */
  readonly output?: string;
  readonly reasoning?: string;
}

/** Rows of the shipped list, in its order, without the terms that `prices/overrides.yaml` adds. */
export function readListPrices(file: ListPricesFile): MatchedPriceRow[] {
  const pages = new Map(file.sellers.map((seller) => [seller.id, seller.source]));
  const name = `${file.about.source} ${file.about.version}`;
  return file.models.flatMap((model) => {
    const page = pages.get(model.provider);
    return model.prices.map((span) => ({
      provider: model.provider,
      model: model.model,
      match: model.match,
      from: span.from ?? null,
      until: span.until ?? null,
      tiers: span.tiers.map(readTier),
      batchDiscount: null,
      capabilityClass: null,
      maxInputTokens: model.max_input_tokens ?? null,
      promptCache: null,
      source: page === undefined ? name : `${name}, ${page}`,
      date: file.about.date,
      ...(span.free === true && { listedAsFree: true }),
      ...(model.deprecated === true && { deprecated: true }),
      ...(span.tiers.some((tier) => tier.output === undefined) && { outputUnlisted: true }),
      ...(span.hours !== undefined && { hoursUtc: { start: span.hours[0], end: span.hours[1] } }),
      ...(span.not_included !== undefined && { notIncluded: span.not_included }),
    }));
  });
}

function readTier(tier: ListedTier): PriceTier {
  const optional = (rate: string | undefined) => (rate === undefined ? null : picoPerToken(rate));
  return {
    aboveInputTokens: tier.above,
    rates: {
      input: picoPerToken(tier.input),
      cachedInput: optional(tier.cached),
      cacheWrite: optional(tier.write),
      cacheWrite1h: optional(tier.write_1h),
      output: picoPerToken(tier.output ?? tier.input),
      reasoning: optional(tier.reasoning),
    },
  };
}
