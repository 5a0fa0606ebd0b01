import type { EngineRow } from "../../../engine/contract.js";
import type { EventColumn, SourceFile } from "../../contract.js";
import type { CsvHeader } from "../../reading/source-record.js";
import { COLUMN_KINDS, COLUMN_NAMES } from "../../values/event-columns.js";
import type { SourceColumns } from "../source-columns.js";
import { couldBeOtherJson, JSON_COLUMNS, TEXT_COLUMNS, TEXT_IN_JSON } from "./column-sql.js";
import { fileList, identifier, literal } from "./sql-text.js";
import { type ReadColumn, stagedSelect } from "./staged-select.js";
import { typedColumn } from "./typed-column-sql.js";

/** A Parquet file's columns in order, with the engine's type names. */
export type ParquetColumns = readonly { readonly name: string; readonly type: string }[];

/** What the query for a group of files needs to know; every file of the group has the same. */
export interface GroupShape {
  readonly format: SourceFile["format"];
  readonly columns: SourceColumns;
  readonly header: CsvHeader | null;
  readonly parquet: ParquetColumns | null;
}

/**
 * The query that reads `paths` (in this order) into staged rows, or null where the engine cannot tell the columns
 * apart: it takes names that differ only in case for the same column.
 */
export function groupQuery(
  shape: GroupShape,
  paths: readonly string[],
  firstFile: number,
  plan: JsonPlan,
): string | null {
  switch (shape.format) {
    case "jsonl":
      return jsonQuery(shape.columns, paths, firstFile, plan);
    case "csv":
      return csvQuery(shape.columns, shape.header!, paths, firstFile);
    case "parquet":
      return parquetQuery(shape.columns, shape.parquet!, paths, firstFile);
  }
}

/** Source columns that the events need, once each. */
export function neededColumns(columns: SourceColumns): string[] {
  const names = COLUMN_NAMES.flatMap((column) => {
    const origin = columns[column];
    return origin.from === "column" ? [origin.name] : [];
  });
  return [...new Set(names)];
}

/**
 * How much of a JSON line a query looks at. The lean plan stages only columns that a sample of the file has, and reads
 * texts without their quotes; `textIsSure` and the guard on absent columns show afterwards whether that was enough.
 */
export type JsonPlan =
  | { readonly lean: true; readonly present: ReadonlySet<string> }
  | { readonly lean: false };

function jsonQuery(
  columns: SourceColumns,
  paths: readonly string[],
  firstFile: number,
  plan: JsonPlan,
): string | null {
  const needed = neededColumns(columns);
  if (new Set(needed.map((name) => name.toLowerCase())).size < needed.length) return null;
  const asText = textColumnsOf(columns, plan.lean);
  // JSON keeps a value's own text, so that "12" and 12 are still told apart; measured, it costs a tenth.
  const declared = needed.map((name) => `${literal(name)}: '${asText.has(name) ? "VARCHAR" : "JSON"}'`);
  const source = `read_json(${fileList(paths)}, format = 'newline_delimited', columns = {${declared.join(", ")}},
    ignore_errors = true)`;
  const absent = needed.filter((name) => plan.lean && !plan.present.has(name));
  const read: ReadColumn = (name, kind, reading, value) => {
    if (absent.includes(name)) return null;
    const raw = identifier(name);
    if (kind === "text" && asText.has(name)) return { raw, value: raw, sure: "true" };
    return { raw, ...JSON_COLUMNS[kind](raw, reading, value) };
  };
  const guard = absent.map((name) => `${identifier(name)} IS NULL`).join(" AND ");
  return stagedSelect(columns, read, source, firstFile, guard);
}

/** Source columns read as text: all uses of one must agree to it. */
function textColumnsOf(columns: SourceColumns, lean: boolean): ReadonlySet<string> {
  const isText = (column: EventColumn): boolean =>
    TEXT_IN_JSON.has(COLUMN_KINDS[column]) || (lean && COLUMN_KINDS[column] === "text");
  const uses = COLUMN_NAMES.flatMap((column) => {
    const origin = columns[column];
    return origin.from === "column" ? [{ name: origin.name, isText: isText(column) }] : [];
  });
  const other = new Set(uses.filter((use) => !use.isText).map(({ name }) => name));
  return new Set(uses.map(({ name }) => name).filter((name) => !other.has(name)));
}

/** Condition on a staged row of the lean plan: every text in it can only have been a JSON string. */
export function textIsSure(columns: SourceColumns, staged: readonly string[]): string {
  const asText = textColumnsOf(columns, true);
  const doubts = COLUMN_NAMES.flatMap((column) => {
    const origin = columns[column];
    const isStaged = COLUMN_KINDS[column] === "text" && staged.includes(column);
    if (!isStaged || origin.from !== "column" || !asText.has(origin.name)) return [];
    return [`coalesce(${couldBeOtherJson(column, origin.reading)}, false)`];
  });
  return doubts.length === 0 ? "true" : `NOT (${doubts.join(" OR ")})`;
}

function csvQuery(
  columns: SourceColumns,
  { names, delimiter }: CsvHeader,
  paths: readonly string[],
  firstFile: number,
): string {
  const declared = names.map((_, at) => `c${at}: 'VARCHAR'`).join(", ");
  const source = `read_csv(${fileList(paths)}, auto_detect = false, header = true, delim = ${literal(delimiter)},
    quote = '"', escape = '"', columns = {${declared}}, ignore_errors = true, strict_mode = true)`;
  const read: ReadColumn = (name, kind, reading, value) => {
    const at = names.indexOf(name);
    return at === -1 ? null : { raw: `c${at}`, ...TEXT_COLUMNS[kind](`c${at}`, reading, value) };
  };
  return stagedSelect(columns, read, source, firstFile, "");
}

function parquetQuery(
  columns: SourceColumns,
  parquet: ParquetColumns,
  paths: readonly string[],
  firstFile: number,
): string {
  const read: ReadColumn = (name, kind, reading, value) => {
    const column = parquet.find((candidate) => candidate.name === name);
    if (column === undefined) return null;
    const raw = identifier(column.name);
    return { raw, ...typedColumn(kind, raw, column.type, reading, value) };
  };
  const source = `read_parquet(${fileList(paths)})`;
  return stagedSelect(columns, read, source, firstFile, "", ["file_row_number"]);
}

/** Query for single rows of one Parquet file as JSON objects, for the judge of events. `rows` is a query of row numbers. */
export function parquetRowsQuery(shape: GroupShape, path: string, rows: string): string {
  const needed = new Set(neededColumns(shape.columns));
  const fields = shape.parquet!.filter(({ name }) => needed.has(name)).map(({ name }) => identifier(name));
  const packed =
    fields.length === 0
      ? "'{}'"
      : `to_json(struct_pack(${fields.map((field) => `${field} := ${field}`).join(", ")}))`;
  return `SELECT file_row_number AS row, CAST(${packed} AS VARCHAR) AS record
    FROM read_parquet(${fileList([path])}) WHERE file_row_number IN (${rows}) ORDER BY file_row_number`;
}

export interface DescribedColumn extends EngineRow {
  readonly column_name: string;
  readonly column_type: string;
}

export const describeParquet = (path: string): string =>
  `DESCRIBE SELECT * FROM read_parquet(${fileList([path])})`;
