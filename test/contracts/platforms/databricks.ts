import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const TOKEN = "canary-databricks-token-0123456789";
const STATEMENTS = "/api/2.0/sql/statements";
const ENDPOINTS = "/api/2.0/serving-endpoints";
const CHUNK_ROWS = 60;
const SECOND = 1000;

type Cells = readonly (string | null)[];

interface Table {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly Cells[];
}

const from = SINCE.getTime();
const iso = (ms: number): string => new Date(ms).toISOString();

const USAGE: Table["columns"] = [
  ["request_time", "TIMESTAMP"],
  ["databricks_request_id", "STRING"],
  ["workspace_id", "STRING"],
  ["requester", "STRING"],
  ["endpoint_name", "STRING"],
  ["entity_name", "STRING"],
  ["entity_type", "STRING"],
  ["task", "STRING"],
  ["external_provider", "STRING"],
  ["external_model", "STRING"],
  ["status_code", "INT"],
  ["input_token_count", "LONG"],
  ["output_token_count", "LONG"],
  ["latency_ms", "DOUBLE"],
  ["tags", "MAP"],
];

const call = (id: string, ms: number, input: string | null = "120", status = "200"): Cells => [
  iso(ms),
  id,
  "4711",
  "service@example.com",
  "chat",
  "system.ai.databricks-meta-llama-3-3-70b-instruct",
  "FOUNDATION_MODEL",
  "llm/v1/chat",
  null,
  null,
  status,
  input,
  input === null ? null : "9",
  "410.5",
  '{"team":"search"}',
];

const calls: readonly Cells[] = [
  call("before", from - 1),
  ...Array.from({ length: 500 }, (_, index) => call(`call-${index}`, from + index * 2 * SECOND)),
  // More in one minute than a statement is asked for.
  ...Array.from({ length: 300 }, (_, index) => call(`busy-${index}`, from + 7200 * SECOND + index)),
  call("failed", from + 8000 * SECOND, null, "429"),
  call("broken", from + 9000 * SECOND, "-5"),
  call("after", UNTIL.getTime()),
];

const BILL: Table = {
  columns: [
    ["workspace_id", "STRING"],
    ["usage_date", "DATE"],
    ["billing_origin_product", "STRING"],
    ["sku_name", "STRING"],
    ["usage_unit", "STRING"],
    ["currency_code", "STRING"],
    ["period_start", "TIMESTAMP"],
    ["period_end", "TIMESTAMP"],
    ["quantity", "DECIMAL"],
    ["amount", "DECIMAL"],
  ],
  rows: [
    billed("ENTERPRISE_SERVERLESS_REAL_TIME_INFERENCE_US_EAST", "USD", "21.500000000000"),
    billed("ENTERPRISE_ANTHROPIC_MODEL_SERVING", "USD", "3.070000000000"),
    billed("ENTERPRISE_UNLISTED", null, null),
  ],
};

function billed(sku: string, currency: string | null, amount: string | null): Cells {
  const quantity = "307.000000000000";
  const end = iso(UNTIL.getTime());
  return ["4711", "2026-11-20", "MODEL_SERVING", sku, "DBU", currency, iso(from), end, quantity, amount];
}

/** What the warehouse makes of a statement; null where the login may not read what it names. */
function run(sql: string, parameters: ReadonlyMap<string, string>): Table | null {
  if (sql.includes("ai_gateway")) return null;
  if (sql.includes("LIMIT 0")) return { columns: [["granted", "INT"]], rows: [] };
  if (sql.startsWith("DESCRIBE TABLE")) return described(sql.split(" ").at(-1)!);
  if (sql.includes("system.billing.usage")) return BILL;
  const [since, until] = [parameters.get("since")!, parameters.get("until")!];
  const rows = calls.filter(([at]) => at! >= since && at! < until);
  if (!sql.includes("row_count")) return { columns: USAGE, rows };
  const minutes = new Map<string, number>();
  for (const [at] of rows) minutes.set(minuteOf(at!), (minutes.get(minuteOf(at!)) ?? 0) + 1);
  return {
    columns: [
      ["minute", "TIMESTAMP"],
      ["row_count", "LONG"],
    ],
    rows: [...minutes].map(([minute, count]) => [minute, `${count}`]),
  };
}

const minuteOf = (at: string): string => `${at.slice(0, 16)}:00Z`;

function described(table: string): Table {
  const known: Readonly<Record<string, string[]>> = {
    "system.serving.endpoint_usage": ["request_time", "workspace_id", "usage_context", CANARY_PROMPT],
    "system.serving.served_entities": ["entity_type", "task", "external_model_config"],
  };
  const columns = [
    ["col_name", "STRING"],
    ["data_type", "STRING"],
  ] as const;
  return { columns, rows: known[table]!.map((name) => [name, "string"]) };
}

const CHAT_ENTITY = { name: "chat-1", entity_name: "system.ai.databricks-meta-llama-3-3-70b-instruct" };
const CHAT = { name: "chat", creator: "canary@example.com", state: { ready: "READY" } };

/** The list has no sizes; an endpoint of its own has, with what is not to be kept. */
function endpointAnswer(name: string): PlatformAnswer {
  const listed = { ...CHAT, config: { served_entities: [CHAT_ENTITY] } };
  if (name === "") return { json: { endpoints: [listed, { ...listed, name: "hidden" }] } };
  if (name !== CHAT.name) return { status: 403, json: { message: "canary" } };
  const entity = {
    ...CHAT_ENTITY,
    min_provisioned_throughput: 0,
    max_provisioned_throughput: 9500,
    environment_vars: { KEY: "canary-environment" },
  };
  return { json: { ...CHAT, config: { served_entities: [entity] } } };
}

/** As the SQL Statement Execution API: inline results in chunks. */
function speaker(): (request: PlatformRequest) => PlatformAnswer {
  const held: Table[] = [];
  const chunkOf = (id: number, at: number): object => {
    const { rows } = held[id]!;
    const next = (at + 1) * CHUNK_ROWS < rows.length ? { next_chunk_index: at + 1 } : {};
    return { chunk_index: at, data_array: rows.slice(at * CHUNK_ROWS, (at + 1) * CHUNK_ROWS), ...next };
  };
  return ({ method, path, headers, body }) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 403, json: {} };
    if (path.startsWith(ENDPOINTS)) return endpointAnswer(path.slice(ENDPOINTS.length + 1));
    const [, id, index] = /\/statements\/(\d+)\/result\/chunks\/(\d+)$/.exec(path) ?? [];
    if (id !== undefined) return { json: chunkOf(Number(id), Number(index)) };
    if (method !== "POST" || path !== STATEMENTS) return { status: 404, json: {} };
    const { statement, parameters } = JSON.parse(body) as Asked;
    const table = run(statement, new Map(parameters.map(({ name, value }) => [name, value])));
    const statementId = `${held.length}`;
    if (table === null) {
      const error = { error_code: "BAD_REQUEST", message: "[INSUFFICIENT_PERMISSIONS] SQLSTATE: 42501" };
      return { json: { statement_id: statementId, status: { state: "FAILED", error } } };
    }
    held.push(table);
    const columns = table.columns.map(([name, type]) => ({ name, type_name: type }));
    return {
      json: {
        statement_id: statementId,
        status: { state: "SUCCEEDED" },
        manifest: { schema: { columns }, total_row_count: table.rows.length, truncated: false },
        ...(table.rows.length > 0 && { result: chunkOf(held.length - 1, 0) }),
      },
    };
  };
}

interface Asked {
  readonly statement: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

export const databricksCase: PlatformCase = {
  start: () => platformServer(speaker()),
  settings: (base) => ({ host: base, warehouse_id: "w-1", statement_rows: 100 }),
  environment: { DATABRICKS_TOKEN: TOKEN },
  holds: { rows: 803, statements: 2, inputTokens: 800 * 120, outputTokens: 800 * 9 },
  requests: 10,
  resumes: true,
  queriesIn: (body) => (body === "" ? [] : [(JSON.parse(body) as Asked).statement]),
};
