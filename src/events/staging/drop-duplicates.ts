import type { Engine } from "../../engine/contract.js";
import { STATE } from "./staged-row.js";

const TABLE = "ingest_duplicates";

/**
 * Finds the rows that repeat an id supplied by a source; the first in input order stays. Ids are grouped by their
 * 64-bit hash first, which costs one narrow pass; only rows under a repeated hash are compared by the id itself.
 * Returns the table of (part, row) to leave out, or null where there is none.
 */
export async function dropDuplicates(engine: Engine, relation: string): Promise<string | null> {
  const supplied = `state = ${STATE.usable} AND id IS NOT NULL`;
  await engine.run(
    `CREATE OR REPLACE TABLE ingest_repeated_hashes AS
      SELECT id_hash FROM (SELECT hash(id) AS id_hash FROM ${relation} WHERE ${supplied})
      GROUP BY id_hash HAVING count(*) > 1`,
    { stage: "looking for duplicates" },
  );
  await engine.run(`
    CREATE OR REPLACE TABLE ${TABLE} AS
      SELECT part, row FROM (
        SELECT part, row, row_number() OVER (PARTITION BY id ORDER BY part, row) AS occurrence
        FROM ${relation} WHERE ${supplied} AND hash(id) IN (SELECT id_hash FROM ingest_repeated_hashes)
      ) WHERE occurrence > 1;
    DROP TABLE ingest_repeated_hashes;`);
  const [found] = await engine.rows<{ n: number }>(`SELECT count(*) AS n FROM ${TABLE}`);
  return found!.n === 0 ? null : TABLE;
}
