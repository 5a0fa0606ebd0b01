import type { Engine } from "../../engine/contract.js";
import { STATE } from "./staged-row.js";
import type { StagedRelation } from "./staging-area.js";

const HASHES = "ingest_repeated_hashes";
const DUPLICATES = "ingest_duplicates";

/**
 * Finds the rows that repeat an id of their own source; the first in input order stays. The same id from another source
 * is for `overlap/` to judge. `source` is the SQL of a row's source. Ids are grouped by their
 * 64-bit hash first, which costs one narrow pass; only rows under a repeated hash are compared by the id itself.
 *
 * Returns the condition under which a row (by its `position`) is a duplicate. It looks into one bit a row and joins
 * nothing, so a query that uses it keeps the order of the rows.
 */
export async function findDuplicates(
  engine: Engine,
  { sql, rows }: StagedRelation,
  source: string,
): Promise<string> {
  const supplied = `state = ${STATE.usable} AND id IS NOT NULL`;
  await engine.run(
    `CREATE OR REPLACE TABLE ${HASHES} AS
      SELECT id_hash FROM (SELECT hash(id) AS id_hash FROM ${sql} WHERE ${supplied})
      GROUP BY id_hash HAVING count(*) > 1`,
    { stage: "looking for duplicates" },
  );
  await engine.run(`
    CREATE OR REPLACE TABLE ${DUPLICATES} AS
      SELECT position FROM (
        SELECT position, row_number() OVER (PARTITION BY id, ${source} ORDER BY position) AS occurrence
        FROM ${sql} WHERE ${supplied} AND hash(id) IN (SELECT id_hash FROM ${HASHES})
      ) WHERE occurrence > 1;
    SET VARIABLE ${DUPLICATES} = (SELECT bitstring_agg(position::INTEGER, 0, ${Math.max(rows - 1, 0)}) FROM ${DUPLICATES});`);
  const [found] = await engine.rows<{ n: number }>(`SELECT count(*) AS n FROM ${DUPLICATES}`);
  await engine.run(`DROP TABLE ${HASHES}; DROP TABLE ${DUPLICATES};`);
  return found!.n === 0 ? "false" : `get_bit(getvariable('${DUPLICATES}'), position::INTEGER) = 1`;
}

export const forgetDuplicates = (engine: Engine): Promise<number> =>
  engine.run(`RESET VARIABLE ${DUPLICATES}`);
