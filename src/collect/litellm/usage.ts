import { firstOf, type JsonObject, objectIn, readCount } from "../fields.js";

/** Token figures of one row, in canonical meaning. */
export interface Usage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

/**
 * LiteLLM writes every provider's usage as OpenAI does, with cached tokens within `prompt_tokens`
 * (docs.litellm.ai/docs/completion/prompt_caching). Rows of endpoints that pass a provider's own usage through have
 * them apart, and give themselves away where the parts are more than the whole.
 */
export function readUsage(row: JsonObject, details: JsonObject): Usage {
  const extra = objectIn(details.additional_usage_values) ?? {};
  const usage = objectIn(details.usage_object) ?? {};
  const part = (list: string, key: string): unknown =>
    firstOf(objectIn(extra[list])?.[key], objectIn(usage[list])?.[key]);
  const prompt = readCount(row.prompt_tokens, "prompt_tokens");
  const cached = readCount(
    firstOf(
      extra.cache_read_input_tokens,
      usage.cache_read_input_tokens,
      part("prompt_tokens_details", "cached_tokens"),
    ),
    "cache_read_input_tokens",
  );
  const written = readCount(
    firstOf(extra.cache_creation_input_tokens, usage.cache_creation_input_tokens),
    "cache_creation_input_tokens",
  );
  const lifetimes = objectIn(part("prompt_tokens_details", "cache_creation_token_details"));
  const parts = (cached ?? 0) + (written ?? 0);
  return {
    input_tokens: prompt === null ? null : parts > prompt ? prompt + parts : prompt,
    output_tokens: readCount(row.completion_tokens, "completion_tokens"),
    cached_input_tokens: cached,
    cache_write_tokens: written,
    cache_write_1h_tokens: readCount(lifetimes?.ephemeral_1h_input_tokens, "ephemeral_1h_input_tokens"),
    reasoning_tokens: readCount(part("completion_tokens_details", "reasoning_tokens"), "reasoning_tokens"),
  };
}

/** The usage of an answer that reached no provider. */
export const NO_USAGE: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cached_input_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  reasoning_tokens: null,
};
