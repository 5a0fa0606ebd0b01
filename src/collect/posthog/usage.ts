import { type JsonObject, readCount, readFlag } from "../platform/fields.js";
import { toUsage, type Usage } from "../platform/usage.js";

/**
 * Whether `$ai_input_tokens` has cached tokens in it differs by provider and SDK. PostHog writes what it found to
 * `$ai_cache_reporting_exclusive`; events without it are judged as PostHog does: Anthropic counts them apart
 * (posthog.com/docs/ai-observability/calculating-costs).
 */
export function readUsage(properties: JsonObject): Usage {
  const count = (key: string): number | null => readCount(properties[key], key);
  return toUsage({
    input: count("$ai_input_tokens"),
    output: count("$ai_output_tokens"),
    cached: count("$ai_cache_read_input_tokens"),
    written: count("$ai_cache_creation_input_tokens"),
    reasoning: count("$ai_reasoning_tokens"),
    cachedIsApart: isExclusive(properties),
  });
}

function isExclusive(properties: JsonObject): boolean {
  const told = readFlag(properties.$ai_cache_reporting_exclusive);
  if (told !== null) return told;
  const names = [properties.$ai_provider, properties.$ai_model].filter((name) => typeof name === "string");
  return names.some((name) => /anthropic/i.test(name));
}
