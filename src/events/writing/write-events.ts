import { rename } from "node:fs/promises";
import type { Engine, EngineValue } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { sha256 } from "../../shared/artifact.js";
import { EVENT_COLUMNS } from "../contract.js";
import { literal } from "../staging/sql/sql-text.js";
import type { Staged } from "../staging/stage.js";
import { STATE } from "../staging/staged-row.js";
import type { StagedFile, StagedRelation } from "../staging/staging-area.js";
import { HARMLESS_LABELS } from "./harmless-labels.js";
import { prepareListCost, UNKNOWN } from "./rates.js";

const FILES = "ingest_files";
const FILE_LISTS = ["first_position", "id_prefix", "source", "bucket_seconds"] as const;

/** Characters of the hash in a derived id: 64 bits, beyond any accidental clash. */
const HASH_CHARACTERS = 16;

/** What derived ids of a file's rows begin with: its content's hash, else that of its name. */
export function idPrefix({ sha256: content, label }: Pick<StagedFile, "sha256" | "label">): string {
  return (content ?? sha256(label)).slice(0, HASH_CHARACTERS);
}

export interface WriteOptions {
  /** Also `file_no`, the file's place in `staged.files`, and `id_supplied`, whether the source named the call so. */
  readonly withFile?: boolean;
  /**
   * Marks derived ids of rows that a collector parsed with the first instant that it read: what is read from there on
   * again gets no id of what was read before.
   */
  readonly marked?: boolean;
}

/** Writes the usable events, priced, in input order: equal inputs and prices give equal bytes. */
export async function writeEvents(
  engine: Engine,
  staged: Staged,
  prices: PriceBook,
  path: string,
  { withFile = false, marked = false }: WriteOptions = {},
): Promise<void> {
  await loadFileLists(engine, staged, marked);
  const list = await prepareListCost(engine, staged.relation, prices);
  const temporary = `${path}.tmp`;
  // No join anywhere below: see StagedRelation.
  await engine.run(
    `COPY (
      SELECT ${EVENT_COLUMNS.map(({ name, type }) => `CAST(${eventValue(name)} AS ${type}) AS ${name}`).join(", ")}
        ${withFile ? `, file_no, state = ${STATE.usable} AND id IS NOT NULL AS id_supplied` : ""}
      FROM (
        SELECT *, ${list.cost} AS list_cost FROM (
          SELECT *, ${list.rateNumber} AS rate_number FROM ${staged.relation.sql}
          WHERE state IN (${STATE.usable}, ${STATE.derivedId}) AND NOT (${staged.isDuplicate})
        )
      )
    ) TO ${literal(temporary)} (FORMAT parquet)`,
    { stage: "writing events" },
  );
  await list.remove();
  for (const name of FILE_LISTS) await engine.run(`RESET VARIABLE ${FILES}_${name}`);
  await rename(temporary, path);
}

function eventValue(column: string): string {
  switch (column) {
    case "id":
      return `CASE WHEN id IS NOT NULL THEN id
        ELSE ${ofFile("id_prefix")} || '-' || (position - ${ofFile("first_position")} + 1) END`;
    case "intent":
    case "provider":
      return `coalesce(${column}, '${UNKNOWN}')`;
    case "cost_usd":
      return "coalesce(cost_usd, list_cost)";
    case "cost_basis":
      return `CASE WHEN cost_usd IS NOT NULL THEN coalesce(cost_basis, 'billed')
        WHEN list_cost IS NOT NULL THEN 'list_price' END`;
    case "source":
      return `coalesce(source, ${ofFile("source")})`;
    case "bucket_seconds":
      return `CASE WHEN grain = 'bucket' THEN coalesce(nullif(bucket_seconds, 0), ${ofFile("bucket_seconds")}) END`;
    case "attributes":
      return HARMLESS_LABELS;
    default:
      return column;
  }
}

const ofFile = (list: (typeof FILE_LISTS)[number]): string => `getvariable('${FILES}_${list}')[file_no + 1]`;

/** Per file: what its derived ids begin with. A second file of the same bytes gets a number, so that ids stay unique. */
async function loadFileLists(engine: Engine, { files, relation }: Staged, marked: boolean): Promise<void> {
  const lengths = await bucketSeconds(engine, relation);
  const begins = marked ? await firstSeconds(engine, relation) : new Map<number, number>();
  const copies = new Map<string, number>();
  const rows = files.map((file): EngineValue[] => {
    const { index, part, firstRow, source } = file;
    const prefix = idPrefix(file);
    const copy = (copies.get(prefix) ?? 0) + 1;
    copies.set(prefix, copy);
    return [
      index,
      (relation.offsets[part] ?? 0) + firstRow,
      `${prefix}${copy === 1 ? "" : `.${copy}`}${markOf(file, begins)}`,
      source,
      lengths.get(index) ?? null,
    ];
  });
  await engine.run(
    `CREATE OR REPLACE TABLE ${FILES} (file_no INTEGER, first_position BIGINT, id_prefix VARCHAR, source VARCHAR,
      bucket_seconds BIGINT)`,
  );
  await engine.append(FILES, ["file_no", ...FILE_LISTS], rows);
  for (const name of FILE_LISTS) {
    await engine.run(`SET VARIABLE ${FILES}_${name} = (SELECT list(${name} ORDER BY file_no) FROM ${FILES})`);
  }
  await engine.run(`DROP TABLE ${FILES}`);
}

function markOf({ index, sha256: content }: StagedFile, begins: ReadonlyMap<number, number>): string {
  const first = begins.get(index);
  return content !== null || first === undefined ? "" : `@${first}`;
}

async function firstSeconds(engine: Engine, { sql }: StagedRelation): Promise<ReadonlyMap<number, number>> {
  const rows = await engine.rows<{ file_no: number; first: number }>(
    `SELECT file_no, epoch(min(ts))::BIGINT AS first FROM ${sql}
      WHERE state IN (${STATE.usable}, ${STATE.derivedId}) GROUP BY file_no`,
  );
  return new Map(rows.map((row) => [row.file_no, row.first]));
}

/** Per file with buckets: the longest of day, hour and minute that every one of them begins on (assumed). */
async function bucketSeconds(engine: Engine, { sql }: StagedRelation): Promise<ReadonlyMap<number, number>> {
  const rows = await engine.rows<{ file_no: number; seconds: number }>(`
    SELECT file_no,
      CASE WHEN bool_and(ts = date_trunc('day', ts)) THEN 86400
        WHEN bool_and(ts = date_trunc('hour', ts)) THEN 3600 ELSE 60 END AS seconds
    FROM ${sql} WHERE grain = 'bucket' GROUP BY file_no`);
  return new Map(rows.map((row) => [row.file_no, row.seconds]));
}
