import type { DuckDBDecimalType, DuckDBListType, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { EngineParameters, EngineValue } from "../contract.js";
import { TYPE } from "./type-ids.js";

type Driver = typeof import("@duckdb/node-api");
type Writer = (value: EngineValue) => DuckDBValue;

/** Microseconds since 1970 of an ISO 8601 UTC text with up to six decimals, exactly. */
export function microsFromIso(text: string): bigint {
  const match = /^([^.]+)(?:\.(\d{1,6}))?Z$/.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (match === null || Number.isNaN(millis)) throw new RangeError("not an ISO 8601 UTC instant");
  return BigInt(millis) * 1000n + BigInt((match[2] ?? "").padEnd(6, "0"));
}

/** Scaled integer of a plain decimal text; digits beyond `scale` are an error, not rounded. */
export function scaledDecimal(text: string, scale: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  const fraction = match?.[3] ?? "";
  if (match === null || fraction.replace(/0+$/, "").length > scale) {
    throw new RangeError(`not a decimal with at most ${scale} decimals`);
  }
  const digits = BigInt(`${match[2]}${fraction.slice(0, scale).padEnd(scale, "0")}`);
  return match[1] === "-" ? -digits : digits;
}

/** How a contract value is handed to the driver for a column of `type`. */
export function writerOf(driver: Driver, type: DuckDBType): Writer {
  const inner = innerWriterOf(driver, type);
  return (value) => (value === null ? null : inner(value));
}

function innerWriterOf(driver: Driver, type: DuckDBType): Writer {
  switch (type.typeId as number) {
    case TYPE.BIGINT:
    case TYPE.UBIGINT:
    case TYPE.HUGEINT:
    case TYPE.UHUGEINT:
      return (value) => BigInt(value as number | bigint);
    case TYPE.TIMESTAMP:
      return (value) => new driver.DuckDBTimestampValue(microsFromIso(value as string));
    case TYPE.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      return (value) => new driver.DuckDBDecimalValue(scaledDecimal(value as string, scale), width, scale);
    }
    case TYPE.LIST: {
      const item = writerOf(driver, (type as DuckDBListType).valueType);
      return (value) => driver.listValue((value as readonly EngineValue[]).map(item));
    }
    default:
      return (value) => value as DuckDBValue;
  }
}

/** Values and types by parameter name, as the driver takes them. */
export type Bound = [Record<string, DuckDBValue> | undefined, Record<string, DuckDBType> | undefined];

/** Named parameters with explicit types: whole numbers as BIGINT, so that `$n / 2` never depends on the value. */
export function boundParameters(driver: Driver, parameters: EngineParameters): Bound {
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const whole = typeof value === "number" && Number.isSafeInteger(value);
    values[name] = whole ? BigInt(value) : value;
    if (whole) types[name] = driver.BIGINT;
  }
  return [values, types];
}
