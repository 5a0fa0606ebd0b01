import { type ColumnKind, MAX_COST_USD } from "../../values/event-columns.js";
import type { Reading } from "../../values/parse-value.js";
import { type ColumnSql, TEXT_COLUMNS } from "./column-sql.js";
import { instantFromInteger } from "./instant-sql.js";

const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const NUMBER = /^(FLOAT|DOUBLE|DECIMAL\(.*\))$/;
const SAFE = Number.MAX_SAFE_INTEGER;
const NEVER: ColumnSql = { value: "NULL", sure: "false" };

/**
 * A Parquet column of the engine's type `type` read as an event column. Texts are read like CSV cells; a type that
 * says nothing for the kind is never sure, so its rows are judged one by one.
 */
export function typedColumn(
  kind: ColumnKind,
  raw: string,
  type: string,
  reading: Reading,
  value: string,
): ColumnSql {
  if (type === "VARCHAR" && kind !== "labels") return TEXT_COLUMNS[kind](raw, reading, value);
  switch (kind) {
    case "text":
    case "status":
    case "basis":
    case "grain":
      return kind === "text" && (INTEGER.test(type) || type === "UUID") ? shortText(raw, type) : NEVER;
    case "instant":
      return instant(raw, type, reading);
    case "count":
      return count(raw, type);
    case "amount":
    case "score": {
      if (!INTEGER.test(type) && !NUMBER.test(type)) return NEVER;
      const limit = kind === "score" ? "<= 1" : "< 'inf'::DOUBLE";
      return { value: `abs(CAST(${raw} AS DOUBLE))`, sure: `(${raw} >= 0 AND ${value} ${limit})` };
    }
    case "money":
      return money(raw, type, value);
    case "flag":
      return type === "BOOLEAN" ? { value: raw, sure: "true" } : NEVER;
    case "hashes":
      return hashes(raw, type);
    case "labels":
      return type === "VARCHAR" ? { value: raw, sure: `json_type(${raw}) = 'OBJECT'` } : NEVER;
  }
}

function shortText(raw: string, type: string): ColumnSql {
  const value = `CAST(${raw} AS VARCHAR)`;
  return { value, sure: type === "UUID" ? "true" : `(${raw} BETWEEN -${SAFE} AND ${SAFE})` };
}

function instant(raw: string, type: string, { tsUnit }: Reading): ColumnSql {
  if (/^(TIMESTAMP|DATE)/.test(type)) return { value: `CAST(${raw} AS TIMESTAMP)`, sure: "true" };
  if (!INTEGER.test(type)) return { value: "NULL::TIMESTAMP", sure: "false" };
  return {
    value: instantFromInteger(`CAST(${raw} AS HUGEINT)::BIGINT`, tsUnit),
    sure: `(${raw} BETWEEN 0 AND 1000000000000000)`,
  };
}

function count(raw: string, type: string): ColumnSql {
  const value = `TRY_CAST(${raw} AS BIGINT)`;
  if (INTEGER.test(type)) return { value, sure: `(${raw} BETWEEN 0 AND ${SAFE})` };
  return NUMBER.test(type)
    ? { value, sure: `(${raw} BETWEEN 0 AND ${SAFE} AND ${raw} = trunc(${raw}))` }
    : NEVER;
}

function money(raw: string, type: string, value: string): ColumnSql {
  if (!INTEGER.test(type) && !NUMBER.test(type)) return NEVER;
  return {
    // Through the text of the number, like every other source: a direct cast of a double rounds otherwise.
    value: `TRY_CAST(CAST(${raw} AS VARCHAR) AS DECIMAL(18,12))`,
    sure: `(${raw} >= 0 AND ${value} <= ${MAX_COST_USD})`,
  };
}

function hashes(raw: string, type: string): ColumnSql {
  if (type !== "VARCHAR[]" && !/^(INTEGER|BIGINT)\[\]$/.test(type))
    return { value: "NULL::VARCHAR[]", sure: "false" };
  const wrong =
    type === "VARCHAR[]" ? `x IS NULL OR x = ''` : `x IS NULL OR x NOT BETWEEN -${SAFE} AND ${SAFE}`;
  return { value: `CAST(${raw} AS VARCHAR[])`, sure: `(len(list_filter(${raw}, lambda x: ${wrong})) = 0)` };
}
