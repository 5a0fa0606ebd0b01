import type { EngineValue } from "../../engine/contract.js";
import { EVENT_COLUMNS } from "../contract.js";
import type { UsableEvent } from "../values/validate-event.js";

/** What staging knows of a row. Every record read has one row, so that positions give ordinals and counts add up. */
export const STATE = {
  usable: 0,
  /** Rejected, or not sure yet. */
  rejected: 1,
  /** Usable, with an id that the source did not supply: it never counts as a duplicate. */
  derivedId: 2,
  /** A line that the source itself repeats. */
  repeated: 3,
  /** Usable, but before the instant that the user asked for: no record of this run. */
  earlier: 4,
} as const;

export type State = (typeof STATE)[keyof typeof STATE];

export const STAGED_COLUMNS = [
  { name: "file_no", type: "INTEGER" },
  { name: "state", type: "UTINYINT" },
  ...EVENT_COLUMNS,
] as const;

export const STAGED_NAMES: readonly string[] = STAGED_COLUMNS.map((column) => column.name);

/** `CREATE TABLE` column list of staged rows. */
export const STAGED_TABLE = STAGED_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(", ");

const EMPTY: readonly EngineValue[] = EVENT_COLUMNS.map(() => null);

/** A staged row without values: a rejected or repeated record. */
export const emptyRow = (fileNo: number, state: State): readonly EngineValue[] => [fileNo, state, ...EMPTY];

export function usableRow(fileNo: number, state: State, event: UsableEvent): readonly EngineValue[] {
  return [fileNo, state, ...eventValues(event)];
}

function eventValues(event: UsableEvent): EngineValue[] {
  return EVENT_COLUMNS.map(({ name }): EngineValue => {
    const value = event[name];
    if (value === null || value === undefined) return null;
    if (name === "cost_usd") return decimalText(value as number);
    if (name === "prefix_hashes") return (value as readonly unknown[]).map(String);
    return name === "attributes" ? JSON.stringify(value) : (value as EngineValue);
  });
}

const DECIMALS = 12;

/** The shortest text of a double, rounded half up to twelve decimals: the engine's own cast of the same text. */
export function decimalText(value: number): string {
  const [digits = "", exponent = "0"] = value.toString().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  const shift = DECIMALS - fraction.length + Number(exponent);
  const unscaled = BigInt(`${whole}${fraction}`);
  const pico = shift >= 0 ? unscaled * 10n ** BigInt(shift) : roundedHalfUp(unscaled, 10n ** BigInt(-shift));
  const text = pico.toString().padStart(DECIMALS + 1, "0");
  return `${text.slice(0, -DECIMALS)}.${text.slice(-DECIMALS)}`;
}

const roundedHalfUp = (value: bigint, divisor: bigint): bigint => (value * 2n + divisor) / (divisor * 2n);
