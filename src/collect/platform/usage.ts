/** Token figures of a call in canonical meaning: cached and written ones are parts of input, reasoning of output. */
export interface Usage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

/** Token figures as a platform counts them; what it does not count is null. */
export interface Counted {
  readonly input: number | null;
  readonly output: number | null;
  readonly cached: number | null;
  readonly written: number | null;
  readonly writtenForOneHour?: number | null;
  readonly reasoning?: number | null;
  /** Whether cached and written tokens are counted beside input. */
  readonly cachedIsApart?: boolean;
}

/**
 * Brings a platform's figures to one meaning. Whichever way it says that it counts, parts above their whole were counted
 * beside it, and are added.
 */
export function toUsage({
  input,
  output,
  cached,
  written,
  writtenForOneHour = null,
  reasoning = null,
  cachedIsApart = false,
}: Counted): Usage {
  const parts = (cached ?? 0) + (written ?? 0);
  const isApart = cachedIsApart || parts > (input ?? 0);
  const thought = reasoning ?? 0;
  return {
    input_tokens: input === null ? null : isApart ? input + parts : input,
    output_tokens: output !== null && thought > output ? output + thought : output,
    cached_input_tokens: cached,
    cache_write_tokens: written,
    cache_write_1h_tokens: (writtenForOneHour ?? 0) > (written ?? 0) ? null : writtenForOneHour,
    reasoning_tokens: reasoning,
  };
}

/** A call that failed and reports no usage was answered with no token; one that reports some keeps it. */
export const usageOfFailed = (usage: Usage): Usage =>
  usage.input_tokens === null && usage.output_tokens === null
    ? { ...usage, input_tokens: 0, output_tokens: 0 }
    : usage;

/** An embedding writes no token. */
export const usageOfEmbedding = (usage: Usage): Usage => ({
  ...usage,
  output_tokens: usage.output_tokens ?? 0,
});

/**
 * The cost that a platform gives a call. Computed costs are list prices; a 0 for tokens is what platforms write for a
 * model without a price, and says nothing.
 */
export function costOf(
  cost: number | null,
  { input_tokens: input, output_tokens: output }: Usage,
  basis: "list_price" | "billed" = "list_price",
): { readonly cost_usd: number | null; readonly cost_basis?: "list_price" | "billed" } {
  const isUnpriced = cost === 0 && (input ?? 0) + (output ?? 0) > 0;
  return cost === null || isUnpriced ? { cost_usd: null } : { cost_usd: cost, cost_basis: basis };
}

/** An answer from a gateway's own cache reached no provider and cost nothing. */
export const COST_OF_CACHE_HIT = { cost_usd: 0, cost_basis: "billed" } as const;
