import { join } from "node:path";
import type { Engine, EngineRow } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { literal } from "../staging/sql/sql-text.js";
import { modelKey } from "../values/model-key.js";

/** One source of events. Its number is its place from the richest to the poorest. */
export interface SeenSource {
  readonly name: string;
  readonly number: number;
  readonly requests: number;
  readonly buckets: number;
  readonly hasLatency: boolean;
}

/** Narrow rows of single requests: `row`, `source_no`, `model_no`, `input`, `output`, `t`, `latency`, `id_hash`, `id_supplied`. */
export interface Sightings {
  /** Every row that was read, with `file_no` and `id_supplied`, as a relation that has `file_row_number`. */
  readonly all: string;
  readonly calls: string;
  readonly sources: readonly SeenSource[];
}

interface SourceRow extends EngineRow {
  readonly source: string;
  readonly requests: number;
  readonly buckets: number;
  readonly latencies: number;
  readonly wealth: number;
}

interface ModelRow extends EngineRow {
  readonly provider: string;
  readonly model: string;
  readonly last: string;
}

/**
 * Null where there are fewer than two sources. Richest first: billed cost counts most, then latency, then who called
 * and what for; names decide between equals, so the order in which sources were read does not matter.
 */
export async function prepareSightings(
  engine: Engine,
  path: string,
  prices: PriceBook,
): Promise<Sightings | null> {
  const all = `read_parquet(${literal(path)}, file_row_number = true)`;
  const known = (column: string): string => `count(${column})`;
  const rows = await engine.rows<SourceRow>(`
    SELECT source, count(*) FILTER (NOT is_bucket) AS requests, count(*) FILTER (is_bucket) AS buckets,
      ${known("latency_ms")} AS latencies,
      (4 * count(*) FILTER (cost_basis = 'billed') + 2 * ${known("latency_ms")} + ${known("nullif(intent, 'unknown')")}
        + ${known("tenant")} + ${known("prompt_hash")} + ${known("conversation_id")} + ${known("region")})
        / count(*)::DOUBLE AS wealth
    FROM (SELECT *, coalesce(grain, 'request') = 'bucket' AS is_bucket FROM ${all})
    GROUP BY source ORDER BY wealth DESC, source`);
  if (rows.length < 2) return null;
  const sources = rows.map(({ source, requests, buckets, latencies }, number) => ({
    ...{ name: source, number, requests, buckets },
    hasLatency: latencies > 0,
  }));
  await nameModels(engine, all, prices);
  await engine.run("CREATE OR REPLACE TABLE overlap_sources (source VARCHAR, source_no INTEGER)");
  await engine.append(
    "overlap_sources",
    ["source", "source_no"],
    sources.map(({ name, number }) => [name, number]),
  );
  await engine.run(`
    CREATE OR REPLACE TABLE overlap_dropped ("row" BIGINT, kept BIGINT, source_no INTEGER);
    CREATE OR REPLACE TABLE overlap_pairs ("row" BIGINT, kept BIGINT, by_id BOOLEAN)`);
  const calls = join(engine.scratchDir, "overlap-calls.parquet");
  await engine.run(
    `COPY (
      SELECT e.file_row_number AS "row", s.source_no, m.model_no, e.input_tokens AS "input", e.output_tokens AS "output",
        epoch_us(e.ts) AS t, coalesce(e.latency_ms * 1000, 0)::BIGINT AS latency, hash(e.id) AS id_hash, e.id_supplied
      FROM ${all} AS e JOIN overlap_sources AS s USING (source) JOIN overlap_models AS m USING (provider, model)
      WHERE coalesce(e.grain, 'request') = 'request'
    ) TO ${literal(calls)} (FORMAT parquet)`,
    { stage: "comparing sources" },
  );
  return { all, calls: `read_parquet(${literal(calls)})`, sources };
}

async function nameModels(engine: Engine, all: string, prices: PriceBook): Promise<void> {
  const rows = await engine.rows<ModelRow>(
    `SELECT provider, model, max(ts) AS last FROM ${all} GROUP BY ALL ORDER BY ALL`,
  );
  const keys = rows.map((row) => modelKey(prices, row.provider, row.model, new Date(row.last)));
  const numbers = new Map([...new Set(keys)].sort().map((key, at) => [key, at]));
  await engine.run(
    "CREATE OR REPLACE TABLE overlap_models (provider VARCHAR, model VARCHAR, model_key VARCHAR, model_no INTEGER)",
  );
  await engine.append(
    "overlap_models",
    ["provider", "model", "model_key", "model_no"],
    rows.map(({ provider, model }, at) => [provider, model, keys[at]!, numbers.get(keys[at]!)!]),
  );
}

const TABLES = [
  ...["sources", "models", "dropped", "pairs", "open", "round", "buckets", "periods", "cells", "covered"],
];

export async function forgetSightings(engine: Engine): Promise<void> {
  for (const table of TABLES) await engine.run(`DROP TABLE IF EXISTS overlap_${table}`);
}
