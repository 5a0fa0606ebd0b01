import { type JsonObject, objectIn, readCount } from "../platform/fields.js";
import { toUsage, type Usage } from "../platform/usage.js";

/**
 * LangSmith counts all kinds of input within `prompt_tokens`, and the kinds in `prompt_token_details`
 * (`UsageMetadata` of langsmith-sdk). Traces that were sent with Anthropic's own figures have cached tokens apart, and
 * give themselves away where the parts are more than the whole.
 */
export function readUsage(run: JsonObject): Usage {
  const input = detailsIn(run.prompt_token_details);
  const output = detailsIn(run.completion_token_details);
  const count = (details: JsonObject, key: string): number | null => readCount(details[key], key);
  const oneHour = count(input, "ephemeral_1h_input_tokens") ?? count(input, "ephemeral_1hr_input_tokens");
  return toUsage({
    input: readCount(run.prompt_tokens, "prompt_tokens"),
    output: readCount(run.completion_tokens, "completion_tokens"),
    cached: count(input, "cache_read"),
    written: writtenOf(count(input, "cache_creation"), count(input, "ephemeral_5m_input_tokens"), oneHour),
    writtenForOneHour: oneHour,
    reasoning: count(output, "reasoning"),
  });
}

/** Writes by lifetime either split the plain figure or stand in its place, never beside it. */
function writtenOf(plain: number | null, fiveMinutes: number | null, oneHour: number | null): number | null {
  if (plain === null && fiveMinutes === null && oneHour === null) return null;
  return Math.max(plain ?? 0, (fiveMinutes ?? 0) + (oneHour ?? 0));
}

/** The newer API has the figures below `raw`. */
function detailsIn(value: unknown): JsonObject {
  const details = objectIn(value) ?? {};
  return objectIn(details.raw) ?? details;
}
