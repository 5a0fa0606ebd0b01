import type { CanonicalEvent, Statement } from "../../events/contract.js";
import { sha256 } from "../../shared/artifact.js";
import type { Normalised } from "../contract.js";
import {
  asObject,
  type JsonObject,
  RecordProblem,
  readCount,
  readFlag,
  readNumber,
  readText,
} from "../platform/fields.js";

export const SOURCE = "openai-usage";

/** Usage of one bucket and key; null for a bucket without a request. OpenAI's input includes cached tokens. */
export function usageEvent(result: JsonObject, bucket: JsonObject, report: string): Normalised | null {
  const start = seconds(bucket.start_time, "start_time");
  const requests = readCount(result.num_model_requests, "num_model_requests");
  const inputTokens = readCount(result.input_tokens, "input_tokens");
  const outputTokens = readCount(result.output_tokens, "output_tokens");
  if ((requests ?? 0) + (inputTokens ?? 0) + (outputTokens ?? 0) === 0) return null;
  const dimensions = {
    project: readText(result.project_id, "project_id"),
    key: readText(result.api_key_id, "api_key_id"),
    model: readText(result.model, "model"),
    batch: readFlag(result.batch),
    tier: readText(result.service_tier, "service_tier"),
  };
  const event: CanonicalEvent = {
    id: `openai-${sha256(JSON.stringify([report, start, bucket.end_time, dimensions])).slice(0, 32)}`,
    ts: new Date(start).toISOString(),
    intent: null,
    provider: "openai",
    model: dimensions.model,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    latency_ms: null,
    cost_usd: null,
    endpoint: report,
    region: null,
    tenant: dimensions.project,
    cached_input_tokens: readCount(result.input_cached_tokens, "input_cached_tokens"),
    batch: dimensions.batch,
    service_tier: dimensions.tier,
    grain: "bucket",
    request_count: requests,
    bucket_seconds: (seconds(bucket.end_time, "end_time") - start) / 1000,
    source: SOURCE,
  };
  return { event, suppliedId: true };
}

/** A line of the daily costs. The model stands only inside the line item's name, and is not parsed out of it. */
export function costStatement(result: JsonObject, bucket: JsonObject): Normalised | null {
  const { value, currency } = asObject(result.amount) ?? {};
  const amount = readNumber(value, "amount.value");
  if (amount === null)
    throw new RecordProblem("missing_field", "amount.value", "found nothing, expected a number.");
  const statement: Statement = {
    source: SOURCE,
    provider: "openai",
    account: readText(result.project_id, "project_id"),
    tenant: readText(result.project_id, "project_id"),
    model: null,
    lineItem: readText(result.line_item, "line_item") ?? "all",
    periodStart: new Date(seconds(bucket.start_time, "start_time")).toISOString(),
    periodEnd: new Date(seconds(bucket.end_time, "end_time")).toISOString(),
    requests: null,
    inputTokens: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    outputTokens: null,
    // A JSON number is a binary fraction; twelve decimals are far below a cent and hold every price.
    amount: typeof value === "string" ? value : amount.toFixed(12),
    currency: (readText(currency, "amount.currency") ?? "usd").toUpperCase(),
    basis: "billed",
  };
  return { statement };
}

function seconds(value: unknown, field: string): number {
  const time = readCount(value, field);
  if (time === null)
    throw new RecordProblem("missing_field", field, "found nothing, expected seconds since 1970.");
  return time * 1000;
}
