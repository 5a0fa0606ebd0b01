import type { Dialect } from "../contract.js";
import { quoted } from "../quoted.js";

export const duckdbDialect: Dialect = {
  id: "duckdb",
  epochMicros: (instant) => `epoch_us(${instant})`,
  instantOf: (text) => `CAST(${text} AS TIMESTAMPTZ)`,
  wholeDivision: (dividend, divisor) => `((${dividend}) // (${divisor}))`,
  sha256: (text) => `sha256(${text})`,
  listLength: (list) => `len(${list})`,
  identifier: (parts) => parts.map((part) => quoted(part, '"')).join("."),
};
