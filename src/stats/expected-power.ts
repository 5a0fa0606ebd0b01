import { BET_COUNT, betGrid, logMixture } from "./bet-grid.js";
import { betaCdf, lnGamma } from "./beta.js";
import { logThreshold } from "./multiplicity.js";
import type { TestDesign } from "./sample-size.js";

// Counts of disagreeing pairs further out than this many standard deviations weigh less than 1e-8.
const DEVIATIONS = 6;

/**
 * Chance that `pairs` pairs certify an equivalent candidate: right-or-wrong scores, of which a share `disagreement`
 * differ, half of them for the candidate. Exact, over the number of disagreeing pairs (binomial) and of wins among them,
 * at the last pair. A run looks after every pair and keeps the first boundary, so its chance is somewhat larger.
 *
 * `isCensus`: the pairs are the whole population, and arithmetic decides.
 */
export function expectedPower(
  design: TestDesign,
  pairs: number,
  disagreement: number,
  isCensus = false,
): number {
  const { margin } = design;
  if (pairs === 0 || (margin <= 0 && !isCensus)) return 0;
  const wins = isCensus
    ? (differing: number) => Math.max(0, Math.ceil((differing - margin * pairs) / 2 - 1e-9))
    : winsNeeded(design, pairs);
  const mean = pairs * disagreement;
  const reach = DEVIATIONS * Math.sqrt(mean * (1 - disagreement)) + 1;
  let chance = 0;
  for (
    let differing = Math.max(0, Math.floor(mean - reach));
    differing <= Math.min(pairs, mean + reach);
    differing += 1
  ) {
    const needed = wins(differing);
    if (needed > differing) continue;
    const enough = needed === 0 ? 1 : betaCdf(0.5, needed, differing - needed + 1);
    chance += binomial(differing, pairs, disagreement) * enough;
  }
  return Math.min(1, chance);
}

/** Fewest wins among that many disagreeing pairs with which the e-process is at its threshold; one more: none are enough. */
function winsNeeded(
  { margin, alpha, family = 1, bound = 1 }: TestDesign,
  pairs: number,
): (differing: number) => number {
  const threshold = logThreshold(alpha, family);
  const logs = (value: number): Float64Array =>
    betGrid(margin, bound).map((bet) => Math.log1p(bet * (value + margin)));
  const [win, tie, loss] = [logs(1), logs(0), logs(-1)];
  const capitals = new Float64Array(BET_COUNT);
  const accepts = (won: number, lost: number): boolean => {
    for (let k = 0; k < BET_COUNT; k += 1)
      capitals[k] = won * win[k]! + lost * loss[k]! + (pairs - won - lost) * tie[k]!;
    return logMixture(capitals) >= threshold;
  };
  return (differing) => {
    let [low, high] = [0, differing + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (accepts(middle, differing - middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function binomial(count: number, of: number, chance: number): number {
  if (chance <= 0 || chance >= 1) return count === of * chance ? 1 : 0;
  const logWays = lnGamma(of + 1) - lnGamma(count + 1) - lnGamma(of - count + 1);
  return Math.exp(logWays + count * Math.log(chance) + (of - count) * Math.log1p(-chance));
}
