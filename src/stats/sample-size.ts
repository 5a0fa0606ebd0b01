import { BET_COUNT, betGrid, logMixture } from "./bet-grid.js";
import { logThreshold } from "./multiplicity.js";

export interface TestDesign {
  readonly margin: number;
  readonly alpha: number;
  /** Tests that share alpha. */
  readonly family?: number;
  /** Values are at least -bound; 1 for score differences. */
  readonly bound?: number;
}

/**
 * Fewest pairs with which any valid method can accept when no pair is a win: ln(alpha/K) / ln(1 - margin).
 * If a loss of 1 has probability `margin`, n pairs all tie with probability (1 - margin)^n, so accepting earlier
 * on ties would be wrong too often, whatever the method.
 */
export function tieFloor({ margin, alpha, family = 1 }: TestDesign): number {
  if (!(margin < 1)) throw new RangeError(`margin ${margin} must be below 1`);
  return margin <= 0
    ? Number.POSITIVE_INFINITY
    : Math.ceil(-logThreshold(alpha, family) / Math.log1p(-margin));
}

/** Pairs after which the mixture of bets accepts a candidate that ties every time (Infinity for margin 0). */
export function allTiePairs({ margin, alpha, family = 1, bound = 1 }: TestDesign): number {
  if (margin <= 0) return Number.POSITIVE_INFINITY;
  const threshold = logThreshold(alpha, family);
  const perTie = betGrid(margin, bound).map((bet) => Math.log1p(bet * margin));
  const accepts = (pairs: number): boolean => logMixture(perTie.map((log) => pairs * log)) >= threshold;
  let high = 1;
  while (!accepts(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (accepts(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export interface ObservedPairs {
  /** Mean difference seen, or assumed (0: an equivalent candidate). */
  readonly difference: number;
  /** Mean of squared differences; for right-or-wrong scores the share of pairs that disagree. */
  readonly secondMoment: number;
}

/**
 * Pairs in all for about 80 % power; null when no number is expected to be enough (difference <= -margin).
 *
 * Rule of thumb: max(ln(2K/alpha) (bound - margin) / g, 2.8 * 2 p ln(K/alpha) / g^2) with g = difference + margin
 * and p the second moment. The first term is the all-tie run; 2 p ln(K/alpha) / g^2 is the asymptotic time of the
 * best single bet (growth rate g^2 / 2p), and 2.8 the mixture's 80 % point over it, from simulations with margins
 * 1 to 5 points and 2 to 20 % disagreement.
 */
export function samplesNeeded(observed: ObservedPairs, design: TestDesign): number | null {
  const { margin, alpha, family = 1, bound = 1 } = design;
  const gain = observed.difference + margin;
  if (!(gain > 0)) return null;
  const threshold = logThreshold(alpha, family);
  const ties = ((threshold + Math.LN2) * (bound - margin)) / gain;
  const spread = (2.8 * 2 * observed.secondMoment * threshold) / gain ** 2;
  return Math.ceil(Math.max(ties, spread));
}

/** One-sided 5 % point of the normal distribution. */
const OPTIMISM = 1.64;

/**
 * Highest ln e-value that `remaining` further values will plausibly reach: ln E plus the best bet's growth over
 * them at the mean seen so far and 1.64 predictive standard deviations of luck. m values predicted from n vary by
 * sd^2 (m + m^2 / n): they are random, and so is the mean that they are predicted from; without the second term the
 * forecast gave up a third of the equivalent candidates that it should have certified. One best value not seen yet
 * is counted into the deviation, so that a run of ties does not look free of luck. A forecast for stopping early
 * without a verdict; it decides nothing else, so error rates never depend on it.
 */
export function reachableLogEValue(
  counts: ReadonlyMap<number, number>,
  logEValue: number,
  remaining: number,
  { margin, bound = 1 }: Pick<TestDesign, "margin" | "bound">,
): number {
  const bets = betGrid(margin, bound);
  let growth = 0;
  for (let k = 0; k < BET_COUNT; k += 1) {
    const best = Math.log1p(bets[k]! * (bound + margin));
    let [total, sum, squares] = [0, 0, best * best];
    for (const [value, count] of counts) {
      const log = Math.log1p(bets[k]! * (value + margin));
      total += count;
      sum += count * log;
      squares += count * log * log;
    }
    const mean = total === 0 ? best : sum / total;
    const deviation = Math.sqrt(Math.max(0, squares / (total + 1) - mean * mean));
    const predictive = deviation * Math.sqrt(remaining * (1 + remaining / (total + 1)));
    growth = Math.max(growth, remaining * mean + OPTIMISM * predictive);
  }
  return logEValue + growth;
}
