import type { PriceBook, PriceRow } from "./contract.js";

/**
 * Rows that could stand in for `row` for less: the same capability class, no dearer for input or output and cheaper
 * for at least one, in force at `at`, and allowed. Cheapest first (input plus output), at most one row a model.
 *
 * The class is a judgement, so a peer is a candidate to test, never a claim of equal quality. Models that are retired
 * or listed as free (trial quotas, subscriptions) are left out: neither carries a production workload.
 */
export function capabilityPeers(
  book: PriceBook,
  row: PriceRow,
  allow: (candidate: PriceRow) => boolean,
  at: Date,
): readonly PriceRow[] {
  if (row.capabilityClass === null) return [];
  return modelsOfClass(book, row.capabilityClass, allow, at).filter((candidate) => isCheaper(candidate, row));
}

/** Models of a capability class, in force at `at` and allowed; cheapest first, one row a model, as above. */
export function modelsOfClass(
  book: PriceBook,
  capabilityClass: string,
  allow: (candidate: PriceRow) => boolean,
  at: Date,
): readonly PriceRow[] {
  const day = at.toISOString();
  const peers = book.rows.filter(
    (candidate) =>
      candidate.capabilityClass === capabilityClass &&
      candidate.deprecated !== true &&
      candidate.listedAsFree !== true &&
      (candidate.from === null || candidate.from <= day) &&
      (candidate.until === null || candidate.until > day) &&
      allow(candidate),
  );
  // Peak-hour rows and overridden list rows would name a model twice; the row that `find` answers with stays.
  const named = new Map<string, PriceRow>();
  for (const peer of peers) {
    const found = book.find({ provider: peer.provider, model: peer.model, at })?.row;
    if (found !== undefined) named.set(`${peer.provider}\0${peer.model}`, found);
  }
  return [...named.values()].sort(byPrice);
}

function isCheaper(candidate: PriceRow, row: PriceRow): boolean {
  const [theirs, ours] = [candidate.tiers[0]!.rates, row.tiers[0]!.rates];
  if (theirs.input > ours.input || theirs.output > ours.output) return false;
  return theirs.input < ours.input || theirs.output < ours.output;
}

function byPrice(a: PriceRow, b: PriceRow): number {
  const difference =
    a.tiers[0]!.rates.input + a.tiers[0]!.rates.output - b.tiers[0]!.rates.input - b.tiers[0]!.rates.output;
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return `${a.provider}/${a.model}` < `${b.provider}/${b.model}` ? -1 : 1;
}
