import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { BLANK_CALL } from "../platform/blank-event.js";
import { contentOf } from "../platform/content.js";
import {
  asObject,
  firstOf,
  type JsonObject,
  normaliseWith,
  RecordProblem,
  readAmount,
  readCount,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
  statusOfHttp,
} from "../platform/fields.js";

export const SOURCE = "databricks";

/** Which tags name the tenant and the intent. */
export interface Reading {
  readonly tenantTags: readonly string[];
  readonly intentTags: readonly string[];
}

/** A row of system.ai_gateway.usage: one attempt; a retry or a fallback is an attempt of its own. */
export function normaliseGatewayUsage(row: unknown, reading: Reading): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(row);
    const status = readNumber(call.status_code, "status_code");
    const isExternal = /external/i.test(readText(call.destination_type, "destination_type") ?? "");
    return {
      suppliedId: true,
      event: {
        ...eventOf(requireText(call.invocation_id, "invocation_id"), call.event_time, "event_time"),
        ...namesOf(call, reading, null),
        // The table does not say whose model an external one is.
        provider: isExternal ? null : SOURCE,
        model: modelName(readText(call.destination_model, "destination_model")),
        ...tokensOf(call.input_tokens, call.output_tokens, status),
        cached_input_tokens: readCount(call.cached_input_tokens, "token_details"),
        cache_write_tokens: readCount(call.cache_write_tokens, "token_details"),
        latency_ms: readAmount(call.latency_ms, "latency_ms"),
        ttft_ms: readAmount(call.time_to_first_byte_ms, "time_to_first_byte_ms"),
        endpoint: readText(call.endpoint_name, "endpoint_name"),
        status: statusOfHttp(status),
      },
    };
  });
}

/** A row of system.serving.endpoint_usage with the latest configuration of what served it. */
export function normaliseEndpointUsage(row: unknown, reading: Reading): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(row);
    const status = readNumber(call.status_code, "status_code");
    const isCustom = call.entity_type === "CUSTOM_MODEL";
    return {
      suppliedId: true,
      event: {
        ...eventOf(
          requireText(call.databricks_request_id, "databricks_request_id"),
          call.request_time,
          "request_time",
        ),
        ...namesOf(call, reading, readText(call.task, "task")),
        provider: providerOf(readText(call.external_provider, "external_model_config")),
        // Requests may outlive the configuration that served them.
        model: modelName(
          readText(firstOf(call.external_model, call.entity_name, call.endpoint_name), "entity_name"),
        ),
        ...tokensOf(call.input_token_count, call.output_token_count, status),
        latency_ms: readAmount(call.latency_ms, "execution_duration_ms"),
        endpoint: readText(call.endpoint_name, "endpoint_name"),
        status: statusOfHttp(status),
        // A model that says no counts has them estimated from its text's length, and no column says so.
        attributes: isCustom ? { tokens_may_be_estimated: true } : null,
      },
    };
  });
}

/** A row of an inference table, of whose answer only the counts under `usage` were read. */
export function normalisePayload(row: unknown, endpoint: string | null): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(row);
    const status = readNumber(call.status_code, "status_code");
    const cacheRead = readCount(call.cache_read_input_tokens, "usage.cache_read_input_tokens");
    const cacheWrite = readCount(call.cache_creation_input_tokens, "usage.cache_creation_input_tokens");
    // Anthropic's own shape counts input without what was read from and written to the cache.
    const apart = readCount(call.input_tokens, "usage.input_tokens");
    const input = firstOf(
      call.prompt_tokens,
      apart === null ? null : apart + (cacheRead ?? 0) + (cacheWrite ?? 0),
    );
    const share = readNumber(call.sampling_fraction, "sampling_fraction");
    return {
      suppliedId: true,
      event: {
        ...eventOf(
          requireText(call.databricks_request_id, "databricks_request_id"),
          call.request_time,
          "request_time",
        ),
        intent: null,
        provider: providerOf(null),
        tenant: readText(call.requester, "requester"),
        model: modelName(readText(call.model, "response.model") ?? endpoint),
        ...tokensOf(input, firstOf(call.completion_tokens, call.output_tokens), status),
        cached_input_tokens: readCount(firstOf(call.cached_tokens, cacheRead), "usage.cached_tokens"),
        cache_write_tokens: cacheWrite,
        reasoning_tokens: readCount(call.reasoning_tokens, "usage.reasoning_tokens"),
        latency_ms: readAmount(call.latency_ms, "execution_duration_ms"),
        endpoint,
        status: statusOfHttp(status),
        attributes: share !== null && share < 1 ? { sampling_fraction: share } : null,
      },
    };
  });
}

export function contentOfPayload(row: unknown): ContentRecord | null {
  const call = asObject(row);
  const id = call?.databricks_request_id;
  if (call === null || typeof id !== "string" || id === "") return null;
  return contentOf(id, { request: call.request, response: call.response });
}

/** A day of one SKU: usage times list price, which is not what a discount leaves of it. */
export function normaliseBill(row: unknown): Normalised | null {
  return normaliseWith(() => {
    const line = requireObject(row);
    const amount = readText(line.amount, "effective_list.default");
    const currency = readText(line.currency_code, "currency_code");
    if (amount === null || currency === null)
      throw new RecordProblem("missing_field", "list_prices", "found no list price for a SKU of this day.");
    const product = requireText(line.billing_origin_product, "billing_origin_product");
    const sku = requireText(line.sku_name, "sku_name");
    const instant = (value: unknown, field: string) => new Date(requireInstant(value, field)).toISOString();
    return {
      statement: {
        source: SOURCE,
        provider: SOURCE,
        account: readText(line.workspace_id, "workspace_id"),
        tenant: null,
        model: null,
        lineItem: `${product} ${sku} ${readText(line.usage_unit, "usage_unit") ?? ""}`.trim(),
        periodStart: instant(line.period_start, "usage_start_time"),
        periodEnd: instant(line.period_end, "usage_end_time"),
        requests: null,
        inputTokens: null,
        cachedInputTokens: null,
        cacheWriteTokens: null,
        outputTokens: null,
        amount,
        currency,
        basis: "list_price",
      },
    };
  });
}

/** What every call has; cost is never made up from a bill. */
function eventOf(id: string, at: unknown, field: string): CanonicalEvent {
  return {
    id,
    ts: new Date(requireInstant(at, field)).toISOString(),
    ...BLANK_CALL,
    source: SOURCE,
  };
}

function namesOf(call: JsonObject, { tenantTags, intentTags }: Reading, task: string | null) {
  const tags = asObject(call.tags) ?? {};
  const first = (names: readonly string[]) => readText(firstOf(...names.map((name) => tags[name])), "tags");
  return {
    tenant: first(tenantTags) ?? readText(firstOf(call.requester, call.workspace_id), "requester"),
    intent: first(intentTags) ?? task,
  };
}

/** A call that failed before a model answered has no counts, and none that is billed. */
function tokensOf(input: unknown, output: unknown, status: number | null) {
  const failed = status !== null && status >= 400 ? 0 : null;
  return {
    input_tokens: readCount(input, "input_tokens") ?? failed,
    output_tokens: readCount(output, "output_tokens") ?? failed,
  };
}

const PROVIDERS: Readonly<Record<string, string>> = {
  "amazon-bedrock": "aws_bedrock",
  "google-cloud-vertex-ai": "google_vertex",
  "databricks-model-serving": "databricks",
};

/** Who serves an external model, in the words of events; Databricks itself where it is none. */
function providerOf(external: string | null): string {
  if (external === null) return SOURCE;
  return PROVIDERS[external] ?? external.replaceAll("-", "_");
}

/** Names in Unity Catalog carry where they stand; prices know the last part. */
export const modelName = (name: string | null): string | null => name?.replace(/^system\.ai\./, "") ?? null;
