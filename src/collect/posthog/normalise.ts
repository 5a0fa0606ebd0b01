import type { CanonicalEvent } from "../../events/contract.js";
import { contentOf } from "../content.js";
import type { ContentRecord, Normalised } from "../contract.js";
import {
  asObject,
  firstOf,
  hostIn,
  type JsonObject,
  normaliseWith,
  objectIn,
  readAmount,
  readFlag,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
  secondsToMs,
  statusOfHttp,
} from "../fields.js";
import { type Usage, usageOfEmbedding, usageOfFailed } from "../usage.js";
import { readUsage } from "./usage.js";

/** Events that are calls to a model; traces and spans only hold them. */
export const MODEL_CALLS = ["$ai_generation", "$ai_embedding"] as const;

/** Which properties of an event name its tenant and its intent. */
export interface Reading {
  /** The distinct id where it is null. */
  readonly tenantProperty: string | null;
  readonly intentProperty: string;
}

export const DEFAULT_READING: Reading = { tenantProperty: null, intentProperty: "$ai_span_name" };

/** An event of PostHog, as batch exports have it and as the collector's query is turned into. Null for other events. */
export function normalise(record: unknown, reading: Reading = DEFAULT_READING): Normalised | null {
  return normaliseWith(() => {
    const given = requireObject(record);
    if (!(MODEL_CALLS as readonly unknown[]).includes(given.event)) return null;
    return { event: toEvent(given, objectIn(given.properties) ?? {}, reading), suppliedId: true };
  });
}

function toEvent(given: JsonObject, properties: JsonObject, reading: Reading): CanonicalEvent {
  const status = statusOf(properties);
  const usage = usageOf(given, properties, status !== "ok");
  return {
    id: requireText(given.uuid, "uuid"),
    ts: new Date(requireInstant(given.timestamp, "timestamp")).toISOString(),
    intent: readText(propertyAt(properties, reading.intentProperty), "properties"),
    provider: readText(properties.$ai_provider, "$ai_provider")?.toLowerCase() ?? null,
    model: readText(properties.$ai_model, "$ai_model"),
    ...usage,
    latency_ms: secondsToMs(properties.$ai_latency, "$ai_latency"),
    ttft_ms: secondsToMs(properties.$ai_time_to_first_token, "$ai_time_to_first_token"),
    ...costOf(properties, usage),
    endpoint: hostIn(properties.$ai_base_url) ?? hostIn(properties.$ai_request_url),
    region: null,
    tenant: readText(
      reading.tenantProperty === null ? given.distinct_id : propertyAt(properties, reading.tenantProperty),
      "properties",
    ),
    status,
    conversation_id: readText(properties.$ai_session_id, "$ai_session_id"),
    max_tokens: maxTokensOf(
      firstOf(properties.$ai_max_tokens, propertyAt(properties, "$ai_model_parameters.max_tokens")),
    ),
    source: "posthog",
  };
}

/** A property by its name, or by a path through objects: `$groups.company`. */
function propertyAt(properties: JsonObject, path: string): unknown {
  if (properties[path] !== undefined) return properties[path];
  return path.split(".").reduce<unknown>((value, key) => objectIn(value)?.[key], properties);
}

function usageOf(given: JsonObject, properties: JsonObject, isError: boolean): Usage {
  const usage = isError ? usageOfFailed(readUsage(properties)) : readUsage(properties);
  return given.event === "$ai_embedding" ? usageOfEmbedding(usage) : usage;
}

/**
 * PostHog computes cost from public list prices, unless the application sends one. SDKs before the fix of a
 * subtraction sent figures that made it negative: unknown. A 0 with tokens is a model without a price.
 */
function costOf(properties: JsonObject, { input_tokens: input, output_tokens: output }: Usage) {
  const cost = readAmount(properties.$ai_total_cost_usd, "$ai_total_cost_usd");
  const isUnpriced = cost === 0 && (input ?? 0) + (output ?? 0) > 0;
  if (cost === null || isUnpriced) return { cost_usd: null };
  return { cost_usd: cost, cost_basis: "list_price" as const };
}

function statusOf(properties: JsonObject): "ok" | "error" | "timeout" | "rate_limited" {
  const status = statusOfHttp(readNumber(properties.$ai_http_status, "$ai_http_status"));
  if (status !== null && status !== "ok") return status;
  return readFlag(properties.$ai_is_error) === true ? "error" : "ok";
}

/** Parameters are the application's own; a ceiling that is no count says nothing. */
function maxTokensOf(value: unknown): number | null {
  const count = Number(value ?? Number.NaN);
  return Number.isSafeInteger(count) && count > 0 ? count : null;
}

export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const properties = objectIn(asObject(record)?.properties) ?? {};
  return contentOf(eventId, { request: properties.$ai_input, response: properties.$ai_output_choices });
}
