import {
  type CellReader,
  isoOfMicros,
  readBoolean,
  readFloat,
  readJson,
  readText,
  readWhole,
} from "../values.js";

const DAY_MS = 86_400_000;

const READERS: Readonly<Record<string, CellReader>> = {
  REAL: readFloat,
  BOOLEAN: readBoolean,
  VARIANT: readJson,
  OBJECT: readJson,
  ARRAY: readJson,
  MAP: readJson,
  DATE: (text) => new Date(Number(text) * DAY_MS).toISOString().slice(0, 10),
  TIMESTAMP_NTZ: readEpoch,
  TIMESTAMP_LTZ: readEpoch,
  // The offset behind the blank says how to show the instant, not which it is.
  TIMESTAMP_TZ: (text) => readEpoch(text.split(" ")[0]!),
};

/** Reader for a column of the result's `rowType`; in a `jsonv2` result every cell is text or null. */
export function cellReader({
  type,
  scale,
}: {
  readonly type: string;
  readonly scale?: number | null;
}): CellReader {
  const kind = type.toUpperCase();
  if (kind === "FIXED") return (scale ?? 0) === 0 ? readWhole : readText;
  return READERS[kind] ?? readText;
}

/** Seconds since 1970 with nine decimals: `1763629492.123456000`. */
function readEpoch(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) return text;
  const [, minus, seconds, fraction = ""] = parts;
  const micros = BigInt(seconds!) * 1_000_000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
  return isoOfMicros(minus === "-" ? -micros : micros);
}
