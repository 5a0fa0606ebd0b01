import { COST_BASES, EVENT_STATUSES, GRAINS } from "../../contract.js";
import { type ColumnKind, MAX_COST_USD } from "../../values/event-columns.js";
import type { Reading } from "../../values/parse-value.js";
import { instantFromText } from "./instant-sql.js";
import { literal } from "./sql-text.js";

/**
 * How one column is read in SQL. `value` is what a sure row holds, worked out first and known to `sure` by its alias;
 * `sure` is true only where the reader in
 * TypeScript is known to accept the value and to give the same one. It may be false or NULL for good values: those
 * rows are read again by the other reader, which decides. NULL values are not asked for `sure`.
 */
export interface ColumnSql {
  readonly value: string;
  readonly sure: string;
}

/** `raw` and `value` are the names of the source column and of the worked-out value. */
type SqlOf = (raw: string, reading: Reading, value: string) => ColumnSql;

const words = (list: readonly string[]): string => list.map(literal).join(", ");
const fits = (text: string, pattern: string): string => `regexp_full_match(${text}, '${pattern}')`;
const SAFE = Number.MAX_SAFE_INTEGER;
const SHORT_INTEGER = String.raw`0|-?[1-9]\d{0,14}`;
const HASH_ITEM = String.raw`("[^"\\]+"|-?[1-9]\d{0,14}|0)`;
const HASH_LIST = String.raw`\[(${HASH_ITEM}(,${HASH_ITEM})*)?\]`;
const LABEL = String.raw`"[^"\\]*":("[^"\\]*"|-?[1-9]\d{0,14}|0|true|false|null)`;
const LABELS = String.raw`\{(${LABEL}(,${LABEL})*)?\}`;

/**
 * `raw` is a JSON column: a value's own JSON text, NULL for null and for a missing key. Instants and the closed
 * lists of words are text columns, in which a string and other JSON look alike: no number is one of the words, and
 * an instant may be a number.
 */
export const JSON_COLUMNS: Readonly<Record<ColumnKind, SqlOf>> = {
  text: (raw, { integersAsText }) => {
    // Text that begins with a quote is a JSON string; comparing beats matching by a wide margin.
    const isText = `(${raw}::VARCHAR >= '"' AND ${raw}::VARCHAR < '#' AND ${raw}::VARCHAR <> '""')`;
    return {
      value: `${raw} ->> '$'`,
      sure: integersAsText ? `(${isText} OR ${fits(`${raw}::VARCHAR`, SHORT_INTEGER)})` : isText,
    };
  },
  instant: (raw, { tsUnit }) => ({ value: instantFromText(raw, tsUnit), sure: "true" }),
  count: (raw, _reading, value) => ({
    value: `TRY_CAST(${raw}::VARCHAR AS BIGINT)`,
    // The cast rounds 12.5 and reads 12.0: the double tells which it was, where there is a point or an exponent.
    sure: `(${value} BETWEEN 0 AND ${SAFE} AND CASE
      WHEN contains(${raw}::VARCHAR, '.') OR contains(${raw}::VARCHAR, 'e')
      THEN ${value}::DOUBLE = TRY_CAST(${raw}::VARCHAR AS DOUBLE) ELSE true END)`,
  }),
  amount: (raw, _reading, value) => finite(`TRY_CAST(${raw}::VARCHAR AS DOUBLE)`, value),
  score: (raw, _reading, value) => upTo(1, `TRY_CAST(${raw}::VARCHAR AS DOUBLE)`, value),
  money: (raw, _reading, value) => ({
    value: `TRY_CAST(${raw}::VARCHAR AS DECIMAL(18,12))`,
    // A negative amount below the last decimal would round to zero and pass, so the sign is read from the text.
    sure: `(${raw}::VARCHAR >= '0' AND ${value} <= ${MAX_COST_USD})`,
  }),
  flag: (raw) => ({ value: `${raw}::VARCHAR = 'true'`, sure: `${raw}::VARCHAR IN ('true', 'false')` }),
  status: (raw) => ({ value: raw, sure: `${raw} IN (${words(EVENT_STATUSES)})` }),
  basis: (raw) => ({ value: raw, sure: `${raw} IN (${words(COST_BASES)})` }),
  grain: (raw) => ({ value: raw, sure: `${raw} IN (${words(GRAINS)})` }),
  hashes: (raw) => {
    const sure = fits(`${raw}::VARCHAR`, HASH_LIST);
    return { value: `CASE WHEN ${sure} THEN CAST(${raw} AS VARCHAR[]) END`, sure };
  },
  labels: (raw) => ({ value: `${raw}::VARCHAR`, sure: fits(`${raw}::VARCHAR`, LABELS) }),
};

/** Kinds that are read as text from JSON too. */
export const TEXT_IN_JSON: ReadonlySet<ColumnKind> = new Set(["instant", "status", "basis", "grain"]);

const OTHER_JSON = String.raw`(?i:|true|false|-?\d+(\.\d+)?(e[-+]?\d+)?|[\[{](?s:.*)|-?(nan|inf|infinity))`;

/**
 * Whether a text read from a JSON column without its quotes could have been something else than a string: a number,
 * a flag, a list, an object, or empty. Cheap on dictionaries, where each word is looked at once.
 */
export function couldBeOtherJson(text: string, { integersAsText }: Reading): string {
  const isOther = fits(text, OTHER_JSON);
  // No number is this long and has a dash past its start: spares identifiers the expression.
  const other = `CASE WHEN strlen(${text}) >= 26 AND contains(${text}, '-')
    THEN (${text} >= '{' AND ${text} < '|') OR (${text} >= '[' AND ${text} < '\\') ELSE ${isOther} END`;
  return integersAsText ? `(${other} AND NOT ${fits(text, SHORT_INTEGER)})` : other;
}

/** `raw` is a CSV cell: text, NULL for an empty one. */
export const TEXT_COLUMNS: Readonly<Record<ColumnKind, SqlOf>> = {
  // White space first could be an empty cell, and a line break inside is written in two ways.
  text: (raw) => ({ value: raw, sure: `(${raw} >= '!' AND NOT contains(${raw}, chr(13)))` }),
  instant: (raw, { tsUnit }) => ({ value: instantFromText(raw, tsUnit), sure: "true" }),
  count: (raw) => ({
    value: `TRY_CAST(${raw} AS BIGINT)`,
    sure: fits(raw, String.raw`\d{1,15}(\.0{0,9})?`),
  }),
  amount: (raw, _reading, value) => matching(raw, finite(`TRY_CAST(${raw} AS DOUBLE)`, value)),
  score: (raw, _reading, value) => matching(raw, upTo(1, `TRY_CAST(${raw} AS DOUBLE)`, value)),
  money: (raw, _reading, value) => {
    // At most 15 significant digits, so that the shortest text of the double is the text itself.
    const isExact = fits(raw, String.raw`[1-9]\d{0,5}(\.\d{1,9})?|0(\.\d{1,15})?`);
    return {
      value: `TRY_CAST(${raw} AS DECIMAL(18,12))`,
      sure: `(${isExact} AND ${value} <= ${MAX_COST_USD})`,
    };
  },
  flag: (raw) => ({
    value: `lower(${raw}) IN ('true', '1')`,
    sure: `lower(${raw}) IN ('true', 'false', '1', '0')`,
  }),
  status: (raw) => ({ value: raw, sure: `${raw} IN (${words(EVENT_STATUSES)})` }),
  basis: (raw) => ({ value: raw, sure: `${raw} IN (${words(COST_BASES)})` }),
  grain: (raw) => ({ value: raw, sure: `${raw} IN (${words(GRAINS)})` }),
  hashes: () => ({ value: "NULL::VARCHAR[]", sure: "false" }),
  labels: () => ({ value: "NULL::VARCHAR", sure: "false" }),
};

// NaN sorts above every number in the engine, so an upper bound refuses it together with infinity. The absolute value
// turns -0 into 0, and the sign is read from the number itself.
const finite = (number: string, value: string): ColumnSql => ({
  value: `abs(${number})`,
  sure: `(${value} < 'inf'::DOUBLE AND ${number} >= 0)`,
});
const upTo = (limit: number, number: string, value: string): ColumnSql => ({
  value: `abs(${number})`,
  sure: `(${value} <= ${limit} AND ${number} >= 0)`,
});

function matching(raw: string, { value, sure }: ColumnSql): ColumnSql {
  const isNumber = fits(raw, String.raw`\d{1,15}(\.\d{0,17})?([eE][+-]?\d{1,2})?`);
  return { value, sure: `(${isNumber} AND ${sure})` };
}
