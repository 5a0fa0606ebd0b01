import type { Engine } from "../../engine/contract.js";
import { EVENT_COLUMNS } from "../contract.js";
import { literal } from "../staging/sql/sql-text.js";

/** Rows before sources were compared. */
export interface Appended {
  readonly kept: number;
  readonly replaced: number;
  readonly added: number;
}

/** A file of rows without ids of their own that was read again, and what its derived ids began with then and now. */
export interface ReadAgain {
  readonly fileNo: number;
  readonly formerPrefix: string;
}

/**
 * `former` with the rows of `fresh` merged in: a row of the same source and id takes its older version's place, what
 * is new comes last. Ids that were derived from a file are no names of calls: what the file gave before, from the first
 * instant that was read again, goes, and what it gives now comes.
 */
export async function mergeEvents(
  engine: Engine,
  former: string,
  fresh: string,
  target: string,
  readAgain: readonly ReadAgain[],
): Promise<Appended> {
  const names = EVENT_COLUMNS.map(({ name }) => name).join(", ");
  const old = `read_parquet(${literal(former)}, file_row_number = true)`;
  const now = `read_parquet(${literal(fresh)}, file_row_number = true)`;
  const filled = `SELECT * FROM ${old} UNION ALL BY NAME ${MAY_LACK}`;
  await engine.run("CREATE OR REPLACE TABLE merge_again (file_no INTEGER, prefix VARCHAR)");
  await engine.append(
    "merge_again",
    ["file_no", "prefix"],
    readAgain.map(({ fileNo, formerPrefix }) => [fileNo, formerPrefix]),
  );
  await engine.run(
    `
    CREATE OR REPLACE TABLE merge_places AS
      SELECT n."row" AS fresh_row, o."row" AS former_row
      FROM (${named(now)}) AS n JOIN (${named(old)}) AS o USING (name, occurrence);
    CREATE OR REPLACE TABLE merge_gone AS
      SELECT former_row AS "row" FROM merge_places
      UNION
      SELECT o.file_row_number FROM (
        SELECT file_row_number, ts, regexp_extract(id, '${DERIVED}', 1) AS prefix FROM ${old}
      ) AS o
      JOIN (
        SELECT a.prefix, min(e.ts) AS first FROM merge_again AS a JOIN ${now} AS e USING (file_no) GROUP BY a.prefix
      ) AS a ON a.prefix = o.prefix AND o.ts >= a.first`,
    { stage: "merging events" },
  );
  const [counts] = await engine.rows<{ former: number; fresh: number; gone: number; places: number }>(`
    SELECT (SELECT count(*) FROM ${old}) AS former, (SELECT count(*) FROM ${now}) AS fresh,
      (SELECT count(*) FROM merge_gone) AS gone, (SELECT count(*) FROM merge_places) AS places`);
  // Fresh rows that take no place come behind all former ones, in their own order.
  const rows = `
    SELECT ${names}, -1 AS file_no, coalesce(id_supplied, true) AS id_supplied, file_row_number AS place
    FROM (${filled})
    WHERE file_row_number NOT IN (SELECT "row" FROM merge_gone)
    UNION ALL BY NAME
    SELECT ${names}, file_no, id_supplied, coalesce(p.former_row, ${counts!.former} + e.file_row_number) AS place
    FROM ${now} AS e LEFT JOIN merge_places AS p ON p.fresh_row = e.file_row_number`;
  await engine.run(
    `COPY (SELECT ${names}, file_no, id_supplied FROM (${rows}) ORDER BY place) TO ${literal(target)} (FORMAT parquet)`,
    { stage: "merging events" },
  );
  await engine.run("DROP TABLE merge_again; DROP TABLE merge_places; DROP TABLE merge_gone;");
  const { former: before, fresh: read, gone, places } = counts!;
  return { kept: before - gone, replaced: places, added: read - places };
}

/** As `writeEvents` derives ids: hash, number of a copy, mark of a collector's rows, ordinal. */
const DERIVED = String.raw`^([0-9a-f]{16})(?:\.\d+)?(?:@\d+)?-\d+$`;

/** Source and id in 128 bits, which no two names share; rows of one name meet in their order. */
const named = (relation: string): string => `
  SELECT file_row_number AS "row", md5_number(concat_ws('|', source, id)) AS name,
    row_number() OVER (PARTITION BY md5_number(concat_ws('|', source, id)) ORDER BY file_row_number) AS occurrence
  FROM ${relation}`;

/** Columns that events of earlier versions, or those that were never compared, lack. */
const MAY_LACK = `SELECT NULL::VARCHAR AS grain, NULL::BIGINT AS request_count, NULL::BIGINT AS bucket_seconds,
  NULL::BOOLEAN AS id_supplied WHERE false`;
