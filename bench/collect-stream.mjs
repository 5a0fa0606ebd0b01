// Prints how fast `discover` reads a platform of so many calls over the network, and its peak resident memory. The
// platform is simulated: a local server that speaks Databricks' SQL Statement Execution API and makes up its rows.
// Limit: 1 GiB.
//
//     node bench/collect-stream.mjs --rows 10000000
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measured } from "./measured-process.mjs";

const LIMIT_GIB = 1;
const ROWS_A_MINUTE = 1000;
const MINUTE_MS = 60_000;
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const TOKEN = "dapi-made-up-for-this-measurement";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const rows = Number(values.rows);
const minutes = Math.ceil(rows / ROWS_A_MINUTE);
// Whole minutes that end before now: what came later would be outside of the window.
const start = Math.floor(Date.now() / MINUTE_MS - minutes - 1) * MINUTE_MS;

const COUNTS = [
  ["minute", "TIMESTAMP"],
  ["row_count", "LONG"],
];
const USAGE = [
  ["request_time", "TIMESTAMP"],
  ["databricks_request_id", "STRING"],
  ["served_entity_id", "STRING"],
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
const MODELS = ["gpt-4o-mini", "gpt-4o", "claude-sonnet-4-5", "gpt-4.1-mini"];
const PROVIDERS = ["openai", "openai", "anthropic", "openai"];

/** Whole minutes from the one of `since` to before that of `until`, of those that hold rows. */
function minutesBetween({ since, until }) {
  const from = Math.max(0, Math.floor((Date.parse(since) - start) / MINUTE_MS));
  const to = Math.min(minutes, Math.ceil((Date.parse(until) - start) / MINUTE_MS));
  return { from, to };
}

const rowsIn = (minute) => Math.min(ROWS_A_MINUTE, rows - minute * ROWS_A_MINUTE);

function usageRows(range) {
  const { from, to } = minutesBetween(range);
  const cells = [];
  for (let minute = from; minute < to; minute += 1) {
    const at = new Date(start + minute * MINUTE_MS).toISOString().slice(0, 17);
    for (let row = 0; row < rowsIn(minute); row += 1) {
      const ordinal = minute * ROWS_A_MINUTE + row;
      const mixed = (ordinal * 2654435761) % 4294967296;
      const millis = `${Math.floor((row * MINUTE_MS) / ROWS_A_MINUTE)}`.padStart(5, "0");
      cells.push([
        `${at}${millis.slice(0, 2)}.${millis.slice(2)}Z`,
        `5f0c8a52-0001-4c1f-9d3a-${ordinal.toString(16).padStart(12, "0")}`,
        `362c${mixed % 7}`,
        "1234567890123456",
        `service-${mixed % 40}@example.com`,
        `chat-${mixed % 9}`,
        null,
        "EXTERNAL_MODEL",
        "llm/v1/chat",
        PROVIDERS[mixed % 4],
        MODELS[mixed % 4],
        mixed % 200 === 0 ? "429" : "200",
        `${200 + (mixed % 4000)}`,
        `${10 + (mixed % 700)}`,
        null,
        `{"team":"team-${mixed % 25}","intent":"intent-${mixed % 12}"}`,
      ]);
    }
  }
  return cells;
}

function countRows(range) {
  const { from, to } = minutesBetween(range);
  return Array.from({ length: to - from }, (_, at) => [
    new Date(start + (from + at) * MINUTE_MS).toISOString(),
    `${rowsIn(from + at)}`,
  ]);
}

/** Columns and rows for a statement; null where it is refused. */
function run(statement, range) {
  if (statement.includes("system.ai_gateway")) return null;
  if (statement.startsWith("DESCRIBE")) {
    const columns = ["usage_context", "workspace_id", "entity_type", "task", "external_model_config"];
    return { columns: [["col_name", "STRING"]], cells: columns.map((name) => [name]) };
  }
  if (statement.includes("row_count")) return { columns: COUNTS, cells: countRows(range) };
  return { columns: USAGE, cells: usageRows(range) };
}

let statements = 0;
let sentBytes = 0;
const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    if (request.method === "GET") {
      // No serving endpoint: the bench is about rows.
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{}");
      return;
    }
    statements += 1;
    const { statement, parameters } = JSON.parse(Buffer.concat(parts).toString("utf8"));
    const result = run(statement, Object.fromEntries(parameters.map(({ name, value }) => [name, value])));
    const id = `${statements}`;
    const refused = { error_code: "BAD_REQUEST", message: "[INSUFFICIENT_PERMISSIONS] SQLSTATE: 42501" };
    const text = JSON.stringify(
      result === null
        ? { statement_id: id, status: { state: "FAILED", error: refused } }
        : {
            statement_id: id,
            status: { state: "SUCCEEDED" },
            manifest: {
              schema: { columns: result.columns.map(([name, type]) => ({ name, type_name: type })) },
              total_row_count: result.cells.length,
            },
            ...(result.cells.length > 0 && { result: { chunk_index: 0, data_array: result.cells } }),
          },
    );
    sentBytes += text.length;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(text);
  });
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const folder = mkdtempSync(join(tmpdir(), "tokenop-bench-"));
const host = `http://127.0.0.1:${server.address().port}`;
writeFileSync(
  join(folder, "tokenop.yaml"),
  `sources:\n  - collector: databricks\n    host: ${host}\n    warehouse_id: simulated\n    billing: false\n`,
);
// tokenop.yaml is looked for from the folder where a command is given.
process.chdir(folder);
try {
  const since = new Date(start).toISOString();
  const { seconds, cpuSeconds, peakGiB } = await measured(
    [MAIN, "discover", "--collectors", "databricks", "--since", since, "--dir", "workspace", "--quiet"],
    { DATABRICKS_TOKEN: TOKEN },
  );
  console.log(
    `${rows} calls of a simulated Databricks (${(sentBytes / 2 ** 30).toFixed(2)} GiB in ${statements} statements): ` +
      `discover ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} calls a second, ` +
      `processor seconds ${cpuSeconds.toFixed(1)}, peak ${peakGiB.toFixed(2)} GiB (limit ${LIMIT_GIB})`,
  );
  if (peakGiB > LIMIT_GIB) process.exitCode = 1;
} finally {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  server.close();
}
