import { type PicoUsd, scale } from "../shared/money.js";
import type {
  PricedUsage,
  PriceRow,
  PriceTerms,
  PriceTier,
  Rates,
  RatesAtTerms,
  ResolvedRates,
  ServiceTier,
  ServiceTierTerms,
  Usage,
} from "./contract.js";

/** Names under which providers log their ordinary tier. */
const STANDARD_TIERS = new Set(["standard", "default", "auto", "on_demand", "on-demand", "batch"]);

/** Sellers' names of the tiers that are priced, lower case. */
export const SERVICE_TIER_NAMES: ReadonlyMap<string, ServiceTier> = new Map([
  ["flex", "flex"],
  ["flex_discount", "flex"],
  ["priority", "priority"],
  ["priority_on_demand", "priority"],
]);

/** The priced tier that a log names; null for the standard tier and for names that no price is known for. */
export function tierOf(serviceTier: string | null): ServiceTier | null {
  return SERVICE_TIER_NAMES.get(serviceTier?.toLowerCase() ?? "") ?? null;
}

interface Resolution {
  readonly rates: ResolvedRates;
  readonly denominator: bigint;
  /** Missing rates by the kind of token that they concern; `always` concerns every call. */
  readonly missing: Readonly<Partial<Record<keyof Rates | "always", string>>>;
}

/**
 * The rates of a row under given terms, every gap filled by a stated fallback: cached input and cache writes at the
 * input rate, one-hour writes at the write rate, reasoning at the output rate (that one is the rule, not a gap).
 */
export function ratesAt(row: PriceRow, terms: PriceTerms): RatesAtTerms {
  const { rates, denominator, missing } = resolve(row, terms);
  return { rates, denominator, fallbacks: Object.values(missing) };
}

/**
 * Exact price of tokens that all share one row and one set of terms. Linear in the tokens, so that a sum may be priced
 * instead of its parts, as long as `contextClass` holds for each request in it.
 *
 * @throws RangeError when a subset is larger than its total, or a count is negative or not an integer.
 */
export function priceUsage(usage: Usage, row: PriceRow, terms: PriceTerms): PricedUsage {
  const { rates, denominator, missing } = resolve(row, terms);
  const plainInput = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const shortWrite = usage.cacheWriteTokens - usage.cacheWrite1hTokens;
  const visibleOutput = usage.outputTokens - usage.reasoningTokens;
  const charge =
    tokens(plainInput, "cached and written input within the input") * rates.input +
    tokens(usage.cachedInputTokens, "cached input") * rates.cachedInput +
    tokens(shortWrite, "one-hour cache writes within the cache writes") * rates.cacheWrite +
    tokens(usage.cacheWrite1hTokens, "one-hour cache writes") * rates.cacheWrite1h +
    tokens(visibleOutput, "reasoning within the output") * rates.output +
    tokens(usage.reasoningTokens, "reasoning") * rates.reasoning;
  const concerns: readonly (readonly [keyof typeof missing, number])[] = [
    ["cachedInput", usage.cachedInputTokens],
    ["cacheWrite", shortWrite],
    ["cacheWrite1h", usage.cacheWrite1hTokens],
    ["output", usage.outputTokens],
    ["always", 1],
  ];
  const fallbacks = concerns.flatMap(([kind, count]) => {
    const words = missing[kind];
    return words === undefined || count === 0 ? [] : [words];
  });
  return { amount: scale(charge, 1n, denominator), fallbacks };
}

/** The largest threshold strictly below `inputTokens`, else 0: the context class that a single request falls in. */
export function contextClassOf(inputTokens: number, thresholds: readonly number[]): number {
  let result = 0;
  for (const threshold of thresholds) if (threshold < inputTokens && threshold > result) result = threshold;
  return result;
}

function resolve(row: PriceRow, terms: PriceTerms): Resolution {
  const listed = tierFor(row, terms.contextClass).rates;
  const cacheWrite = listed.cacheWrite ?? listed.input;
  const resolved: ResolvedRates = {
    input: listed.input,
    cachedInput: listed.cachedInput ?? listed.input,
    cacheWrite,
    cacheWrite1h: listed.cacheWrite1h ?? cacheWrite,
    output: listed.output,
    reasoning: listed.reasoning ?? listed.output,
  };
  const isBatch = terms.batch || terms.serviceTier === "batch";
  const tier = isBatch ? null : tierTerms(row, terms.serviceTier);
  const missing = missingRates(row, listed, terms.serviceTier, isBatch);
  const multiple = isBatch ? row.batchDiscount : tier;
  return {
    ...(multiple === null ? { rates: resolved, denominator: 1n } : scaled(resolved, multiple)),
    missing,
  };
}

function tierTerms(row: PriceRow, serviceTier: string | null): ServiceTierTerms | null {
  const tier = tierOf(serviceTier);
  return row.serviceTiers?.find((terms) => terms.tier === tier) ?? null;
}

/** A tier holds for the whole request, so the class picks exactly one. */
function tierFor(row: PriceRow, contextClass: number): PriceTier {
  let chosen: PriceTier | undefined;
  for (const tier of row.tiers) if (tier.aboveInputTokens <= contextClass) chosen = tier;
  if (chosen === undefined) throw new RangeError(`${nameOf(row)} has no base tier.`);
  return chosen;
}

type Multiple = Pick<ServiceTierTerms, "numerator" | "denominator" | "appliesToCachedInput">;

/** Rates times an exact fraction; where that is not whole, over a denominator that the sum is divided by once. */
function scaled(rates: ResolvedRates, multiple: Multiple): { rates: ResolvedRates; denominator: bigint } {
  const { numerator, denominator, appliesToCachedInput = true } = multiple;
  const product = mapRates(rates, (rate, kind) =>
    kind === "cachedInput" && !appliesToCachedInput ? rate * denominator : rate * numerator,
  );
  const divides = Object.values(product).every((rate) => rate % denominator === 0n);
  return divides
    ? { rates: mapRates(product, (rate) => rate / denominator), denominator: 1n }
    : { rates: product, denominator };
}

function mapRates(
  rates: ResolvedRates,
  convert: (rate: PicoUsd, kind: keyof ResolvedRates) => PicoUsd,
): ResolvedRates {
  return {
    input: convert(rates.input, "input"),
    cachedInput: convert(rates.cachedInput, "cachedInput"),
    cacheWrite: convert(rates.cacheWrite, "cacheWrite"),
    cacheWrite1h: convert(rates.cacheWrite1h, "cacheWrite1h"),
    output: convert(rates.output, "output"),
    reasoning: convert(rates.reasoning, "reasoning"),
  };
}

function missingRates(
  row: PriceRow,
  listed: Rates,
  serviceTier: string | null,
  isBatch: boolean,
): Resolution["missing"] {
  const name = nameOf(row);
  const general = [...(row.notIncluded ?? []).map((charge) => `without ${charge}`)];
  if (isBatch && row.batchDiscount === null) general.push("batch calls at the standard rate");
  general.push(...tierNotes(row, serviceTier, isBatch));
  const write = listed.cacheWrite === null ? "input" : "five-minute write";
  return {
    ...(listed.cachedInput === null && { cachedInput: `${name}: cached input at the input rate` }),
    ...(listed.cacheWrite === null && { cacheWrite: `${name}: cache write at the input rate` }),
    ...(listed.cacheWrite1h === null && {
      cacheWrite1h: `${name}: one-hour cache write at the ${write} rate`,
    }),
    ...(row.outputUnlisted === true && { output: `${name}: output at the input rate` }),
    ...(general.length > 0 && { always: `${name}: ${general.join("; ")}` }),
  };
}

function tierNotes(row: PriceRow, serviceTier: string | null, isBatch: boolean): string[] {
  if (serviceTier === null || STANDARD_TIERS.has(serviceTier.toLowerCase())) return [];
  const tier = isBatch ? null : tierTerms(row, serviceTier);
  if (tier === null) return [`service tier "${serviceTier}" at the standard rate`];
  const times = tier.denominator === 1n ? `${tier.numerator}` : `${tier.numerator}/${tier.denominator}`;
  return tier.verified
    ? []
    : [`service tier "${serviceTier}" at ${times} of the standard rate, a second-hand figure`];
}

function nameOf(row: PriceRow): string {
  return `${row.provider}/${row.model}`;
}

function tokens(count: number, what: string): bigint {
  if (count < 0) throw new RangeError(`Token counts must be whole and not negative: ${what} (${count}).`);
  return BigInt(count);
}
