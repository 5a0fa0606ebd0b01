import type { Dialect } from "../contract.js";
import { quoted } from "../quoted.js";

export const duckdbDialect: Dialect = {
  id: "duckdb",
  epochMicros: (instant) => `epoch_us(${instant})`,
  instantOf: (text) => `CAST(${text} AS TIMESTAMPTZ)`,
  wholeDivision: (dividend, divisor) => `((${dividend}) // (${divisor}))`,
  literal: (text) => quoted(text, "'"),
  member: (column, key) => `${column}[${quoted(key, "'")}]`,
  sha256: (text) => `sha256(${text})`,
  listLength: (list) => `len(${list})`,
  textList: "VARCHAR[]",
  identifier: (parts) => parts.map((part) => quoted(part, '"')).join("."),
};
