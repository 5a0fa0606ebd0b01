import type { ExplainRequest } from "../contract.js";
import { asObject, type JsonObject } from "../platform/fields.js";
import { unexpectedAnswer } from "../platform/request-pages.js";
import { MODEL_CALLS, type Reading } from "./normalise.js";

export interface Settings extends Reading {
  readonly baseUrl: string;
  readonly projectId: string;
  readonly pageRows: number;
}

/** Properties without text. */
const PROPERTIES = [
  "$ai_provider",
  "$ai_model",
  "$ai_input_tokens",
  "$ai_output_tokens",
  "$ai_cache_read_input_tokens",
  "$ai_cache_creation_input_tokens",
  "$ai_cache_reporting_exclusive",
  "$ai_reasoning_tokens",
  "$ai_latency",
  "$ai_time_to_first_token",
  "$ai_total_cost_usd",
  "$ai_base_url",
  "$ai_request_url",
  "$ai_http_status",
  "$ai_is_error",
  "$ai_session_id",
  "$ai_max_tokens",
  "$ai_model_parameters.max_tokens",
];

const CONTENT = ["$ai_input", "$ai_output_choices"];

/** Names of properties that a query may hold as they are, so that a setting is never SQL. */
export const PROPERTY_NAME = /^\$?\w+(\.\$?\w+)*$/;

function propertiesOf({ settings, includeContent }: Pick<Asked, "settings" | "includeContent">): string[] {
  const named = [settings.intentProperty, settings.tenantProperty].filter((name) => name !== null);
  return [...new Set([...PROPERTIES, ...named, ...(includeContent ? CONTENT : [])])];
}

type Asked = ExplainRequest<Settings>;

const ID = "toString(uuid)";
const AT_MS = "toUnixTimestamp64Milli(timestamp)";

/** Columns before the properties, in the order of the query. */
const COLUMNS = [ID, AT_MS, "event", "distinct_id"];

/**
 * The query of every page; what differs stands in its values. Paged by time and id and not by offset, since events go
 * on arriving.
 */
export function queryText(request: Asked): string {
  const columns = [...COLUMNS, ...propertiesOf(request).map((name) => `properties.${name}`)];
  const events = MODEL_CALLS.map((name) => `'${name}'`).join(", ");
  return [
    `SELECT ${columns.join(",\n  ")}`,
    "FROM events",
    `WHERE event IN (${events})`,
    "  AND timestamp >= toDateTime({page_start}) AND timestamp < toDateTime({window_end})",
    `  AND (${AT_MS} > {after_ms}`,
    `    OR (${AT_MS} = {after_ms} AND ${ID} > {after_id}))`,
    `ORDER BY ${AT_MS}, ${ID}`,
    `LIMIT ${request.settings.pageRows}`,
  ].join("\n");
}

/** The body of a page's request: after the event at `afterMs` with `afterId`. */
export function queryBody(request: Asked, { afterMs, afterId }: { afterMs: number; afterId: string }) {
  return {
    query: {
      kind: "HogQLQuery",
      query: queryText(request),
      values: {
        page_start: new Date(afterMs).toISOString(),
        window_end: request.until.toISOString(),
        after_ms: afterMs,
        after_id: afterId,
      },
    },
  };
}

/** Rows of an answer as events, in the shape that exports have. Throws TOP-COLLECT-ANSWER. */
export function eventsIn(answer: unknown, request: Asked): readonly JsonObject[] {
  const results = asObject(answer)?.results;
  if (!Array.isArray(results)) throw unexpectedAnswer("PostHog", 'a list under "results"');
  const names = propertiesOf(request);
  return results.map((row: unknown) => {
    if (!Array.isArray(row) || row.length !== COLUMNS.length + names.length)
      throw unexpectedAnswer("PostHog", "rows with the columns that were asked for");
    const [uuid, atMs, event, distinctId, ...values] = row;
    const properties = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    return { uuid, timestamp: isoOf(atMs), event, distinct_id: distinctId, properties };
  });
}

const isoOf = (ms: unknown): string | null => {
  const date = new Date(Number(ms ?? Number.NaN));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};
