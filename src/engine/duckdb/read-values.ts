import type {
  DuckDBArrayType,
  DuckDBDataChunk,
  DuckDBListType,
  DuckDBMapType,
  DuckDBResult,
  DuckDBStructType,
  DuckDBType,
  DuckDBValue,
} from "@duckdb/node-api";
import { EXIT, TokenOpError } from "../../shared/errors.js";
import type { EngineRow, EngineValue } from "../contract.js";
import { TYPE } from "./type-ids.js";

type Reader = (value: DuckDBValue) => EngineValue;

/** `2026-03-14T10:00:00.000Z`; microseconds appear only where they are not whole milliseconds. */
export function isoFromMicros(micros: bigint): string {
  const microsOfMilli = ((micros % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((micros - microsOfMilli) / 1000n)).toISOString();
  return microsOfMilli === 0n ? text : `${text.slice(0, -1)}${microsOfMilli.toString().padStart(3, "0")}Z`;
}

function safeNumber(value: DuckDBValue): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new TokenOpError(
    {
      code: "TOP-ENGINE-RANGE",
      message: "A 64-bit value of a query result is beyond 2^53 and has no exact JavaScript number.",
      found: `Value ${String(value)}.`,
      fix: "Cast the column to HUGEINT (arrives as bigint) or to VARCHAR in the query.",
    },
    EXIT.internal,
  );
}

const timestampReader =
  (microsOf: (value: never) => bigint): Reader =>
  (value) => {
    const timestamp = value as unknown as { isFinite: boolean };
    return timestamp.isFinite ? isoFromMicros(microsOf(timestamp as never)) : String(value);
  };

const asIs: Reader = (value) => value as EngineValue;
const asText: Reader = (value) => String(value);

const SCALAR_READERS: Readonly<Record<number, Reader>> = {
  [TYPE.BOOLEAN]: asIs,
  [TYPE.TINYINT]: asIs,
  [TYPE.SMALLINT]: asIs,
  [TYPE.INTEGER]: asIs,
  [TYPE.UTINYINT]: asIs,
  [TYPE.USMALLINT]: asIs,
  [TYPE.UINTEGER]: asIs,
  [TYPE.FLOAT]: asIs,
  [TYPE.DOUBLE]: asIs,
  [TYPE.VARCHAR]: asIs,
  [TYPE.HUGEINT]: asIs,
  [TYPE.UHUGEINT]: asIs,
  [TYPE.BIGINT]: safeNumber,
  [TYPE.UBIGINT]: safeNumber,
  [TYPE.TIMESTAMP]: timestampReader((value: { micros: bigint }) => value.micros),
  [TYPE.TIMESTAMP_TZ]: timestampReader((value: { micros: bigint }) => value.micros),
  [TYPE.TIMESTAMP_S]: timestampReader((value: { seconds: bigint }) => value.seconds * 1_000_000n),
  [TYPE.TIMESTAMP_MS]: timestampReader((value: { millis: bigint }) => value.millis * 1000n),
  [TYPE.TIMESTAMP_NS]: timestampReader((value: { nanos: bigint }) => value.nanos / 1000n),
};

function readerOf(type: DuckDBType): Reader {
  const inner = innerReaderOf(type);
  return (value) => (value === null ? null : inner(value));
}

function innerReaderOf(type: DuckDBType): Reader {
  switch (type.typeId as number) {
    case TYPE.LIST:
    case TYPE.ARRAY: {
      const item = readerOf((type as DuckDBListType | DuckDBArrayType).valueType);
      return (value) => (value as unknown as { items: readonly DuckDBValue[] }).items.map(item);
    }
    case TYPE.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const readers = entryTypes.map(readerOf);
      return (value) => {
        const { entries } = value as unknown as { entries: Readonly<Record<string, DuckDBValue>> };
        return Object.fromEntries(entryNames.map((name, at) => [name, readers[at]!(entries[name] ?? null)]));
      };
    }
    case TYPE.MAP: {
      const item = readerOf((type as DuckDBMapType).valueType);
      return (value) => {
        const { entries } = value as unknown as {
          entries: readonly { readonly key: DuckDBValue; readonly value: DuckDBValue }[];
        };
        return Object.fromEntries(entries.map((entry) => [String(entry.key), item(entry.value)]));
      };
    }
    default:
      return SCALAR_READERS[type.typeId as number] ?? asText;
  }
}

/** Prepares, once per result, how its chunks become rows under the contract's value rules. */
export function chunkReader(result: DuckDBResult): (chunk: DuckDBDataChunk) => EngineRow[] {
  const names = result.deduplicatedColumnNames();
  const readers = result.columnTypes().map(readerOf);
  return (chunk) => {
    const columns = readers.map((reader, at) => chunk.getColumnValues(at).map(reader));
    return Array.from({ length: chunk.rowCount }, (_, row) =>
      Object.fromEntries(names.map((name, at) => [name, columns[at]![row]!])),
    );
  };
}
