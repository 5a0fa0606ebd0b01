import type { Engine } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { DROP_COVERED, matchBuckets } from "./match-buckets.js";
import { type CallMatch, matchCalls } from "./match-calls.js";
import { forgetSightings, prepareSightings, type SeenSource, type Sightings } from "./prepare.js";
import type { BucketOverlap, CallOverlap, Overlap, OverlapMode } from "./report.js";
import { haveSimilarVolume } from "./similar-volume.js";
import { FILLED_ROWS, RESIDUAL, writeResolved, writeSameCalls } from "./write-resolved.js";

export interface Targets {
  readonly events: string;
  /** Which id a call has that another source named otherwise: `id`, `kept_id`. */
  readonly sameCalls: string;
}

export interface Resolved {
  /** Null where nothing overlaps: the file that was given holds the events, and no other was written. */
  readonly overlap: Overlap | null;
  /** Rows that went, by `file_no` of the file. */
  readonly droppedByFile: ReadonlyMap<number, number>;
  readonly warnings: readonly string[];
}

/**
 * Finds calls that several sources have, in a file of canonical events with `file_no` and `id_supplied`, and writes the events without
 * the second sightings to `target`, with the ids that went.
 */
export async function resolveOverlap(
  engine: Engine,
  file: string,
  target: Targets,
  mode: OverlapMode,
  prices: PriceBook,
): Promise<Resolved> {
  const sightings = await prepareSightings(engine, file, prices);
  if (sightings === null) return { overlap: null, droppedByFile: new Map(), warnings: [] };
  try {
    return await resolve(engine, sightings, target, mode);
  } finally {
    await forgetSightings(engine);
  }
}

async function resolve(
  engine: Engine,
  sightings: Sightings,
  target: Targets,
  mode: OverlapMode,
): Promise<Resolved> {
  const { pairs, warnings } = await resolveCalls(engine, sightings, mode);
  const buckets = await matchBuckets(engine, sightings);
  if (buckets.length > 0 && mode !== "keep") await engine.run(DROP_COVERED);
  warnings.push(...bucketWarnings(buckets, mode), ...(await sumsTwice(engine, sightings)));
  const dropped = await engine.rows<{ file_no: number; n: number }>(`
    SELECT file_no, count(*) AS n FROM ${sightings.all} AS e JOIN overlap_dropped AS d ON d."row" = e.file_row_number
    GROUP BY file_no ORDER BY ALL`);
  const rows = dropped.reduce((sum, { n }) => sum + n, 0);
  if (rows === 0 && buckets.length === 0) return { overlap: null, droppedByFile: new Map(), warnings };
  const residual = mode === "residual" && buckets.length > 0;
  const residualRows = residual
    ? (await engine.rows<{ n: number }>(`SELECT count(*) AS n FROM (${RESIDUAL})`))[0]!.n
    : 0;
  await writeResolved(engine, sightings, target.events, residual);
  await writeSameCalls(engine, sightings, target.sameCalls);
  return {
    overlap: { mode, rows, residualRows, pairs, buckets },
    droppedByFile: new Map(dropped.map((row) => [row.file_no, row.n])),
    warnings,
  };
}

async function resolveCalls(
  engine: Engine,
  sightings: Sightings,
  mode: OverlapMode,
): Promise<{ pairs: CallOverlap[]; warnings: string[] }> {
  const pairs: CallOverlap[] = [];
  const warnings: string[] = [];
  const withCalls = sightings.sources.filter(({ requests }) => requests > 0);
  for (const poor of withCalls.slice(1)) {
    for (const rich of withCalls.slice(0, withCalls.indexOf(poor))) {
      const match = await matchCalls(engine, sightings, rich, poor);
      if (match.verdict === "apart") {
        if (await haveSimilarVolume(engine, sightings, rich, poor)) warnings.push(alike(rich, poor));
        continue;
      }
      if (match.verdict === "doubtful") {
        warnings.push(doubt(rich, poor, match));
        continue;
      }
      if (mode === "keep") {
        warnings.push(`${kept(rich, poor, match)} Both are counted, because overlap is kept.`);
        continue;
      }
      const [filled] = await engine.rows<{ n: number }>(FILLED_ROWS(sightings.all));
      await engine.run(`INSERT INTO overlap_dropped SELECT "row", kept, ${poor.number} FROM overlap_pairs`);
      const { byId, byTokens, share, chanceShare } = match;
      pairs.push({
        kept: rich.name,
        dropped: poor.name,
        byId,
        byTokens,
        share,
        chanceShare,
        filled: filled!.n,
      });
    }
  }
  return { pairs, warnings };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const kept = (rich: SeenSource, poor: SeenSource, { byId, byTokens }: CallMatch): string =>
  `${rich.name} and ${poor.name} have ${byId + byTokens} calls in common.`;

const doubt = (rich: SeenSource, poor: SeenSource, { share, chanceShare }: CallMatch): string =>
  `${rich.name} and ${poor.name} may have seen the same calls: ${percent(share)} of the smaller one match by model, tokens and time, ${percent(chanceShare)} by chance. Both are counted; if they are the same, leave one out: --collectors.`;

const alike = (rich: SeenSource, poor: SeenSource): string =>
  `${rich.name} and ${poor.name} have about as many calls of each model in each hour, of other token counts. Both are counted; if they are the same calls, counted differently, leave one out: --collectors.`;

function bucketWarnings(buckets: readonly BucketOverlap[], mode: OverlapMode): string[] {
  return [...new Set(buckets.map(({ source }) => source))].map((source) => {
    const own = buckets.filter((row) => row.source === source);
    const sum = (pick: (row: BucketOverlap) => number): number =>
      own.reduce((total, row) => total + pick(row), 0);
    const tokensOf = (kind: "buckets" | "residual") =>
      sum((row) => row[kind].inputTokens + row[kind].outputTokens);
    const left = tokensOf("buckets") === 0 ? 0 : tokensOf("residual") / tokensOf("buckets");
    const what = `${source}: single requests of other sources cover ${sum(({ periods }) => periods)} of its periods (per model)`;
    if (mode === "keep") return `${what}; both are counted, because overlap is kept.`;
    if (mode === "residual")
      return `${what}; buckets of the rest (${percent(Math.max(left, 0))} of the tokens) stand in their place.`;
    if (left <= 0) return `${what}; its buckets are left out there: the requests have all of their tokens.`;
    return `${what}; its buckets are left out there, and ${percent(left)} of their tokens that no request covers with them. Count these too: --overlap residual`;
  });
}

/** Buckets of two sources cannot be told apart: that they may speak of the same calls is all that can be said. */
async function sumsTwice(engine: Engine, { sources }: Sightings): Promise<string[]> {
  if (sources.filter(({ buckets }) => buckets > 0).length < 2) return [];
  const rows = await engine.rows<{ a: string; b: string; n: number }>(`
    WITH days AS (
      SELECT DISTINCT source, provider, model_no, begins_us // 86400000000 AS "day" FROM overlap_periods
    )
    SELECT a.source AS a, b.source AS b, count(*) AS n
    FROM days AS a JOIN days AS b USING (provider, model_no, "day")
    WHERE a.source < b.source GROUP BY ALL ORDER BY ALL`);
  return rows.map(
    ({ a, b, n }) =>
      `${a} and ${b} both have buckets for ${n} days and models: both are counted; if they are the same usage, leave one out: --collectors.`,
  );
}
