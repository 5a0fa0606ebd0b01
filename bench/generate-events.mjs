/**
 * Writes synthetic canonical events for benchmarks: seeded, so equal arguments give equal bytes.
 *
 *     node bench/generate-events.mjs --rows 10000000 --format jsonl --out events.jsonl [--seed 1]
 *
 * 30 days of traffic in time order; each hour holds 2,000 combinations of tenant, intent, model, region and
 * status, and one row in 2,000 repeats an earlier id. Traffic rises and falls over the day, token counts are
 * heavy-tailed, and a third of the input is cached where the model caches. Nothing here is measured from users.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openDuckDb } from "../dist/engine/duckdb/index.js";
import { silentLogger } from "../dist/shared/log.js";

const MODELS = [
  "('openai', 'gpt-4o', 'api.openai.com')",
  "('openai', 'gpt-4o-mini', 'api.openai.com')",
  "('anthropic', 'claude-sonnet-4-5', 'api.anthropic.com')",
  "('anthropic', 'claude-haiku-4-5', 'api.anthropic.com')",
  "('google', 'gemini-2.5-flash', 'generativelanguage.googleapis.com')",
];

/** One row a call. `u1` to `u4` are independent uniforms from the engine's own hash of row number and seed. */
function eventQuery({ rows, seed, format }) {
  const uniform = (stream) => `(hash(n, ${seed}, ${stream}) >> 11) / 9007199254740992.0`;
  const instant = `TIMESTAMP '2026-06-01' + to_microseconds((n * (30.0 * 86400e6 / ${rows}))::BIGINT)`;
  return `
    WITH models(provider, model, endpoint) AS (VALUES ${MODELS.join(", ")}),
    listed AS (SELECT list(m ORDER BY model) AS all_models FROM models m),
    draws AS (
      SELECT n, ${uniform(1)} AS u1, ${uniform(2)} AS u2, ${uniform(3)} AS u3, ${uniform(4)} AS u4,
        (hash(n, ${seed}, 5) % 2000)::INTEGER AS combination,
        CASE WHEN n >= 1000 AND hash(n, ${seed}, 6) % 2000 = 0 THEN n - 1 - (hash(n, ${seed}, 7) % 999)::BIGINT
             ELSE n END AS id_row
      FROM range(${rows}) AS r(n)
    ),
    shaped AS (
      SELECT *, 1 + (exp(6.5 + 1.1 * sqrt(-2 * ln(1 - u1)) * cos(2 * pi() * u2)))::BIGINT AS input_tokens,
        1 + (exp(4.5 + 1.0 * sqrt(-2 * ln(1 - u1)) * sin(2 * pi() * u2)))::BIGINT AS output_tokens
      FROM draws
    )
    SELECT
      format('{:016x}-{:012x}', hash(id_row, ${seed}, 8), id_row) AS id,
      ${format === "jsonl" ? `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%gZ')` : instant} AS ts,
      'intent-' || (combination % 20) AS intent,
      all_models[1 + combination % 5].provider AS provider,
      all_models[1 + combination % 5].model AS model,
      input_tokens,
      output_tokens,
      round(200 + output_tokens * (8 + 10 * u3), 1) AS latency_ms,
      NULL AS cost_usd,
      all_models[1 + combination % 5].endpoint AS endpoint,
      ['us-east-1', 'eu-west-1'][1 + (combination // 20) % 2] AS region,
      'tenant-' || (combination // 40) AS tenant,
      CASE WHEN u4 < 0.3 THEN input_tokens // 2 ELSE 0 END AS cached_input_tokens,
      CASE WHEN combination % 97 = 0 THEN 'error' ELSE 'ok' END AS status
    FROM shaped, listed
    ORDER BY n`;
}

export async function generateEvents(options) {
  const engine = await openDuckDb(
    { scratchDir: join(resolve(options.out, ".."), ".generate-scratch") },
    { log: silentLogger, signal: new AbortController().signal },
  );
  const target = options.out.replaceAll("'", "''");
  const format = options.format === "jsonl" ? "FORMAT json" : "FORMAT parquet, COMPRESSION zstd";
  await engine.run(`COPY (${eventQuery(options).replace(/ORDER BY n$/, "")}) TO '${target}' (${format})`);
  await engine.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      format: { type: "string", default: "jsonl" },
      out: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  if (values.out === undefined || (values.format !== "jsonl" && values.format !== "parquet")) {
    console.error("usage: generate-events --rows N --format jsonl|parquet --out FILE [--seed N]");
    process.exit(2);
  }
  await generateEvents({
    rows: Number(values.rows),
    format: values.format,
    out: values.out,
    seed: Number(values.seed),
  });
}
