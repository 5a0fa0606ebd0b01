import { type JsonObject, readCount, readFlag } from "../fields.js";

/** Token figures of one event, in canonical meaning. */
export interface Usage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
}

/**
 * Whether `$ai_input_tokens` has cached tokens in it differs by provider and SDK. PostHog writes what it found to
 * `$ai_cache_reporting_exclusive`; events without it are judged as PostHog does: Anthropic counts them apart
 * (posthog.com/docs/ai-observability/calculating-costs). Parts above the whole are apart in any case.
 */
export function readUsage(properties: JsonObject): Usage {
  const count = (key: string): number | null => readCount(properties[key], key);
  const input = count("$ai_input_tokens");
  const output = count("$ai_output_tokens");
  const cached = count("$ai_cache_read_input_tokens");
  const written = count("$ai_cache_creation_input_tokens");
  const reasoning = count("$ai_reasoning_tokens");
  const parts = (cached ?? 0) + (written ?? 0);
  const isApart = isExclusive(properties) || parts > (input ?? 0);
  return {
    input_tokens: input === null ? null : isApart ? input + parts : input,
    // Some SDKs report what a model thought beside what it wrote, others within it.
    output_tokens: output !== null && (reasoning ?? 0) > output ? output + reasoning! : output,
    cached_input_tokens: cached,
    cache_write_tokens: written,
    reasoning_tokens: reasoning,
  };
}

function isExclusive(properties: JsonObject): boolean {
  const told = readFlag(properties.$ai_cache_reporting_exclusive);
  if (told !== null) return told;
  const names = [properties.$ai_provider, properties.$ai_model].filter((name) => typeof name === "string");
  return names.some((name) => /anthropic/i.test(name));
}
