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
