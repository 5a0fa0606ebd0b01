import type { Engine } from "../../engine/contract.js";
import type { SeenSource, Sightings } from "./prepare.js";

export interface CallMatch {
  readonly byId: number;
  readonly byTokens: number;
  readonly share: number;
  readonly chanceShare: number;
  /** `same`: the pair was resolved. `doubtful`: too few matches to say so, too many for chance. */
  readonly verdict: "same" | "doubtful" | "apart";
}

/** Two records of one call differ by clocks and by queues; calls of the same lengths farther apart are two calls. */
const WINDOW_US = 5_000_000;
/** An id that comes back later than this is another call under a number that both sources count by. */
const ID_WINDOW_US = 3_600_000_000;
/** How far off chance is measured: no multiple of what jobs run by. */
const PLACEBOS_US = [2_233_000_000, -3_187_000_000] as const;
/** Share of the smaller source's calls in the common span that must be found again. */
const SAME_SHARE = 0.3;
const DOUBTFUL_SHARE = 0.05;
/** Matches an hour off, over matches: above it chance explains too much. */
const CHANCE_PART = 0.25;
const FEWEST_MATCHES = 3;
const ROWS_PER_SLICE = 1_000_000;
const SAMPLE_ROWS = 300_000;
/** Rounds of pairing neighbours; what is still open then stays in both sources. */
const ROUNDS = 12;

/**
 * Pairs calls of a poorer source with those of a richer one, one to one; pairs go to `overlap_pairs`. Ids first, where
 * both sources have the provider's; the rest by model, input and output tokens within five seconds. Sources log a call
 * where it begins or where it ends: whichever reading finds most pairs is taken.
 */
export async function matchCalls(
  engine: Engine,
  sightings: Sightings,
  rich: SeenSource,
  poor: SeenSource,
): Promise<CallMatch> {
  const pair: Pair = { calls: sightings.calls, rich: rich.number, poor: poor.number };
  await engine.run("DELETE FROM overlap_pairs");
  const byId = await matchIds(engine, pair, rich.requests + poor.requests);
  const smaller = await smallerInCommon(engine, pair);
  const evidence = smaller === 0 ? APART : await weigh(engine, pair, rich, poor, smaller);
  if (evidence.verdict !== "same") {
    const { share, chanceShare, verdict } = evidence;
    return { byId, byTokens: 0, share, chanceShare, verdict: byId > 0 ? "same" : verdict };
  }
  const slices = Math.ceil((rich.requests + poor.requests) / ROWS_PER_SLICE);
  for (let slice = 0; slice < slices; slice += 1) {
    await matchSlice(engine, pair, { slice, slices, reading: evidence.reading, shiftUs: 0 }, ROUNDS);
  }
  const [found] = await engine.rows<{ n: number }>("SELECT count(*) AS n FROM overlap_pairs WHERE NOT by_id");
  const { share, chanceShare, verdict } = evidence;
  return { byId, byTokens: found!.n, share, chanceShare, verdict };
}

interface Pair {
  readonly calls: string;
  readonly rich: number;
  readonly poor: number;
}

/** When a call is taken to be, microseconds, per side: as logged, or with its latency added or taken away. */
interface Reading {
  readonly rich: string;
  readonly poor: string;
}

interface Slice {
  readonly slice: number;
  readonly slices: number;
  readonly reading: Reading;
  readonly shiftUs: number;
}

const notDropped = `"row" NOT IN (SELECT "row" FROM overlap_dropped)`;

/** Calls that the source with fewer of them has in the span that both cover. */
async function smallerInCommon(engine: Engine, { calls, rich, poor }: Pair): Promise<number> {
  const [row] = await engine.rows<{ n: number | null }>(`
    WITH spans AS (SELECT source_no, min(t) AS first, max(t) AS last FROM ${calls}
      WHERE source_no IN (${rich}, ${poor}) GROUP BY source_no),
    common AS (SELECT max(first) - ${WINDOW_US} AS first, min(last) + ${WINDOW_US} AS last FROM spans HAVING count(*) = 2),
    counted AS (SELECT source_no, count(*) AS n FROM ${calls} CROSS JOIN common
      WHERE source_no IN (${rich}, ${poor}) AND t BETWEEN common.first AND common.last AND ${notDropped}
      GROUP BY source_no)
    SELECT CASE WHEN count(*) = 2 THEN min(n) END AS n FROM counted`);
  return row?.n ?? 0;
}

async function matchIds(engine: Engine, { calls, rich, poor }: Pair, rows: number): Promise<number> {
  const slices = Math.ceil(rows / (4 * ROWS_PER_SLICE));
  for (let slice = 0; slice < slices; slice += 1) {
    const of = (source: number): string =>
      `(SELECT "row", t, id_hash FROM ${calls} WHERE source_no = ${source} AND id_supplied AND id_hash % ${slices} = ${slice}
        AND ${notDropped})`;
    await engine.run(`INSERT INTO overlap_pairs
      SELECT p."row", r."row", true FROM ${of(poor)} AS p JOIN ${of(rich)} AS r USING (id_hash)
      WHERE abs(p.t - r.t) <= ${ID_WINDOW_US}
      QUALIFY row_number() OVER (PARTITION BY id_hash ORDER BY abs(p.t - r.t), p."row", r."row") = 1`);
  }
  const [found] = await engine.rows<{ n: number }>("SELECT count(*) AS n FROM overlap_pairs");
  return found!.n;
}

type Weighed = Pick<CallMatch, "share" | "chanceShare" | "verdict"> & { readonly reading: Reading };

/** Whether matches by tokens and time are more than chance, on a sample of lengths, by the best reading of times. */
async function weigh(
  engine: Engine,
  pair: Pair,
  rich: SeenSource,
  poor: SeenSource,
  smaller: number,
): Promise<Weighed> {
  const slices = Math.max(1, Math.ceil((rich.requests + poor.requests) / SAMPLE_ROWS));
  const count = async (reading: Reading, shiftUs: number): Promise<number> => {
    const before = await pairsFound(engine);
    await matchSlice(engine, pair, { slice: 0, slices, reading, shiftUs }, 3);
    const found = (await pairsFound(engine)) - before;
    await engine.run("DELETE FROM overlap_pairs WHERE NOT by_id");
    return found;
  };
  let best = { reading: LOGGED, found: await count(LOGGED, 0) };
  const byId = await pairsFound(engine);
  const open = Math.max(1, smaller - byId) / slices;
  for (const reading of best.found >= 0.95 * open ? [] : readings(rich, poor)) {
    const found = await count(reading, 0);
    if (found > best.found) best = { reading, found };
  }
  const [later, earlier] = [
    await count(best.reading, PLACEBOS_US[0]),
    await count(best.reading, PLACEBOS_US[1]),
  ];
  const chance = (later + earlier) / 2;
  const share = Math.min(1, (best.found + byId / slices) / (smaller / slices));
  const chanceShare = Math.min(1, chance / (smaller / slices));
  const isBeyondChance = best.found >= FEWEST_MATCHES && chance <= CHANCE_PART * best.found;
  const verdict = !isBeyondChance
    ? best.found >= FEWEST_MATCHES && share >= SAME_SHARE
      ? "doubtful"
      : "apart"
    : share >= SAME_SHARE
      ? "same"
      : share >= DOUBTFUL_SHARE
        ? "doubtful"
        : "apart";
  return { reading: best.reading, share: rounded(share), chanceShare: rounded(chanceShare), verdict };
}

const rounded = (share: number): number => Math.round(share * 1e6) / 1e6;

const LOGGED: Reading = { rich: "0", poor: "0" };
const APART: Weighed = { share: 0, chanceShare: 0, verdict: "apart", reading: LOGGED };

function readings(rich: SeenSource, poor: SeenSource): Reading[] {
  const own = (source: SeenSource): string[] => (source.hasLatency ? ["latency", "-latency"] : []);
  return [
    ...own(rich).map((change) => ({ rich: change, poor: "0" })),
    ...own(poor).map((change) => ({ rich: "0", poor: change })),
  ];
}

async function pairsFound(engine: Engine): Promise<number> {
  const [found] = await engine.rows<{ n: number }>("SELECT count(*) AS n FROM overlap_pairs");
  return found!.n;
}

const KEY = `model_no, "input", "output"`;
const IN_TIME = `(PARTITION BY ${KEY} ORDER BY t, is_poor, id_hash)`;

/**
 * One slice of the lengths, since windows hold their rows in memory. First whole clusters: calls of equal lengths with
 * gaps of at most five seconds, as many on one side as on the other, paired in their order. Then neighbours of
 * different sources, round by round, until none is left. Pairs of equal model and tokens may be exchanged, so any
 * pairing within the window is as good as another.
 */
async function matchSlice(engine: Engine, pair: Pair, slice: Slice, rounds: number): Promise<void> {
  await engine.run(openCalls(pair, slice), { stage: "comparing sources" });
  await engine.run(`
    CREATE OR REPLACE TABLE overlap_round AS
    WITH ordered AS (
      SELECT *, coalesce(t - lag(t) OVER in_time > ${WINDOW_US}, true) AS begins FROM overlap_open
      WINDOW in_time AS ${IN_TIME}
    ),
    clustered AS (SELECT *, sum(begins::INTEGER) OVER in_time AS cluster FROM ordered WINDOW in_time AS ${IN_TIME})
    SELECT * EXCLUDE (begins),
      row_number() OVER (PARTITION BY ${KEY}, cluster, is_poor ORDER BY t, id_hash) AS place,
      count(*) FILTER (is_poor) OVER own AS poor_calls,
      count(*) FILTER (NOT is_poor) OVER own AS rich_calls
    FROM clustered
    WINDOW own AS (PARTITION BY ${KEY}, cluster)
    QUALIFY poor_calls > 0 AND rich_calls > 0;
    INSERT INTO overlap_pairs
    SELECT p."row", r."row", false
    FROM (FROM overlap_round WHERE is_poor AND poor_calls = rich_calls) AS p
    JOIN (FROM overlap_round WHERE NOT is_poor) AS r USING (${KEY}, cluster, place)
    WHERE abs(p.t - r.t) <= ${WINDOW_US};
    ${LEFT_OPEN}`);
  for (let round = 0; round < rounds; round += 1) {
    const found = await engine.run(PAIR_NEIGHBOURS);
    if (found === 0) return;
    await engine.run(LEFT_OPEN.replace("overlap_round", "overlap_open"));
  }
}

function openCalls({ calls, rich, poor }: Pair, { slice, slices, reading, shiftUs }: Slice): string {
  return `CREATE OR REPLACE TABLE overlap_open AS
    SELECT "row", source_no = ${poor} AS is_poor, ${KEY}, id_hash,
      t + CASE WHEN source_no = ${poor} THEN ${reading.poor} + ${shiftUs} ELSE ${reading.rich} END AS t
    FROM ${calls}
    WHERE source_no IN (${rich}, ${poor}) AND hash(${KEY}) % ${slices} = ${slice} AND ${notDropped}
      AND "row" NOT IN (SELECT "row" FROM overlap_pairs UNION ALL SELECT kept FROM overlap_pairs)`;
}

/** What no pair has taken; windows need the columns of an open call only. */
const LEFT_OPEN = `
  CREATE OR REPLACE TABLE overlap_open AS
  SELECT "row", is_poor, ${KEY}, id_hash, t FROM overlap_round
  WHERE "row" NOT IN (SELECT "row" FROM overlap_pairs UNION ALL SELECT kept FROM overlap_pairs)`;

/** In runs of calls that change sides within the window, the first with the second, the third with the fourth, ... */
const PAIR_NEIGHBOURS = `
  INSERT INTO overlap_pairs
  WITH ordered AS (
    SELECT *, coalesce(is_poor = lag(is_poor) OVER in_time OR t - lag(t) OVER in_time > ${WINDOW_US}, true) AS begins
    FROM overlap_open WINDOW in_time AS ${IN_TIME}
  ),
  runs AS (SELECT *, sum(begins::INTEGER) OVER in_time AS run FROM ordered WINDOW in_time AS ${IN_TIME}),
  placed AS (
    SELECT *, row_number() OVER own AS place, lag("row") OVER own AS before
    FROM runs WINDOW own AS (PARTITION BY ${KEY}, run ORDER BY t, is_poor, id_hash)
  )
  SELECT CASE WHEN is_poor THEN "row" ELSE before END, CASE WHEN is_poor THEN before ELSE "row" END, false
  FROM placed WHERE place % 2 = 0`;
