import type { CanonicalEvent, Statement } from "../../events/contract.js";
import { sha256 } from "../../shared/artifact.js";
import type { Normalised } from "../contract.js";
import {
  asObject,
  type JsonObject,
  RecordProblem,
  readCount,
  readNumber,
  readText,
  requireInstant,
  requireText,
} from "../platform/fields.js";

export const SOURCE = "anthropic-usage";

/**
 * Usage of one bucket and key; null for a bucket without tokens. Anthropic counts input without cache reads and
 * writes; canonical input includes both. The report has no request count.
 */
export function usageEvent(result: JsonObject, bucket: JsonObject): Normalised | null {
  const start = requireInstant(bucket.starting_at, "starting_at");
  const creation = asObject(result.cache_creation) ?? {};
  const uncached = readCount(result.uncached_input_tokens, "uncached_input_tokens");
  const cached = readCount(result.cache_read_input_tokens, "cache_read_input_tokens") ?? 0;
  const hour = readCount(creation.ephemeral_1h_input_tokens, "cache_creation.ephemeral_1h_input_tokens") ?? 0;
  const minutes =
    readCount(creation.ephemeral_5m_input_tokens, "cache_creation.ephemeral_5m_input_tokens") ?? 0;
  const outputTokens = readCount(result.output_tokens, "output_tokens");
  if (uncached === null)
    throw new RecordProblem("missing_field", "uncached_input_tokens", "found nothing, expected a count.");
  const inputTokens = uncached + cached + hour + minutes;
  if (inputTokens + (outputTokens ?? 0) === 0) return null;
  const dimensions = {
    workspace: readText(result.workspace_id, "workspace_id"),
    key: readText(result.api_key_id, "api_key_id"),
    model: readText(result.model, "model"),
    tier: readText(result.service_tier, "service_tier"),
    context: readText(result.context_window, "context_window"),
    geo: readText(result.inference_geo, "inference_geo"),
  };
  const event: CanonicalEvent = {
    id: `anthropic-${sha256(JSON.stringify([start, bucket.ending_at, dimensions])).slice(0, 32)}`,
    ts: new Date(start).toISOString(),
    intent: null,
    provider: "anthropic",
    model: dimensions.model,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    latency_ms: null,
    cost_usd: null,
    endpoint: "messages",
    region: dimensions.geo,
    tenant: dimensions.workspace,
    cached_input_tokens: cached,
    cache_write_tokens: hour + minutes,
    cache_write_1h_tokens: hour,
    batch: dimensions.tier === null ? null : dimensions.tier === "batch",
    service_tier: dimensions.tier === "batch" ? "standard" : dimensions.tier,
    grain: "bucket",
    request_count: null,
    bucket_seconds: Math.round((requireInstant(bucket.ending_at, "ending_at") - start) / 1000),
    source: SOURCE,
  };
  return { event, suppliedId: true };
}

/** A line of the daily cost report. Its amount is a decimal text in cents. */
export function costStatement(result: JsonObject, bucket: JsonObject): Normalised | null {
  const cents = requireText(result.amount, "amount");
  readNumber(cents, "amount");
  const workspace = readText(result.workspace_id, "workspace_id");
  const parts = [result.cost_type, result.token_type, result.service_tier, result.context_window];
  const described = parts.filter((part): part is string => typeof part === "string" && part !== "");
  const statement: Statement = {
    source: SOURCE,
    provider: "anthropic",
    account: workspace,
    tenant: workspace,
    model: readText(result.model, "model"),
    lineItem: described.length === 0 ? "all" : described.join("/"),
    periodStart: new Date(requireInstant(bucket.starting_at, "starting_at")).toISOString(),
    periodEnd: new Date(requireInstant(bucket.ending_at, "ending_at")).toISOString(),
    requests: null,
    inputTokens: null,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    outputTokens: null,
    amount: centsToDollars(cents),
    currency: (readText(result.currency, "currency") ?? "USD").toUpperCase(),
    basis: "billed",
  };
  return { statement };
}

/** Moves the point of a decimal text two places to the left, exactly: `123.45` cents are `1.2345` dollars. */
export function centsToDollars(cents: string): string {
  const [, sign = "", whole = "0", fraction = ""] = /^\s*([+-]?)(\d*)\.?(\d*)/.exec(cents) ?? [];
  const padded = whole.padStart(3, "0");
  const dollars = `${padded.slice(0, -2)}.${padded.slice(-2)}${fraction}`.replace(/^0+(?=\d)/, "");
  return `${sign === "-" ? "-" : ""}${dollars}`;
}
