/**
 * Agreement of two partitions of the same items beyond chance: 1 when equal, about 0 for unrelated ones.
 * Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985).
 */
export function adjustedRandIndex(
  left: ArrayLike<number | string>,
  right: ArrayLike<number | string>,
): number {
  const n = left.length;
  if (n !== right.length) throw new RangeError(`partitions of ${n} and ${right.length} items`);
  const cells = new Map<string, number>();
  const rows = new Map<number | string, number>();
  const columns = new Map<number | string, number>();
  for (let at = 0; at < n; at += 1) {
    const cell = `${left[at]}\0${right[at]}`;
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
    rows.set(left[at]!, (rows.get(left[at]!) ?? 0) + 1);
    columns.set(right[at]!, (columns.get(right[at]!) ?? 0) + 1);
  }
  const pairsIn = (counts: ReadonlyMap<unknown, number>): number => {
    let sum = 0;
    for (const count of counts.values()) sum += (count * (count - 1)) / 2;
    return sum;
  };
  const [together, inRows, inColumns] = [pairsIn(cells), pairsIn(rows), pairsIn(columns)];
  const all = (n * (n - 1)) / 2;
  const expected = all === 0 ? 0 : (inRows * inColumns) / all;
  const largest = (inRows + inColumns) / 2;
  // Both partitions trivial in the same way: they agree.
  return largest === expected ? 1 : (together - expected) / (largest - expected);
}
