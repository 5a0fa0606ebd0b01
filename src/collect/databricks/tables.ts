import { loadSql, quotedName, type VaryingColumn } from "../platform/sql-text.js";
import type { SlicedRead } from "../platform/time-slices.js";
import {
  contentOfPayload,
  normaliseEndpointUsage,
  normaliseGatewayUsage,
  normalisePayload,
} from "./normalise.js";
import type { Settings } from "./settings.js";

/** A statement, and the tables whose columns it has to be fitted to. */
export interface TableRead extends SlicedRead {
  readonly varying: readonly { readonly table: string; readonly columns: readonly VaryingColumn[] }[];
}

export const USAGE_TABLE = "system.ai_gateway.usage";
export const ENDPOINT_TABLE = "system.serving.endpoint_usage";
export const ENTITY_TABLE = "system.serving.served_entities";
export const BILLING_TABLES = ["system.billing.usage", "system.billing.list_prices"] as const;

const sql = (name: string, fill: Readonly<Record<string, string>> = {}): string =>
  loadSql(new URL(`./sql/${name}.sql`, import.meta.url), fill);

const asIs = (part: string): string => part;
export const quotedTable = (table: string): string => quotedName(table, asIs, "`");

/** What lets a principal read a table: three privileges, none of them more than reading. */
export function grantOf(table: string): string {
  const parts = table.split(".");
  const names = [parts[0], parts.slice(0, -1).join("."), table];
  const [catalog, schema] = names;
  return (
    `GRANT USE CATALOG ON CATALOG ${catalog} TO \`<principal>\`; ` +
    `GRANT USE SCHEMA ON SCHEMA ${schema} TO \`<principal>\`; ` +
    `GRANT SELECT ON TABLE ${table} TO \`<principal>\``
  );
}

const STRING = "STRING";
const STRUCT = "STRUCT<provider: STRING>";
const TAGS = "MAP<STRING, STRING>";

// Public code disagrees on the latency's name, and services without an endpoint came later than the table.
const GATEWAY_COLUMNS: readonly VaryingColumn[] = [
  { column: "u.event_time", instead: [{ has: "request_time", sql: "u.request_time" }], type: "TIMESTAMP" },
  { column: "u.invocation_id", instead: [{ has: "request_id", sql: "u.request_id" }], type: STRING },
  { column: "u.workspace_id", type: STRING },
  { column: "u.requester", type: STRING },
  { column: "u.service_name", type: STRING },
  { column: "u.endpoint_name", type: STRING },
  { column: "u.service_type", type: STRING },
  { column: "u.destination_type", type: STRING },
  {
    column: "u.destination_model",
    instead: [
      { has: "model_name", sql: "u.model_name" },
      { has: "destination_name", sql: "u.destination_name" },
    ],
    type: STRING,
  },
  { column: "u.status_code", type: "INT" },
  { column: "u.token_details", type: STRUCT },
  {
    column: "u.latency_ms",
    instead: [
      { has: "request_duration_ms", sql: "u.request_duration_ms" },
      { has: "execution_time_ms", sql: "u.execution_time_ms" },
    ],
    type: "DOUBLE",
  },
  { column: "u.time_to_first_byte_ms", type: "DOUBLE" },
  { column: "u.request_tags", type: TAGS },
];

const ENDPOINT_COLUMNS: readonly VaryingColumn[] = [
  { column: "u.workspace_id", type: STRING },
  { column: "u.usage_context", type: TAGS },
];

const ENTITY_COLUMNS: readonly VaryingColumn[] = [
  { column: "e.entity_type", type: STRING },
  { column: "e.task", type: STRING },
  { column: "e.external_model_config", type: STRUCT },
];

/** Three generations of inference tables: before AI Gateway, with it, and Unity AI Gateway's. */
const PAYLOAD_COLUMNS: readonly VaryingColumn[] = [
  {
    column: "p.request_time",
    instead: [
      { has: "event_time", sql: "p.event_time" },
      { has: "timestamp_ms", sql: "TIMESTAMP_MILLIS(p.timestamp_ms)" },
    ],
    type: "TIMESTAMP",
  },
  {
    column: "p.databricks_request_id",
    instead: [{ has: "invocation_id", sql: "p.invocation_id" }],
    type: STRING,
  },
  {
    column: "p.execution_duration_ms",
    instead: [
      { has: "execution_time_ms", sql: "p.execution_time_ms" },
      { has: "latency_ms", sql: "p.latency_ms" },
    ],
    type: "DOUBLE",
  },
  { column: "p.requester", type: STRING },
  { column: "p.sampling_fraction", type: "DOUBLE" },
];

const countOf = (table: string, alias: string, time: string): string =>
  sql("count", { table, alias, time: `${alias}.${time}` });

const tagsOf = ({ tenantTags, intentTags }: Settings) => ({ tags: [...tenantTags, ...intentTags].join(",") });

/** Generations of usage tables, newest first, of which one is read. */
export function usageReads(settings: Settings): TableRead[] {
  const { usage } = settings;
  const wanted = usage === "auto" ? ["ai_gateway", "serving"] : [usage];
  const known = { ai_gateway: gatewayRead, serving: endpointRead };
  return Object.entries(known).flatMap(([name, read]) => (wanted.includes(name) ? [read(settings)] : []));
}

function gatewayRead(settings: Settings): TableRead {
  return {
    name: "ai_gateway_usage",
    countSql: countOf(USAGE_TABLE, "u", "event_time"),
    readSql: sql("ai-gateway-usage"),
    parameters: tagsOf(settings),
    grant: grantOf(USAGE_TABLE),
    varying: [{ table: USAGE_TABLE, columns: GATEWAY_COLUMNS }],
    normalise: (row) => normaliseGatewayUsage(row, settings),
  };
}

function endpointRead(settings: Settings): TableRead {
  const latencies = settings.inferenceTables.map(({ table }) =>
    sql("payload-latencies", { table: quotedTable(table), alias: aliasOf(table, settings) }),
  );
  return {
    name: "endpoint_usage",
    countSql: countOf(ENDPOINT_TABLE, "u", "request_time"),
    readSql: sql("endpoint-usage", {
      latencies: latencies.length === 0 ? sql("no-latencies") : latencies.join("\n    UNION ALL\n    "),
    }),
    parameters: tagsOf(settings),
    grant: `${grantOf(ENDPOINT_TABLE)}; GRANT SELECT ON TABLE ${ENTITY_TABLE} TO \`<principal>\``,
    varying: [
      { table: ENDPOINT_TABLE, columns: ENDPOINT_COLUMNS },
      { table: ENTITY_TABLE, columns: ENTITY_COLUMNS },
      ...settings.inferenceTables.map(({ table }) => ({
        table: quotedTable(table),
        columns: PAYLOAD_COLUMNS.map((column) => aliased(column, aliasOf(table, settings))),
      })),
    ],
    normalise: (row) => normaliseEndpointUsage(row, settings),
  };
}

type InferenceTable = Settings["inferenceTables"][number];

const ordinalOf = (table: string, { inferenceTables }: Settings): number =>
  inferenceTables.findIndex((one) => one.table === table) + 1;

/** Tables of different generations stand in one statement, so each has an alias of its own. */
const aliasOf = (table: string, settings: Settings): string => `p${ordinalOf(table, settings)}`;

function aliased({ column, instead = [], type }: VaryingColumn, alias: string): VaryingColumn {
  const rename = (text: string): string => text.replace(/\bp\./, `${alias}.`);
  return {
    column: rename(column),
    instead: instead.map(({ has, sql: text }) => ({ has, sql: rename(text) })),
    type,
  };
}

/** The calls that an inference table itself holds. */
export function payloadRead({ table, endpoint }: InferenceTable, settings: Settings): TableRead {
  return {
    name: `payload_${ordinalOf(table, settings)}`,
    countSql: countOf(quotedTable(table), "p", "request_time"),
    readSql: sql("payload-requests", { table: quotedTable(table) }),
    grant: grantOf(table),
    varying: [{ table: quotedTable(table), columns: PAYLOAD_COLUMNS }],
    normalise: (row) => normalisePayload(row, endpoint ?? null),
  };
}

/** The text of its calls, whose events another part reads. */
export function contentRead(one: InferenceTable, settings: Settings): TableRead {
  return {
    ...payloadRead(one, settings),
    name: `content_${ordinalOf(one.table, settings)}`,
    readSql: sql("payload-content", { table: quotedTable(one.table) }),
    text: contentOfPayload,
  };
}

export const billingSql = (): string => sql("billing");
