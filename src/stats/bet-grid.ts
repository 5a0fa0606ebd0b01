/**
 * The fixed geometric mixture of bets ("MIX"): bets cap * 2^-k, k = 0..7, weights 1/2, 1/4, .. 1/128, 1/128.
 *
 * Nothing is tuned on data, so the e-value depends only on the multiset of values, never on their order:
 * parallel batches are safe. Method of mixtures over betting martingales: Waudby-Smith and Ramdas, "Estimating
 * means of bounded random variables by betting", JRSS-B 2024 (arXiv 2010.09686), section 4.
 */
export const BET_COUNT = 8;

/** Share of the largest admissible bet that is used, so that no single value can bring the capital to zero. */
export const BET_CAP = 0.99;

/** 2^-k: the bets relative to the largest. */
export const BET_FRACTIONS = Float64Array.from({ length: BET_COUNT }, (_, k) => 2 ** -k);

const LOG_WEIGHTS = Float64Array.from({ length: BET_COUNT }, (_, k) =>
  Math.log(2 ** -Math.min(k + 1, BET_COUNT - 1)),
);

/**
 * Bets against "mean <= -margin" for values that are at least `-bound` (1 for score differences; larger for
 * importance-weighted draws). A bet of at most 1 / (bound - margin) keeps every factor non-negative.
 */
export function betGrid(margin: number, bound = 1): Float64Array {
  if (!(Math.abs(margin) < bound)) {
    throw new RangeError(`margin ${margin} must lie strictly between -${bound} and ${bound}`);
  }
  return BET_FRACTIONS.map((fraction) => (BET_CAP / (bound - margin)) * fraction);
}

/** ln of the weighted mean of the eight capitals, given their logarithms. */
export function logMixture(logCapitals: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < BET_COUNT; k += 1) {
    const term = LOG_WEIGHTS[k]! + logCapitals[k]!;
    if (term > largest) largest = term;
  }
  let sum = 0;
  for (let k = 0; k < BET_COUNT; k += 1) sum += Math.exp(LOG_WEIGHTS[k]! + logCapitals[k]! - largest);
  return largest + Math.log(sum);
}
