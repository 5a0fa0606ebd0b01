import type { Engine, EngineRow } from "../../engine/contract.js";
import { withoutTrailingZeros } from "../values/decimal.js";
import type { Sightings } from "./prepare.js";
import type { BucketOverlap } from "./report.js";

/**
 * Finds buckets whose period holds single requests of another source for the same provider and model. Buckets of one
 * source, model and period are taken together, since they are cut by keys that requests need not carry. Leaves
 * `overlap_periods` and `overlap_covered`; returns the comparison per source, provider and model.
 */
export async function matchBuckets(engine: Engine, sightings: Sightings): Promise<BucketOverlap[]> {
  await engine.run(PERIODS(sightings.all), { stage: "comparing sources" });
  const [found] = await engine.rows<{ n: number }>("SELECT count(*) AS n FROM overlap_periods");
  if (found!.n === 0) return [];
  await engine.run(CELLS(sightings.all), { stage: "comparing sources" });
  const lengths = await engine.rows<{ seconds: number }>(
    "SELECT DISTINCT seconds FROM overlap_periods ORDER BY ALL",
  );
  await engine.run(EMPTY_COVERED);
  for (const { seconds } of lengths) await engine.run(COVERED(seconds));
  const rows = await engine.rows<ComparedRow>(COMPARED);
  return rows.map((row) => {
    const of = (kind: "bucket" | "request" | "rest") => ({
      requests: row[`${kind}_requests`],
      inputTokens: row[`${kind}_input`],
      outputTokens: row[`${kind}_output`],
      costUsd: withoutTrailingZeros(row[`${kind}_cost`]),
    });
    const { source, provider, model, first, last, periods } = row;
    return {
      ...{ source, provider, model, first, last, periods },
      ...{ buckets: of("bucket"), requests: of("request"), residual: of("rest") },
    };
  });
}

type Part<K extends string> = {
  readonly [Name in `${K}_requests`]: number | null;
} & { readonly [Name in `${K}_input` | `${K}_output`]: number } & { readonly [Name in `${K}_cost`]: string };

type ComparedRow = EngineRow &
  Part<"bucket"> &
  Part<"request"> &
  Part<"rest"> & {
    readonly source: string;
    readonly provider: string;
    readonly model: string;
    readonly first: string;
    readonly last: string;
    readonly periods: number;
  };

/** Tokens that requests and buckets are compared by; subsets as in events. */
export const TOKENS = [
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
] as const;

const sumsOf = TOKENS.map((name) => `coalesce(sum(${name}), 0)::BIGINT AS ${name}`).join(", ");

/** One row a (source, provider, model, period), and which rows of the file it sums up. */
const PERIODS = (all: string): string => `
  CREATE OR REPLACE TABLE overlap_buckets AS
    SELECT e.file_row_number AS "row", e.source, lower(e.provider) AS provider, m.model_no,
      epoch_us(e.ts) AS begins_us, e.bucket_seconds AS seconds
    FROM ${all} AS e JOIN overlap_models AS m USING (provider, model)
    WHERE e.grain = 'bucket' AND e.bucket_seconds > 0;
  CREATE OR REPLACE TABLE overlap_periods AS
    SELECT row_number() OVER (ORDER BY b.source, b.provider, b.model_no, b.begins_us, b.seconds) AS period_no,
      b.source, b.provider, b.model_no, b.begins_us, b.seconds, min(e.model) AS model, count(*) AS bucket_rows,
      CASE WHEN bool_and(coalesce(e.request_count, 0) > 0) THEN sum(e.request_count)::BIGINT END AS requests,
      ${sumsOf}, bool_or(e.cost_basis = 'billed') AS is_billed, sum(e.cost_usd)::DECIMAL(38,12) AS cost
    FROM overlap_buckets AS b JOIN ${all} AS e ON e.file_row_number = b."row"
    GROUP BY b.source, b.provider, b.model_no, b.begins_us, b.seconds`;

/** Single requests per source, provider, model and minute: what any usual period is made of. */
const CELLS = (all: string): string => `
  CREATE OR REPLACE TABLE overlap_cells AS
    SELECT e.source, lower(e.provider) AS provider, m.model_no,
      epoch_us(date_trunc('minute', e.ts)) AS minute_us, count(*) AS requests, ${sumsOf},
      coalesce(sum(e.cost_usd), 0)::DECIMAL(38,12) AS cost
    FROM ${all} AS e JOIN overlap_models AS m USING (provider, model)
    WHERE coalesce(e.grain, 'request') = 'request'
      AND m.model_no IN (SELECT model_no FROM overlap_periods)
      AND e.file_row_number NOT IN (SELECT "row" FROM overlap_dropped)
    GROUP BY ALL`;

const coveredColumns = ["requests", ...TOKENS];

const EMPTY_COVERED = `CREATE OR REPLACE TABLE overlap_covered
  (period_no BIGINT, ${coveredColumns.map((name) => `${name} BIGINT`).join(", ")}, cost DECIMAL(38,12))`;

/** Periods of one length; those that begin on multiples of it meet their minutes by equality, others by range. */
function COVERED(seconds: number): string {
  const us = seconds * 1_000_000;
  const sums = coveredColumns.map((name) => `sum(c.${name})::BIGINT`).join(", ");
  const compatible = `c.model_no = p.model_no AND c.source <> p.source
    AND (c.provider = p.provider OR c.provider = 'unknown' OR p.provider = 'unknown')`;
  const select = (isAligned: boolean, inPeriod: string): string => `
    SELECT p.period_no, ${sums}, sum(c.cost)::DECIMAL(38,12)
    FROM (FROM overlap_periods WHERE seconds = ${seconds} AND (begins_us % ${us} = 0) = ${isAligned}) AS p
    JOIN overlap_cells AS c ON ${compatible} AND ${inPeriod}
    GROUP BY p.period_no`;
  return `INSERT INTO overlap_covered
    ${select(true, `c.minute_us - c.minute_us % ${us} = p.begins_us`)}
    UNION ALL
    ${select(false, `c.minute_us >= p.begins_us AND c.minute_us < p.begins_us + ${us}`)}`;
}

const COMPARED = `
  SELECT p.source, p.provider, min(p.model) AS model, make_timestamp(min(p.begins_us)) AS first,
    make_timestamp(max(p.begins_us + p.seconds * 1000000)) AS last, count(*) AS periods,
    CASE WHEN count(p.requests) = count(*) THEN sum(p.requests)::BIGINT END AS bucket_requests,
    sum(p.input_tokens)::BIGINT AS bucket_input, sum(p.output_tokens)::BIGINT AS bucket_output,
    coalesce(sum(p.cost), 0)::DECIMAL(38,12)::VARCHAR AS bucket_cost,
    sum(c.requests)::BIGINT AS request_requests, sum(c.input_tokens)::BIGINT AS request_input,
    sum(c.output_tokens)::BIGINT AS request_output, sum(c.cost)::DECIMAL(38,12)::VARCHAR AS request_cost,
    CASE WHEN count(p.requests) = count(*) THEN (sum(p.requests) - sum(c.requests))::BIGINT END AS rest_requests,
    (sum(p.input_tokens) - sum(c.input_tokens))::BIGINT AS rest_input,
    (sum(p.output_tokens) - sum(c.output_tokens))::BIGINT AS rest_output,
    (coalesce(sum(p.cost), 0) - sum(c.cost))::DECIMAL(38,12)::VARCHAR AS rest_cost
  FROM overlap_periods AS p JOIN overlap_covered AS c USING (period_no)
  GROUP BY p.source, p.provider, p.model_no ORDER BY p.source, p.provider, model`;

/** Rows of covered buckets go; to be run once it is decided that they are not kept. */
export const DROP_COVERED = `
  INSERT INTO overlap_dropped
  SELECT b."row", NULL, NULL FROM overlap_buckets AS b
  JOIN overlap_periods AS p USING (source, provider, model_no, begins_us, seconds)
  SEMI JOIN overlap_covered AS c USING (period_no)`;
