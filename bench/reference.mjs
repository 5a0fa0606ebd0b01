// Runs reference.sql through the engine's own driver: node bench/reference.mjs SOURCE OUT
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [source, out] = process.argv.slice(2);
const COLUMNS = `{id: 'VARCHAR', ts: 'TIMESTAMP', intent: 'VARCHAR', provider: 'VARCHAR', model: 'VARCHAR',
  input_tokens: 'BIGINT', output_tokens: 'BIGINT', latency_ms: 'DOUBLE', cost_usd: 'DOUBLE', endpoint: 'VARCHAR',
  region: 'VARCHAR', tenant: 'VARCHAR', cached_input_tokens: 'BIGINT', reasoning_tokens: 'BIGINT', status: 'VARCHAR',
  batch: 'BOOLEAN', service_tier: 'VARCHAR'}`;
// The Parquet file has no column for what the source does not know.
const relation = source.endsWith(".parquet")
  ? `(SELECT *, NULL::BIGINT AS reasoning_tokens, NULL::BOOLEAN AS batch, NULL::VARCHAR AS service_tier FROM read_parquet('${source}'))`
  : `read_json('${source}', format = 'newline_delimited', columns = ${COLUMNS})`;
const sql = readFileSync(new URL("reference.sql", import.meta.url), "utf8")
  .replaceAll("{{source}}", relation)
  .replaceAll("{{out}}", out);

const instance = await DuckDBInstance.create(`${out}/scratch.duckdb`, { threads: "2" });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
await connection.run(sql);
