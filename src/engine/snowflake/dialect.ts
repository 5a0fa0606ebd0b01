import type { Dialect } from "../contract.js";
import { quoted } from "../quoted.js";

/** Names that need no quotes are written in capitals, as Snowflake keeps them. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_$]*$/;

export const snowflakeDialect: Dialect = {
  id: "snowflake",
  epochMicros: (instant) => `date_part(epoch_microsecond, ${instant})`,
  instantOf: (text) => `to_timestamp_tz(${text})`,
  // A quotient of NUMBERs is rounded at six decimals; without the rest it is whole.
  wholeDivision: (dividend, divisor) =>
    `CAST(((${dividend}) - mod(${dividend}, ${divisor})) / (${divisor}) AS BIGINT)`,
  // A backslash escapes, also the quote behind it.
  literal: (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`,
  member: (column, key) => `${column}:${quoted(key, '"')}`,
  sha256: (text) => `sha2(${text}, 256)`,
  listLength: (list) => `array_size(${list})`,
  textList: "ARRAY",
  identifier: (parts) =>
    parts.map((part) => quoted(PLAIN.test(part) ? part.toUpperCase() : part, '"')).join("."),
};
