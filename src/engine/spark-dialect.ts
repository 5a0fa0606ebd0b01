import type { Dialect } from "./contract.js";
import { quoted } from "./quoted.js";

/** Spark SQL, which Databricks speaks too. Spark 3.5 and newer, Databricks SQL warehouses. */
export const sparkDialect: Dialect = {
  id: "spark",
  epochMicros: (instant) => `unix_micros(CAST(${instant} AS TIMESTAMP))`,
  instantOf: (text) => `CAST(${text} AS TIMESTAMP)`,
  wholeDivision: (dividend, divisor) => `((${dividend}) div (${divisor}))`,
  // A backslash escapes, also the quote behind it.
  literal: (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
  member: (column, key) => `${column}.${quoted(key, "`")}`,
  sha256: (text) => `sha2(${text}, 256)`,
  listLength: (list) => `size(${list})`,
  textList: "ARRAY<STRING>",
  identifier: (parts) => parts.map((part) => quoted(part, "`")).join("."),
};
