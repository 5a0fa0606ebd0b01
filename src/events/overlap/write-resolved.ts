import type { Engine } from "../../engine/contract.js";
import { EVENT_COLUMNS } from "../contract.js";
import { literal } from "../staging/sql/sql-text.js";
import { MAX_COST_USD } from "../values/event-columns.js";
import type { Sightings } from "./prepare.js";

/** Columns that a kept row takes from the row that goes, each by itself. */
const FILLED = ["endpoint", "region", "tenant", "latency_ms", "ttft_ms", "status", "service_tier"] as const;
/** Subsets of tokens go together, and only between rows of equal totals. */
const SUBSETS = [
  "cached_input_tokens",
  "cache_write_tokens",
  "cache_write_1h_tokens",
  "reasoning_tokens",
] as const;

/**
 * Writes the events: every row but those of `overlap_dropped`, in the order of the file, with what they lack filled
 * from the row that goes for them. With `residual`, buckets of what no single request covers come last.
 * Returns how many rows were written.
 */
export async function writeResolved(
  engine: Engine,
  { all }: Pick<Sightings, "all">,
  path: string,
  residual: boolean,
): Promise<number> {
  await engine.run(GIVEN(all));
  const names = EVENT_COLUMNS.map(({ name }) => name);
  const columns = EVENT_COLUMNS.map(({ name, type }) => `CAST(${kept(name)} AS ${type}) AS ${name}`);
  const rows = `
    SELECT ${columns.join(", ")}, e.file_row_number AS place
    FROM ${all} AS e LEFT JOIN overlap_given AS g ON g.kept = e.file_row_number
    WHERE e.file_row_number NOT IN (SELECT "row" FROM overlap_dropped)`;
  const rest = residual ? `UNION ALL BY NAME SELECT *, 9223372036854775807 AS place FROM (${RESIDUAL})` : "";
  const written = await engine.run(
    `COPY (SELECT ${names.join(", ")} FROM (${rows} ${rest}) ORDER BY place, id) TO ${literal(path)} (FORMAT parquet)`,
    { stage: "writing events" },
  );
  await engine.run("DROP TABLE overlap_given");
  return written;
}

/** What the rows that go can give, by the row that is kept; of several the richest source's. */
const GIVEN = (all: string): string => {
  const first = (value: string, name: string): string =>
    `arg_min(${value}, d.source_no) FILTER ((${value}) IS NOT NULL) AS ${name}`;
  const isEqual = "e.input_tokens = k.input_tokens AND e.output_tokens = k.output_tokens";
  const billed = (name: string): string => `CASE WHEN e.cost_basis = 'billed' THEN e.${name} END`;
  return `
    CREATE OR REPLACE TABLE overlap_given AS
    SELECT d.kept, ${FILLED.map((name) => first(`e.${name}`, name)).join(", ")},
      ${first("nullif(e.intent, 'unknown')", "intent")}, ${first(billed("cost_usd"), "billed_usd")},
      ${SUBSETS.map((name) => first(`CASE WHEN ${isEqual} THEN e.${name} END`, name)).join(", ")}
    FROM overlap_dropped AS d
    JOIN ${all} AS e ON e.file_row_number = d."row"
    JOIN (SELECT file_row_number AS kept, input_tokens, output_tokens FROM ${all}) AS k ON k.kept = d.kept
    GROUP BY d.kept`;
};

const takesCost = "e.cost_basis IS DISTINCT FROM 'billed' AND g.billed_usd IS NOT NULL";
// A row that knows one of the parts of its input knows them all.
const takesInputParts =
  "e.cached_input_tokens IS NULL AND e.cache_write_tokens IS NULL AND e.cache_write_1h_tokens IS NULL";

function kept(name: string): string {
  switch (name) {
    case "intent":
      return "coalesce(nullif(e.intent, 'unknown'), g.intent, e.intent)";
    case "cost_usd":
      return `CASE WHEN ${takesCost} THEN g.billed_usd ELSE e.cost_usd END`;
    case "cost_basis":
      return `CASE WHEN ${takesCost} THEN 'billed' ELSE e.cost_basis END`;
    case "cached_input_tokens":
    case "cache_write_tokens":
    case "cache_write_1h_tokens":
      return `CASE WHEN ${takesInputParts} THEN g.${name} ELSE e.${name} END`;
    case "reasoning_tokens":
      return `coalesce(e.${name}, g.${name})`;
    default:
      return (FILLED as readonly string[]).includes(name) ? `coalesce(e.${name}, g.${name})` : `e.${name}`;
  }
}

/** Kept rows that took a value, for the pair that was matched last. */
export const FILLED_ROWS = (all: string): string => {
  const gives = [
    ...FILLED.map((name) => `(k.${name} IS NULL AND e.${name} IS NOT NULL)`),
    "(coalesce(k.intent, 'unknown') = 'unknown' AND coalesce(e.intent, 'unknown') <> 'unknown')",
    "(k.cost_basis IS DISTINCT FROM 'billed' AND e.cost_basis = 'billed')",
  ];
  return `SELECT count(*) AS n FROM overlap_pairs AS d
    JOIN ${all} AS e ON e.file_row_number = d."row" JOIN ${all} AS k ON k.file_row_number = d.kept
    WHERE ${gives.join(" OR ")}`;
};

/** What went by another id than what was kept for it, so that prompts on file still find their event. */
export async function writeSameCalls(
  engine: Engine,
  { all }: Pick<Sightings, "all">,
  path: string,
): Promise<void> {
  await engine.run(
    `COPY (
      SELECT e.id, k.id AS kept_id FROM overlap_dropped AS d
      JOIN (SELECT file_row_number, id FROM ${all}) AS e ON e.file_row_number = d."row"
      JOIN (SELECT file_row_number, id FROM ${all}) AS k ON k.file_row_number = d.kept
      WHERE e.id <> k.id ORDER BY ALL
    ) TO ${literal(path)} (FORMAT parquet)`,
    { stage: "writing events" },
  );
}

const rest = (name: string): string => `greatest(p.${name} - c.${name}, 0)`;

/**
 * Buckets less the requests of their period, where anything is left. Subsets stay within their totals. A bill is
 * reduced by what the requests cost; a list price goes down with the tokens; more than a row holds is left unpriced.
 */
export const RESIDUAL = `
  SELECT 'residual-' || md5(concat_ws('|', source, provider, model, begins_us, seconds)) AS id,
    make_timestamp(begins_us) AS ts, 'unknown' AS intent, provider, model, input_tokens, output_tokens,
    least(cached, input_tokens)::BIGINT AS cached_input_tokens,
    least(written, input_tokens - least(cached, input_tokens))::BIGINT AS cache_write_tokens,
    least(written_1h, least(written, input_tokens - least(cached, input_tokens)))::BIGINT AS cache_write_1h_tokens,
    least(reasoning, output_tokens)::BIGINT AS reasoning_tokens,
    CASE WHEN cost <= ${MAX_COST_USD} THEN cost END::DECIMAL(18,12) AS cost_usd,
    CASE WHEN cost <= ${MAX_COST_USD} THEN CASE WHEN is_billed THEN 'billed' ELSE 'list_price' END END AS cost_basis,
    'bucket' AS grain, nullif(requests, 0) AS request_count, seconds AS bucket_seconds, source
  FROM (
    SELECT p.source, p.provider, p.model, p.begins_us, p.seconds, p.is_billed, ${rest("requests")} AS requests,
      ${rest("input_tokens")} AS input_tokens, ${rest("output_tokens")} AS output_tokens,
      ${rest("cached_input_tokens")} AS cached, ${rest("cache_write_tokens")} AS written,
      ${rest("cache_write_1h_tokens")} AS written_1h, ${rest("reasoning_tokens")} AS reasoning,
      CASE
        WHEN p.is_billed THEN p.cost - least(c.cost, p.cost)
        ELSE p.cost::DOUBLE * (${rest("input_tokens")} + ${rest("output_tokens")})
          / nullif(p.input_tokens + p.output_tokens, 0)
      END AS cost
    FROM overlap_periods AS p JOIN overlap_covered AS c USING (period_no)
  )
  WHERE input_tokens > 0 OR output_tokens > 0`;
