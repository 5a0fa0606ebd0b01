import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE } from "./platform-case.js";

const TOKEN = "canary-snowflake-pat-0123456789";
const STATEMENTS = "/api/v2/statements";
const PARTITION_ROWS = 40;
const SECOND = 1000;
const HOUR = 3600 * SECOND;

type Cells = readonly (string | null)[];

interface Table {
  readonly columns: readonly (readonly [name: string, type: string, scale?: number])[];
  readonly rows: readonly Cells[];
}

const from = SINCE.getTime();
/** As `jsonv2` writes an instant: seconds with nine decimals. */
const epoch = (ms: number): string => `${(ms / 1000).toFixed(3)}000000`;
const msOf = (cell: string): number => Number(cell) * 1000;

const AISQL: Table = {
  columns: [
    ["START_TIME", "timestamp_ltz"],
    ["FUNCTION_NAME", "text"],
    ["MODEL_NAME", "text"],
    ["QUERY_ID", "text"],
    ["QUERY_TAG", "text"],
    ["USER_ID", "text"],
    ["TOKENS", "fixed", 0],
    ["TOKENS_GRANULAR", "object"],
    ["CREDITS", "fixed", 9],
  ],
  rows: [-1, ...Array.from({ length: 24 }, (_, hour) => hour), 24].map((hour) => [
    epoch(from + hour * HOUR),
    "AI_COMPLETE",
    "claude-sonnet-4-5",
    `01b9-${hour}`,
    hour % 2 === 0 ? "summaries" : null,
    "77",
    "1100",
    '{"input": 1000, "output": 100}',
    "0.002500000",
  ]),
};

const REST: Table = {
  columns: [
    ["START_TIME", "timestamp_ltz"],
    ["REQUEST_ID", "text"],
    ["MODEL_NAME", "text"],
    ["TOKENS", "fixed", 0],
    ["TOKENS_GRANULAR", "object"],
    ["USER_ID", "text"],
    ["INFERENCE_REGION", "text"],
  ],
  rows: Array.from({ length: 300 }, (_, index) => [
    epoch(from + index * 20 * SECOND),
    `rest-${index}`,
    "mistral-large2",
    index === 0 ? null : "60",
    index === 0 ? '{"input": -4}' : '{"input": 50, "output": 10}',
    "78",
    "AWS_US_EAST_1",
  ]),
};

const CALLS: Table = {
  columns: [
    ["TS", "timestamp_ntz"],
    ["ID", "text"],
    ["MODEL", "text"],
    ["INPUT_TOKENS", "fixed", 0],
    ["OUTPUT_TOKENS", "fixed", 0],
    ["CACHED_INPUT_TOKENS", "fixed", 0],
    ["LATENCY_MS", "real"],
    ["COST_USD", "fixed", 8],
  ],
  rows: Array.from({ length: 400 }, (_, index) => [
    epoch(from + 12 * HOUR + index * SECOND),
    `own-${index}`,
    "gpt-4o",
    "30",
    "5",
    "20",
    "412.5",
    "0.00012500",
  ]),
};

const day = String(from / 86_400_000);
const SMALL: Readonly<Record<string, Table>> = {
  CORTEX_ANALYST_USAGE_HISTORY: {
    columns: [
      ["PERIOD_START", "timestamp_ltz"],
      ["PERIOD_END", "timestamp_ltz"],
      ["TENANT", "text"],
      ["REQUESTS", "fixed", 0],
      ["CREDITS", "fixed", 9],
    ],
    rows: [[epoch(from), epoch(from + 24 * HOUR), "ANA", "12", "0.804000000"]],
  },
  CORTEX_SEARCH_DAILY_USAGE_HISTORY: {
    columns: [
      ["PERIOD_START", "timestamp_ltz"],
      ["PERIOD_END", "timestamp_ltz"],
      ["CONSUMPTION_TYPE", "text"],
      ["MODEL", "text"],
      ["TOKENS", "fixed", 0],
      ["CREDITS", "fixed", 9],
    ],
    rows: [
      [epoch(from), epoch(from + 24 * HOUR), "EMBED_TEXT_TOKENS", "e5-base-v2", "9000", "0.000270000"],
      [epoch(from), epoch(from + 24 * HOUR), "SERVING", null, null, "1.200000000"],
    ],
  },
  METERING_DAILY_HISTORY: {
    columns: [
      ["USAGE_DATE", "date"],
      ["SERVICE_TYPE", "text"],
      ["CREDITS", "fixed", 9],
    ],
    rows: [[day, "AI_SERVICES", "2.064270000"]],
  },
  USAGE_IN_CURRENCY_DAILY: {
    columns: [
      ["USAGE_DATE", "date"],
      ["SERVICE_TYPE", "text"],
      ["CURRENCY", "text"],
      ["CREDITS", "fixed", 9],
      ["AMOUNT", "fixed", 9],
    ],
    rows: [[day, "AI_SERVICES", "USD", "2.064270000", "6.192810000"]],
  },
};

/** Views that this account's role may not read. */
const REFUSED = /CORTEX_AI_FUNCTIONS|RATE_SHEET/;

/** What the account makes of a statement; null for what it refuses. */
function run(sql: string, values: readonly string[]): Table | null {
  if (REFUSED.test(sql)) return null;
  const small = Object.entries(SMALL).find(([view]) => sql.includes(view))?.[1];
  if (small !== undefined) return sql.includes("LIMIT 0") ? { ...small, rows: [] } : small;
  const table = sql.includes("AISQL") ? AISQL : sql.includes("REST_API") ? REST : CALLS;
  if (sql.includes("LIMIT 0")) {
    const columns = [...table.columns, [CANARY_PROMPT, "text"] as const];
    return { columns, rows: [] };
  }
  const [since, until] = values.map((value) => Date.parse(value)) as [number, number];
  const rows = table.rows.filter(([at]) => msOf(at!) >= since && msOf(at!) < until);
  return sql.includes("ROW_COUNT") || sql.includes("row_count") ? counted(rows) : { ...table, rows };
}

function counted(rows: readonly Cells[]): Table {
  const minutes = new Map<number, number>();
  for (const [at] of rows) {
    const minute = Math.floor(msOf(at!) / 60_000) * 60_000;
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return {
    columns: [
      ["MINUTE", "timestamp_ltz"],
      ["ROW_COUNT", "fixed", 0],
    ],
    rows: [...minutes].map(([minute, count]) => [epoch(minute), `${count}`]),
  };
}

/** As the SQL REST API: the first partition with the result, the others by their number. */
function speaker(): (request: PlatformRequest) => PlatformAnswer {
  const held: Table[] = [];
  return ({ method, path, query, headers, body }) => {
    const kind = headers["x-snowflake-authorization-token-type"];
    if (headers.authorization !== `Bearer ${TOKEN}` || kind !== "PROGRAMMATIC_ACCESS_TOKEN")
      return { status: 401, json: { code: "390144" } };
    const handle = /\/statements\/h(\d+)$/.exec(path)?.[1];
    if (handle !== undefined) {
      const at = Number(query.get("partition")) * PARTITION_ROWS;
      return { json: { data: held[Number(handle)]!.rows.slice(at, at + PARTITION_ROWS) } };
    }
    if (method !== "POST" || path !== STATEMENTS) return { status: 404, json: {} };
    const { statement, bindings = {} } = JSON.parse(body) as Asked;
    const table = run(
      statement,
      Object.values(bindings).map(({ value }) => value),
    );
    if (table === null) {
      const message = "Object does not exist or not authorized.";
      return { status: 422, json: { code: "002003", sqlState: "42S02", message } };
    }
    held.push(table);
    const { columns, rows } = table;
    const rowType = columns.map(([name, type, scale]) => ({ name, type, scale }));
    const partitionInfo = Array.from(
      { length: Math.max(1, Math.ceil(rows.length / PARTITION_ROWS)) },
      () => ({}),
    );
    const resultSetMetaData = { numRows: rows.length, rowType, partitionInfo };
    const data = rows.slice(0, PARTITION_ROWS);
    return { json: { statementHandle: `h${held.length - 1}`, resultSetMetaData, data } };
  };
}

interface Asked {
  readonly statement: string;
  readonly bindings?: Readonly<Record<string, { readonly value: string }>>;
}

/** As `explain` shows it: by the names of the values, which are sent by their place. */
const named = (statement: string): string =>
  statement
    .replaceAll(/(>= TO_TIMESTAMP_TZ|>= TO_DATE\(TO_TIMESTAMP_TZ)\(\?\)/g, "$1(:since)")
    .replaceAll("TO_TIMESTAMP_TZ(?)", "TO_TIMESTAMP_TZ(:until)")
    .replaceAll("?", ":service_types");

export const snowflakeCase: PlatformCase = {
  start: () => platformServer(speaker()),
  settings: (base) => ({
    account: "myorg-myaccount",
    base_url: base,
    auth: "pat",
    statement_rows: 100,
    calls: [
      {
        name: "gateway",
        table: "ANALYTICS.LLM.CALLS",
        columns: {
          ts: "called_at",
          id: "request_id",
          model: "model",
          input_tokens: "prompt_tokens",
          output_tokens: "completion_tokens",
          cached_input_tokens: "cached_tokens",
          latency_ms: '"latencyMs"',
          cost_usd: "cost",
        },
        set: { provider: "openai" },
        input_includes_cached: false,
      },
    ],
  }),
  environment: { SNOWFLAKE_PAT: TOKEN },
  holds: {
    rows: 24 + 300 + 400,
    statements: 4,
    inputTokens: 24 * 1000 + 299 * 50 + 400 * 50,
    outputTokens: 24 * 100 + 299 * 10 + 400 * 5,
  },
  requests: 20,
  resumes: true,
  queriesIn: (body) => (body === "" ? [] : [named((JSON.parse(body) as Asked).statement)]),
};
