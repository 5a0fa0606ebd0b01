import type { Engine } from "../../engine/contract.js";
import type { SeenSource, Sightings } from "./prepare.js";

/** Smaller over larger count, summed over hours and models: two independent sources are hardly ever so alike. */
const ALIKE = 0.9;
/** Fewer calls are alike by accident. */
const FEWEST_CALLS = 200;
const HOUR_US = 3_600_000_000;

/**
 * Whether two sources have about as many calls of every model in every hour of the span that both cover. Sources that
 * count tokens differently, with and without the cache, cannot be paired by tokens; this is all that shows them.
 */
export async function haveSimilarVolume(
  engine: Engine,
  { calls }: Sightings,
  one: SeenSource,
  other: SeenSource,
): Promise<boolean> {
  const [row] = await engine.rows<{ smaller: number; larger: number; hours: number }>(`
    WITH hourly AS (
      SELECT source_no, model_no, t // ${HOUR_US} AS "hour", count(*) AS n FROM ${calls}
      WHERE source_no IN (${one.number}, ${other.number}) AND "row" NOT IN (SELECT "row" FROM overlap_dropped)
      GROUP BY ALL
    ),
    spans AS (SELECT source_no, min("hour") AS first, max("hour") AS last FROM hourly GROUP BY source_no),
    common AS (SELECT max(first) AS first, min(last) AS last FROM spans HAVING count(*) = 2),
    cells AS (
      SELECT model_no, "hour", coalesce(max(n) FILTER (source_no = ${one.number}), 0) AS a,
        coalesce(max(n) FILTER (source_no = ${other.number}), 0) AS b
      FROM hourly CROSS JOIN common WHERE "hour" BETWEEN first AND last GROUP BY ALL
    )
    SELECT coalesce(sum(least(a, b)), 0)::BIGINT AS smaller, coalesce(sum(greatest(a, b)), 0)::BIGINT AS larger,
      count(DISTINCT "hour") AS hours FROM cells`);
  const { smaller, larger, hours } = row!;
  // In one hour alone equal counts say little.
  return hours >= 3 && smaller >= FEWEST_CALLS && smaller >= ALIKE * larger;
}
