import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf } from "../platform/content.js";
import {
  firstOf,
  hostIn,
  type JsonObject,
  listIn,
  msBetween,
  normaliseWith,
  objectIn,
  readAmount,
  readFlag,
  readInstant,
  readText,
  requireInstant,
  requireObject,
  requireText,
  statusOfHttp,
} from "../platform/fields.js";
import { COST_OF_CACHE_HIT, costOf, type Usage } from "../platform/usage.js";
import { NO_USAGE, readUsage } from "./usage.js";

export const TENANTS = ["team", "end_user", "user", "organization"] as const;

/** How a row is read where its meaning is the user's choice. */
export interface Reading {
  /** Which column names the tenant; the first of team, end user and user that is set where it is null. */
  readonly tenant: (typeof TENANTS)[number] | null;
  /** Only tags that begin with this name the intent, without it. */
  readonly intentTagPrefix: string;
  /** `billed` where the proxy's prices are those of the contract. */
  readonly costBasis: "list_price" | "billed";
}

export const DEFAULT_READING: Reading = { tenant: null, intentTagPrefix: "", costBasis: "list_price" };

/**
 * A row of "LiteLLM_SpendLogs", from the proxy or from an export of the table. Columns: schema.prisma of LiteLLM.
 * Null for a row that is no call to a model (a tool behind MCP).
 */
export function normalise(record: unknown, reading: Reading = DEFAULT_READING): Normalised | null {
  return normaliseWith(() => {
    const row = requireObject(record);
    if (/mcp/i.test(String(row.call_type ?? ""))) return null;
    return { event: toEvent(row, reading), suppliedId: true };
  });
}

function toEvent(row: JsonObject, reading: Reading): CanonicalEvent {
  // An export may hold these parts of the metadata as columns of their own.
  const details = { ...objectIn(row.metadata), ...withoutAbsent(row) };
  const start = requireInstant(row.startTime, "startTime");
  const logged = readUsage(row, details);
  const isHit = readFlag(row.cache_hit) === true;
  const host = hostIn(row.api_base);
  return {
    id: requireText(row.request_id, "request_id"),
    ts: new Date(start).toISOString(),
    intent: intentOf(row, reading),
    provider: readText(row.custom_llm_provider, "custom_llm_provider"),
    model: readText(firstOf(row.model, row.model_group), "model"),
    ...(isHit ? NO_USAGE : logged),
    // From LiteLLM's map of list prices, or from prices of the proxy's own configuration.
    ...(isHit ? COST_OF_CACHE_HIT : costOf(readAmount(row.spend, "spend"), logged, reading.costBasis)),
    latency_ms: latencyOf(row, start),
    ttft_ms: timeToFirstToken(row, start),
    endpoint: host,
    region: host === null ? null : regionOf(host),
    tenant: tenantOf(row, reading),
    status: statusOf(row, details),
    conversation_id: readText(row.session_id, "session_id"),
    batch: /batch/i.test(String(row.call_type ?? "")) ? true : null,
    source: "litellm",
    attributes: isHit ? savedBy(logged) : null,
  };
}

const DETAIL_COLUMNS = ["additional_usage_values", "usage_object", "error_code"];

const withoutAbsent = (row: JsonObject): JsonObject =>
  Object.fromEntries(
    DETAIL_COLUMNS.flatMap((key) => (firstOf(row[key]) === null ? [] : [[key, row[key]] as const])),
  );

/** What a hit of the proxy's cache would have used: kept as labels, since no provider counted it. */
const savedBy = ({ input_tokens: input, output_tokens: output }: Usage) => ({
  gateway_cache_hit: true,
  ...(input !== null && { saved_input_tokens: input }),
  ...(output !== null && { saved_output_tokens: output }),
});

/** LiteLLM adds the client's user agent to the tags; it names no intent. */
function intentOf(row: JsonObject, { intentTagPrefix }: Reading): string | null {
  const tags = listIn(row.request_tags).filter((tag): tag is string => typeof tag === "string");
  const tag = tags.find((text) => !text.startsWith("User-Agent:") && text.startsWith(intentTagPrefix));
  return readText(tag?.slice(intentTagPrefix.length), "request_tags");
}

/** Calls with the master key carry a user that LiteLLM makes up. */
const MADE_UP_USER = "default_user_id";

function tenantOf(row: JsonObject, { tenant }: Reading): string | null {
  const user = row.user === MADE_UP_USER ? null : row.user;
  const columns = { team: row.team_id, end_user: row.end_user, user, organization: row.organization_id };
  const value = tenant === null ? firstOf(columns.team, columns.end_user, columns.user) : columns[tenant];
  return readText(value, tenant ?? "team_id");
}

const latencyOf = (row: JsonObject, start: number): number | null =>
  readAmount(row.request_duration_ms, "request_duration_ms") ?? msBetween(start, row.endTime, "endTime");

/** Without a stream the completion starts and ends at once, and says nothing of a first token. */
function timeToFirstToken(row: JsonObject, start: number): number | null {
  const first = readInstant(row.completionStartTime, "completionStartTime");
  const end = readInstant(row.endTime, "endTime");
  return first === null || first < start || first === end ? null : first - start;
}

function statusOf(row: JsonObject, details: JsonObject): CanonicalEvent["status"] {
  const status = readText(firstOf(row.status, details.status), "status");
  if (status !== "failure") return "ok";
  const code = Number(
    firstOf(details.error_code, objectIn(details.error_information)?.error_code) ?? Number.NaN,
  );
  const told = Number.isInteger(code) ? statusOfHttp(code) : null;
  return told === null || told === "ok" ? "error" : told;
}

/** Clouds whose hosts carry the region: Bedrock and Vertex AI. */
function regionOf(host: string): string | null {
  const match =
    /^bedrock[a-z-]*\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(host) ??
    /^([a-z]+-[a-z]+\d+)-aiplatform\.googleapis\.com/.exec(host);
  return match?.[1] ?? null;
}

/** Text that the proxy keeps with `store_prompts_in_spend_logs`: newer ones leave `messages` empty and keep the body. */
export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const { messages, proxy_server_request: body, response } = requireObject(record);
  const hasMessages = contentOf(eventId, { request: messages, response: null }) !== null;
  return contentOf(eventId, { request: hasMessages ? messages : body, response });
}
