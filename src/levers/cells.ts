import type { PriceBook, PricedUsage, PriceRow } from "../pricing/contract.js";
import { priceUsage } from "../pricing/price-usage.js";
import type { CellKey, WorkloadCell } from "../profile/contract.js";
import type { PicoUsd } from "../shared/money.js";

/** The price row in force for a model at `at`; null when it is not in the book. */
export function rowOf(
  book: PriceBook,
  model: { readonly provider: string; readonly model: string },
  at: Date,
): PriceRow | null {
  return book.find({ provider: model.provider, model: model.model, at })?.row ?? null;
}

/** List price of one cell; null when its model is not in the book. The only place where cells become money. */
export function priceCell(cell: WorkloadCell, book: PriceBook, at: Date): PricedUsage | null {
  if (cell.fleet !== undefined) return SERVED_BY_FLEET;
  const row = rowOf(book, cell, at);
  return row === null ? null : priceUsage(cell, row, cell);
}

/** What a fleet serves costs nothing by the token; the fleet's cost is counted with the fleet. */
const SERVED_BY_FLEET: PricedUsage = { amount: 0n, fallbacks: [] };

/** List price of all priced cells. */
export function priceCells(cells: readonly WorkloadCell[], book: PriceBook, at: Date): PicoUsd {
  return cells.reduce((sum, cell) => sum + (priceCell(cell, book, at)?.amount ?? 0n), 0n);
}

/** Equal for a reuse row and the cells that it speaks of. */
export function cellKey(key: CellKey): string {
  const { cluster, provider, model, contextClass, batch, routedFrom = "" } = key;
  return JSON.stringify([cluster, provider, model, contextClass, batch, routedFrom]);
}

/** Whether the provider's batch interface already bills this cell. */
export function isBatch(cell: Pick<WorkloadCell, "batch" | "serviceTier">): boolean {
  return cell.batch || cell.serviceTier === "batch";
}

export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
