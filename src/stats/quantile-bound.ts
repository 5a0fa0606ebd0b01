import { betGrid, logMixture } from "./bet-grid.js";

/**
 * Most values above a point, out of `count`, with which the share `tail` of the law above it is still shown to be
 * smaller: the mixture e-process against "the chance to lie above is at least tail" (`mixture.ts` with -1 for each
 * value above) reaches exp(`logThreshold`). null where not even none is enough.
 *
 * The (count - k)-th smallest value is then an upper bound of the (1 - tail) quantile, at every count together: were
 * it below the quantile, the process at the quantile itself would have crossed.
 */
export function exceedancesAllowed(count: number, tail: number, logThreshold: number): number | null {
  const bets = betGrid(tail);
  const below = bets.map((bet) => Math.log1p(bet * tail));
  const above = bets.map((bet) => Math.log1p(bet * (tail - 1)));
  const isShown = (exceeding: number): boolean =>
    logMixture(below.map((log, k) => (count - exceeding) * log + exceeding * above[k]!)) >= logThreshold;
  if (!isShown(0)) return null;
  let [low, high] = [0, Math.ceil(count * tail) + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isShown(middle)) low = middle;
    else high = middle;
  }
  return low;
}
