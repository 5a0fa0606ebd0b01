import type { WarehouseRow, WarehouseValue } from "./contract.js";

/** Reads one cell's text. */
export type CellReader = (text: string) => WarehouseValue;

/** `number` where that is exact, else `bigint`. */
export const readWhole: CellReader = (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
};

/** JSON has no number for infinity; what is not finite says nothing. */
export const readFloat: CellReader = (text) => {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};

export const readText: CellReader = (text) => text;

export const readBoolean: CellReader = (text) => text === "true" || text === "1";

/** Text that is not JSON after all stays text. */
export const readJson: CellReader = (text) => {
  try {
    return JSON.parse(text) as WarehouseValue;
  } catch {
    return text;
  }
};

/** `2026-11-20T09:04:52.000Z`; microseconds appear only where they are not whole milliseconds. */
export function isoOfMicros(micros: bigint): string {
  const microsOfMilli = ((micros % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((micros - microsOfMilli) / 1000n)).toISOString();
  return microsOfMilli === 0n ? text : `${text.slice(0, -1)}${microsOfMilli.toString().padStart(3, "0")}Z`;
}

/** Rows of cells that are text or null, with one reader a column. Cells that are no text are taken as they are. */
export function rowsFrom(
  names: readonly string[],
  readers: readonly CellReader[],
  cells: readonly (readonly unknown[])[],
): WarehouseRow[] {
  return cells.map((row) =>
    Object.fromEntries(
      names.map((name, at) => {
        const cell = row[at] ?? null;
        return [name, typeof cell === "string" ? readers[at]!(cell) : (cell as WarehouseValue)];
      }),
    ),
  );
}
