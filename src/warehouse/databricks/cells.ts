import {
  type CellReader,
  isoOfMicros,
  readBoolean,
  readFloat,
  readJson,
  readText,
  readWhole,
} from "../values.js";

const READERS: Readonly<Record<string, CellReader>> = {
  BYTE: readWhole,
  SHORT: readWhole,
  INT: readWhole,
  LONG: readWhole,
  FLOAT: readFloat,
  DOUBLE: readFloat,
  BOOLEAN: readBoolean,
  ARRAY: readJson,
  MAP: readJson,
  STRUCT: readJson,
  VARIANT: readJson,
  TIMESTAMP: readTimestamp,
  TIMESTAMP_NTZ: readTimestamp,
};

/** Reader for a column of `type_name`; in a JSON_ARRAY result every cell is text or null. */
export const cellReader = (typeName: string): CellReader =>
  READERS[typeName.toUpperCase().replace(/[(<].*$/, "")] ?? readText;

/** `2026-11-20T09:04:52.123456Z`, with or without zone and `T`; without a zone it is UTC. */
function readTimestamp(text: string): string {
  const parts = /^(\d+-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (parts === null) return text;
  const [, day, time, fraction = "", zone = "Z"] = parts;
  const seconds = Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(seconds)) return text;
  return isoOfMicros(BigInt(seconds) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6)));
}
