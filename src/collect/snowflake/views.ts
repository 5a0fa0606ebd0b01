import { loadSql, type VaryingColumn } from "../platform/sql-text.js";
import type { SlicedRead } from "../platform/time-slices.js";
import { callsSql, contentOfCall, normaliseCall } from "./calls.js";
import { normaliseFunctions, normaliseRest } from "./normalise.js";
import type { CreditPrices } from "./prices.js";
import { type CallsTable, quoted, type Settings } from "./settings.js";

/** A read of one view, and the columns that not every generation or account has. */
export interface ViewRead extends SlicedRead {
  readonly relation: string;
  readonly varying: readonly VaryingColumn[];
}

const ACCOUNT_USAGE = "SNOWFLAKE.ACCOUNT_USAGE";
const ORGANIZATION_USAGE = "SNOWFLAKE.ORGANIZATION_USAGE";

export const sql = (name: string, fill: Readonly<Record<string, string>> = {}): string =>
  loadSql(new URL(`./sql/${name}.sql`, import.meta.url), fill);

const roleOf = ({ role }: Pick<Settings, "role">): string => role ?? "<role>";

export const usageGrant = (settings: Pick<Settings, "role">): string =>
  `GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE ${roleOf(settings)}`;

export const contractGrant = (settings: Pick<Settings, "role">): string =>
  `GRANT DATABASE ROLE SNOWFLAKE.ORGANIZATION_BILLING_VIEWER TO ROLE ${roleOf(settings)}`;

/** Three privileges, none more than reading. */
export function tableGrant(table: string, settings: Pick<Settings, "role">): string {
  const parts = table.split(".");
  const role = roleOf(settings);
  const database = parts.length === 3 ? `GRANT USAGE ON DATABASE ${parts[0]} TO ROLE ${role}; ` : "";
  const schema = parts.slice(0, -1).join(".");
  return `${database}GRANT USAGE ON SCHEMA ${schema} TO ROLE ${role}; GRANT SELECT ON TABLE ${table} TO ROLE ${role}`;
}

const TEXT = "VARCHAR";

/** The columns that say whose and what for; without leave a query's tag is not read. */
const varyingOf = (names: readonly (readonly [string, string])[]): VaryingColumn[] =>
  names.map(([column, type]) => ({ column: `u.${column}`, type }));

const FUNCTIONS = [
  {
    name: "ai_functions",
    file: "ai-functions",
    view: "CORTEX_AI_FUNCTIONS_USAGE_HISTORY",
    time: "start_time",
    columns: [
      ["query_tag", TEXT],
      ["user_id", TEXT],
    ],
  },
  {
    name: "aisql",
    file: "aisql",
    view: "CORTEX_AISQL_USAGE_HISTORY",
    time: "usage_time",
    columns: [
      ["query_tag", TEXT],
      ["user_id", TEXT],
      ["tokens_granular", "OBJECT"],
    ],
  },
  {
    name: "functions_hourly",
    file: "functions-hourly",
    view: "CORTEX_FUNCTIONS_USAGE_HISTORY",
    time: "start_time",
    columns: [["warehouse_id", "NUMBER"]],
  },
] as const;

/** Views of Cortex functions, newest first; the same calls stand in more than one. */
export function functionReads(settings: Settings, prices: CreditPrices): ViewRead[] {
  return FUNCTIONS.map(({ name, file, view, time, columns }) => {
    const relation = `${ACCOUNT_USAGE}.${view}`;
    const readSql = sql(file);
    return {
      name,
      relation,
      countSql: sql("count", { table: relation, alias: "u", time: `u.${time}` }),
      readSql: settings.queryTags ? readSql : readSql.replace("u.query_tag AS", "NULL AS"),
      varying: varyingOf(columns),
      grant: usageGrant(settings),
      normalise: (row) => normaliseFunctions(row, prices),
    };
  });
}

export function restRead(settings: Settings): ViewRead {
  const relation = `${ACCOUNT_USAGE}.CORTEX_REST_API_USAGE_HISTORY`;
  return {
    name: "rest",
    relation,
    countSql: sql("count", { table: relation, alias: "u", time: "u.start_time" }),
    readSql: sql("rest"),
    varying: varyingOf([
      ["tokens_granular", "OBJECT"],
      ["user_id", TEXT],
      ["inference_region", TEXT],
    ]),
    grant: usageGrant(settings),
    normalise: normaliseRest,
  };
}

export function callsRead(table: CallsTable, settings: Settings): ViewRead {
  const fill = callsSql(table);
  return {
    name: table.name,
    relation: quoted(table.table),
    countSql: sql("count", { table: fill.table, alias: "u", time: fill.time }),
    readSql: sql("calls", fill),
    varying: [],
    grant: tableGrant(table.table, settings),
    normalise: (row) => normaliseCall(row, table),
  };
}

/** The text of a table's calls; null where no column holds any. */
export function textRead(table: CallsTable, settings: Settings): ViewRead | null {
  const { prompt, response } = table.content;
  const columns = [
    ["prompt_text", prompt],
    ["response_text", response],
  ].filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (columns.length === 0) return null;
  return {
    ...callsRead(table, settings),
    name: `${table.name}_text`,
    readSql: sql("calls", callsSql(table, columns)),
    text: (row) => contentOfCall(row, table),
  };
}

/** Small results, each in one statement. */
export interface SmallRead {
  readonly name: "analyst" | "search" | "metering" | "usage-in-currency" | "rate-sheet";
  readonly relation: string;
  readonly needs: "usage" | "contract";
}

export const SERVICES: readonly SmallRead[] = [
  { name: "analyst", relation: `${ACCOUNT_USAGE}.CORTEX_ANALYST_USAGE_HISTORY`, needs: "usage" },
  { name: "search", relation: `${ACCOUNT_USAGE}.CORTEX_SEARCH_DAILY_USAGE_HISTORY`, needs: "usage" },
];
export const METERING: SmallRead = {
  name: "metering",
  relation: `${ACCOUNT_USAGE}.METERING_DAILY_HISTORY`,
  needs: "usage",
};
export const CONTRACT: readonly SmallRead[] = [
  { name: "usage-in-currency", relation: `${ORGANIZATION_USAGE}.USAGE_IN_CURRENCY_DAILY`, needs: "contract" },
  { name: "rate-sheet", relation: `${ORGANIZATION_USAGE}.RATE_SHEET_DAILY`, needs: "contract" },
];

/** The small results that these settings ask for, in the order in which they are read. */
export const smallReads = ({ cortex, billing, contractPrices }: Settings): SmallRead[] => [
  ...(contractPrices && (cortex || billing) ? CONTRACT : []),
  ...(cortex ? SERVICES : []),
  ...(billing ? [METERING] : []),
];
