import { firstOf, type JsonObject, objectIn, readCount } from "../platform/fields.js";
import { toUsage, type Usage } from "../platform/usage.js";

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
  const lifetimes = objectIn(part("prompt_tokens_details", "cache_creation_token_details"));
  const cached = firstOf(
    extra.cache_read_input_tokens,
    usage.cache_read_input_tokens,
    part("prompt_tokens_details", "cached_tokens"),
  );
  const written = firstOf(extra.cache_creation_input_tokens, usage.cache_creation_input_tokens);
  return toUsage({
    input: readCount(row.prompt_tokens, "prompt_tokens"),
    output: readCount(row.completion_tokens, "completion_tokens"),
    cached: readCount(cached, "cache_read_input_tokens"),
    written: readCount(written, "cache_creation_input_tokens"),
    writtenForOneHour: readCount(lifetimes?.ephemeral_1h_input_tokens, "ephemeral_1h_input_tokens"),
    reasoning: readCount(part("completion_tokens_details", "reasoning_tokens"), "reasoning_tokens"),
  });
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
