import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf } from "../platform/content.js";
import {
  firstOf,
  hostIn,
  type JsonObject,
  normaliseWith,
  objectIn,
  readAmount,
  readCount,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
  statusOfHttp,
} from "../platform/fields.js";
import { COST_OF_CACHE_HIT, costOf, toUsage, type Usage } from "../platform/usage.js";

/** How a record is read where its meaning is the user's choice. */
export interface Reading {
  /** Property that names the tenant; the user id where it is null. */
  readonly tenantProperty: string | null;
  /** Property that names the intent; the prompt id where it is null. */
  readonly intentProperty: string | null;
  /** Score that becomes quality, and its value for a perfect answer. */
  readonly qualityScore: string | null;
  readonly qualityBest: number;
  /** Whether `prompt_tokens` counts cached tokens too, as older servers logged OpenAI's. */
  readonly promptTokensIncludeCached: boolean;
}

export const DEFAULT_READING: Reading = {
  tenantProperty: null,
  intentProperty: null,
  qualityScore: null,
  qualityBest: 100,
  promptTokensIncludeCached: false,
};

/** What Helicone writes for "no cached answer was served". */
const NO_REFERENCE = "00000000-0000-0000-0000-000000000000";

/**
 * A record of `/v1/request/query-clickhouse`, or of a file that `npx @helicone/export` wrote from it. Field names:
 * docs.helicone.ai; meanings of tokens, cost and cache: `LoggingHandler` in Helicone's own source.
 */
export function normalise(record: unknown, reading: Reading = DEFAULT_READING): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(record);
    return { event: toEvent(call, reading), suppliedId: true };
  });
}

function toEvent(call: JsonObject, reading: Reading): CanonicalEvent {
  const properties = objectIn(firstOf(call.properties, call.request_properties)) ?? {};
  const property = (name: string | null): unknown => (name === null ? null : properties[name]);
  const isHit = isServedFromCache(call);
  const usage = usageOf(call, reading);
  return {
    id: requireText(firstOf(call.request_id, call.response_id), "request_id"),
    ts: new Date(requireInstant(call.request_created_at, "request_created_at")).toISOString(),
    intent: readText(firstOf(property(reading.intentProperty), call.prompt_id), "prompt_id"),
    provider: providerOf(call),
    model: readText(
      firstOf(call.model_override, call.response_model, call.request_model, call.model),
      "request_model",
    ),
    ...usage,
    latency_ms: zeroIsUnknown(readAmount(firstOf(call.delay_ms, call.latency), "delay_ms")),
    ttft_ms: zeroIsUnknown(readAmount(call.time_to_first_token, "time_to_first_token")),
    // From Helicone's own price table.
    ...(isHit ? COST_OF_CACHE_HIT : costOf(readAmount(firstOf(call.costUSD, call.cost), "cost"), usage)),
    endpoint: hostIn(call.target_url),
    region: null,
    tenant: readText(firstOf(property(reading.tenantProperty), call.request_user_id), "request_user_id"),
    quality_score: qualityOf(call, reading),
    status: statusOf(call),
    conversation_id: readText(properties["Helicone-Session-Id"], "properties"),
    source: "helicone",
    attributes: isHit ? { gateway_cache_hit: true } : null,
  };
}

/** Helicone counts cached and cache-written tokens apart from the others. */
const usageOf = (call: JsonObject, { promptTokensIncludeCached }: Reading): Usage =>
  toUsage({
    input: readCount(call.prompt_tokens, "prompt_tokens"),
    output: readCount(call.completion_tokens, "completion_tokens"),
    cached: readCount(call.prompt_cache_read_tokens, "prompt_cache_read_tokens"),
    written: readCount(call.prompt_cache_write_tokens, "prompt_cache_write_tokens"),
    cachedIsApart: !promptTokensIncludeCached,
  });

function isServedFromCache({ cache_reference_id: reference }: JsonObject): boolean {
  return typeof reference === "string" && reference !== "" && reference !== NO_REFERENCE;
}

/** `CUSTOM` is any server that Helicone does not know. */
function providerOf(call: JsonObject): string | null {
  const name = readText(call.provider, "provider")?.toLowerCase() ?? null;
  return name === "custom" ? null : name;
}

/** HTTP statuses; the negative ones are Helicone's own, for calls that were never answered. */
function statusOf(call: JsonObject): CanonicalEvent["status"] {
  const status = readNumber(call.response_status, "response_status");
  return status !== null && status < 0 ? "error" : statusOfHttp(status);
}

function qualityOf(call: JsonObject, { qualityScore, qualityBest }: Reading): number | null {
  const score = qualityScore === null ? null : objectIn(call.scores)?.[qualityScore];
  const value = readNumber(firstOf((score as JsonObject | null | undefined)?.value, score), "scores");
  const quality = value === null ? null : value / qualityBest;
  return quality === null || quality < 0 || quality > 1 ? null : quality;
}

/** Durations are rounded to whole milliseconds, and 0 is what is written where none was measured. */
const zeroIsUnknown = (ms: number | null): number | null => (ms === 0 ? null : ms);

/** The bodies that the record holds itself; those in Helicone's object store are not fetched. */
export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const call = requireObject(record);
  const inline = (body: unknown): unknown => (isPlaceholder(body) ? null : body);
  return contentOf(eventId, { request: inline(call.request_body), response: inline(call.response_body) });
}

/** What stands in a record whose bodies lie elsewhere. */
const isPlaceholder = (body: unknown): boolean => objectIn(body)?.helicone_message !== undefined;
