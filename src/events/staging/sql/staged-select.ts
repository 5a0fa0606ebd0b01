import type { EngineValue } from "../../../engine/contract.js";
import { EVENT_COLUMNS, type EventColumn } from "../../contract.js";
import { COLUMN_KINDS, type ColumnKind, REQUIRED_COLUMNS, SUBSET_RULES } from "../../values/event-columns.js";
import type { Reading } from "../../values/parse-value.js";
import type { ColumnOrigin, SourceColumns } from "../source-columns.js";
import { decimalText, STATE } from "../staged-row.js";
import type { ColumnSql } from "./column-sql.js";
import { isHonestInstant } from "./instant-sql.js";
import { literal } from "./sql-text.js";

/** How a source column is read; null where the source has no such column. `value` names the worked-out value. */
export type ReadColumn = (
  name: string,
  kind: ColumnKind,
  reading: Reading,
  value: string,
) => (ColumnSql & { raw: string }) | null;

/**
 * Query that turns a source table (with `file_index`) into staged rows. Rows of which the engine is not sure are
 * marked as rejected and judged again by `judgeSource`. Columns that the source lacks are left out. `guard` is one
 * more condition for a row to be sure; empty for none. `passed` are columns of the source that the rows keep.
 */
export function stagedSelect(
  columns: SourceColumns,
  read: ReadColumn,
  source: string,
  firstFile: number,
  guard: string,
  passed: readonly string[] = [],
): string {
  const built = EVENT_COLUMNS.flatMap(({ name, type }) => {
    const alias = `event_${name}`;
    const { value, sure } = columnSql(columns[name], COLUMN_KINDS[name], read, alias);
    return value === null ? [] : [{ name, alias, value: `CAST(${value} AS ${type}) AS ${alias}`, sure }];
  });
  const names = new Set<string>(built.map(({ name }) => name));
  if (REQUIRED_COLUMNS.some((name) => !names.has(name))) return nothingUsable(source, firstFile, passed);
  const orZero = (column: EventColumn): string => (names.has(column) ? `coalesce(event_${column}, 0)` : "0");
  const conditions = [
    ...built.map((column) => column.sure),
    guard || null,
    ...REQUIRED_COLUMNS.map((name) => `event_${name} IS NOT NULL`),
    isHonestInstant("event_ts"),
    ...SUBSET_RULES.map(({ parts, whole }) => `${parts.map(orZero).join(" + ")} <= ${orZero(whole)}`),
    names.has("request_count") ? countOfOneRequest(names.has("grain")) : null,
  ].filter((condition) => condition !== null);
  return `
    SELECT (file_index + ${firstFile})::INTEGER AS file_no,
      CASE WHEN ${conditions.join(" AND ")} THEN ${STATE.usable} ELSE ${STATE.rejected} END::UTINYINT AS state,
      ${[...passed, ...built.map(({ name, alias }) => `${alias} AS ${name}`)].join(", ")}
    FROM (SELECT *, ${["file_index", ...passed, ...built.map(({ value }) => value)].join(", ")} FROM ${source})`;
}

const countOfOneRequest = (hasGrain: boolean): string =>
  `(coalesce(event_request_count, 1) = 1 ${hasGrain ? "OR coalesce(event_grain, '') = 'bucket'" : ""})`;

/** Without a required column no row can be used; the judge of events says so row by row. */
function nothingUsable(source: string, firstFile: number, passed: readonly string[]): string {
  const columns = [`(file_index + ${firstFile})::INTEGER AS file_no`, ...passed];
  return `SELECT ${columns.join(", ")}, ${STATE.rejected}::UTINYINT AS state FROM ${source}`;
}

function columnSql(
  origin: ColumnOrigin,
  kind: ColumnKind,
  read: ReadColumn,
  alias: string,
): { value: string | null; sure: string | null } {
  if (origin.from === "constant") return { value: constantSql(kind, origin.value), sure: null };
  const column = origin.from === "column" ? read(origin.name, kind, origin.reading, alias) : null;
  if (column === null) return { value: null, sure: null };
  return { value: column.value, sure: `(${column.raw} IS NULL OR coalesce(${column.sure}, false))` };
}

function constantSql(kind: ColumnKind, value: unknown): string {
  if (value === null) return "NULL";
  if (kind === "instant") return `TIMESTAMP ${literal((value as string).replace("Z", ""))}`;
  if (kind === "money") return literal(decimalText(value as number));
  if (kind === "hashes")
    return `[${(value as EngineValue[]).map((item) => literal(String(item))).join(", ")}]`;
  if (kind === "labels") return literal(JSON.stringify(value));
  return typeof value === "string" ? literal(value) : String(value);
}
