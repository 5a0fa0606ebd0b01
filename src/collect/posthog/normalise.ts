import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf } from "../platform/content.js";
import {
  asObject,
  firstOf,
  hostIn,
  type JsonObject,
  normaliseWith,
  objectIn,
  readAmount,
  readCeiling,
  readFlag,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
  secondsToMs,
  statusOfHttp,
} from "../platform/fields.js";
import { costOf, type Usage, usageOfEmbedding, usageOfFailed } from "../platform/usage.js";
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
    // From public list prices, unless the application sent one. Older SDKs made it negative by a wrong subtraction.
    ...costOf(readAmount(properties.$ai_total_cost_usd, "$ai_total_cost_usd"), usage),
    endpoint: hostIn(properties.$ai_base_url) ?? hostIn(properties.$ai_request_url),
    region: null,
    tenant: readText(
      reading.tenantProperty === null ? given.distinct_id : propertyAt(properties, reading.tenantProperty),
      "properties",
    ),
    status,
    conversation_id: readText(properties.$ai_session_id, "$ai_session_id"),
    max_tokens: readCeiling(
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

function statusOf(properties: JsonObject): "ok" | "error" | "timeout" | "rate_limited" {
  const status = statusOfHttp(readNumber(properties.$ai_http_status, "$ai_http_status"));
  if (status !== null && status !== "ok") return status;
  return readFlag(properties.$ai_is_error) === true ? "error" : "ok";
}

export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const properties = objectIn(asObject(record)?.properties) ?? {};
  return contentOf(eventId, { request: properties.$ai_input, response: properties.$ai_output_choices });
}
