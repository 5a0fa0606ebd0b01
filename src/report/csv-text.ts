export type Cell = string | number | boolean;

/** A CSV table with its heading (RFC 4180). */
export const toCsv = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [columns, ...rows].map((cells) => `${cells.map(escapeCell).join(",")}\n`).join("");

/**
 * RFC 4180 quoting. Text that a spreadsheet would run as a formula gets an apostrophe in front
 * (OWASP, "CSV Injection"); numbers keep their minus sign.
 */
function escapeCell(cell: Cell): string {
  const isNumber = typeof cell === "number" || (typeof cell === "string" && /^-?\d+(\.\d+)?$/.test(cell));
  const text = !isNumber && /^[=+\-@\t\r]/.test(`${cell}`) ? `'${cell}` : `${cell}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
