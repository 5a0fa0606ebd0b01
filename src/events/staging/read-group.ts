import { rm } from "node:fs/promises";
import type { Engine, EngineRow } from "../../engine/contract.js";
import { TokenOpError } from "../../shared/errors.js";
import { sampleKeys } from "../reading/sample-keys.js";
import { type DescribedColumn, groupQuery, type JsonPlan, textIsSure } from "./sql/source-sql.js";
import { fileList, literal } from "./sql/sql-text.js";
import { STATE } from "./staged-row.js";
import { isUnreadable, type PlannedFile, type Staging } from "./staging.js";
import type { StagedPart } from "./staging-area.js";

/** Per file of a part that the engine wrote. */
export interface LoadedFile extends EngineRow {
  readonly file_no: number;
  readonly first_row: number;
  readonly rows: number;
  readonly unsure: number;
  /** Rows whose text could have been other JSON; the lean plan only. */
  readonly doubtful: number;
}

export interface LoadedGroup {
  readonly part: StagedPart;
  readonly files: ReadonlyMap<number, LoadedFile>;
}

export async function discard({ part }: LoadedGroup): Promise<void> {
  if (part.path !== null) await rm(part.path, { force: true });
}

/** Null where the engine cannot read the group. */
export async function loadFast(group: readonly PlannedFile[], staging: Staging): Promise<LoadedGroup | null> {
  const { shape } = group[0]!;
  if (shape.format !== "jsonl" || !staging.lean) return loadWith(FULL, group, staging);
  const present = await sampleGroup(group, staging);
  if (present === null) return null;
  const loaded = await loadWith({ lean: true, present }, group, staging);
  if (loaded === null || isGoodEnough(loaded)) return loaded;
  staging.lean = false;
  await discard(loaded);
  return loadWith(FULL, group, staging);
}

const FULL: JsonPlan = { lean: false };

// A row that the lean plan doubts costs more than reading it in full, unless there are very few of them.
const LEAN_UNSURE_SHARE = 0.002;

function isGoodEnough({ files }: LoadedGroup): boolean {
  const all = [...files.values()];
  const sum = (key: "rows" | "unsure" | "doubtful"): number =>
    all.reduce((total, file) => total + file[key], 0);
  return sum("doubtful") === 0 && sum("unsure") <= 10 + sum("rows") * LEAN_UNSURE_SHARE;
}

/** Keys in the first, the middle and the last file; null where one of them cannot be read. */
async function sampleGroup(group: readonly PlannedFile[], { context }: Staging): Promise<Set<string> | null> {
  const places = new Set([0, Math.floor(group.length / 2), group.length - 1]);
  const keys = new Set<string>();
  try {
    for (const place of places) {
      for (const key of await sampleKeys(group[place]!.file, context.signal)) keys.add(key);
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return null;
  }
  return keys;
}

async function loadWith(
  plan: JsonPlan,
  group: readonly PlannedFile[],
  staging: Staging,
): Promise<LoadedGroup | null> {
  const [{ staged, shape }] = group as [PlannedFile];
  const paths = group.map(({ file, cleanCopy }) => cleanCopy ?? file.path);
  const query = groupQuery(shape, paths, staged.index, plan);
  if (query === null) return null;
  try {
    if (shape.format !== "parquet") return await writePart(query, plan, group, staging);
    const inPlace = await readInPlace(query, group, staging);
    return (
      inPlace ?? (await writePart(`SELECT * EXCLUDE (file_row_number) FROM (${query})`, plan, group, staging))
    );
  } catch (error) {
    if (error instanceof TokenOpError && isUnreadable(error)) return null;
    throw error;
  }
}

async function writePart(
  query: string,
  plan: JsonPlan,
  group: readonly PlannedFile[],
  { engine, area }: Staging,
): Promise<LoadedGroup> {
  const { shape } = group[0]!;
  const path = area.newPath(`${shape.format}.parquet`);
  try {
    await engine.run(`COPY (${query}) TO ${literal(path)} (FORMAT parquet)`, { stage: "reading files" });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  const part = `read_parquet(${fileList([path])})`;
  const columns = await columnsOf(`SELECT * FROM ${part}`, engine);
  const isSure = plan.lean ? textIsSure(shape.columns, columns) : "true";
  const files = await engine.rows<LoadedFile>(`
    SELECT file_no, min(file_row_number) AS first_row, count(*) AS rows,
      count(*) FILTER (state = ${STATE.rejected}) AS unsure,
      count(*) FILTER (state = ${STATE.usable} AND NOT (${isSure})) AS doubtful
    FROM ${part} GROUP BY file_no`);
  return { part: { path }, files: new Map(files.map((file) => [file.file_no, file])) };
}

// Queries in place are joined by UNION ALL; a plan of a few dozen is nothing, one of thousands is slow to make.
const QUERIES_IN_PLACE = 32;

/** Parquet of which the engine is sure in every row needs no copy: later queries read the source. */
async function readInPlace(
  query: string,
  group: readonly PlannedFile[],
  { engine, area }: Staging,
): Promise<LoadedGroup | null> {
  if (area.parts.filter(({ path }) => path === null).length >= QUERIES_IN_PLACE) return null;
  const counted = await engine.rows<LoadedFile>(
    `SELECT file_no, 0 AS first_row, count(*) AS rows, 0 AS doubtful,
      count(*) FILTER (state = ${STATE.rejected}) AS unsure
    FROM (${query}) GROUP BY file_no`,
    { stage: "reading files" },
  );
  if (counted.some(({ unsure }) => unsure > 0)) return null;
  const byFile = new Map(counted.map((file) => [file.file_no, file]));
  const files = new Map<number, LoadedFile>();
  const starts: number[] = [];
  let rows = 0;
  for (const { staged } of group) {
    const file = byFile.get(staged.index);
    starts.push(rows);
    if (file !== undefined) files.set(staged.index, { ...file, first_row: rows });
    rows += file?.rows ?? 0;
  }
  const columns = (await columnsOf(query, engine)).filter(
    (name) => name !== "file_row_number" && name !== "state",
  );
  const start = `([${starts.join(", ")}]::BIGINT[])[file_no - ${group[0]!.staged.index} + 1]`;
  // Every row is usable: saying so spares the later queries the conditions.
  const inPlace = `SELECT ${columns.join(", ")}, ${STATE.usable}::UTINYINT AS state, ${start} + file_row_number AS part_row
    FROM (${query})`;
  return { part: { path: null, query: inPlace, columns: new Set([...columns, "state"]), rows }, files };
}

async function columnsOf(query: string, engine: Engine): Promise<string[]> {
  const described = await engine.rows<DescribedColumn>(`DESCRIBE ${query}`);
  return described.map((column) => column.column_name);
}
