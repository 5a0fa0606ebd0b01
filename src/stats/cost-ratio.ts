import { BET_CAP, BET_COUNT, BET_FRACTIONS, logMixture } from "./bet-grid.js";

/** One pair: what each side cost (any unit, at least 0) and whether its answer was accepted (0 or 1). */
export interface CostPair {
  readonly baselineCost: number;
  readonly baselineAccepted: number;
  readonly candidateCost: number;
  readonly candidateAccepted: number;
}

export interface CostRatioOptions {
  /** Chance of a false claim, whenever it is read. */
  readonly alpha: number;
  /** Most that a call of each side can cost, fixed before any was made. */
  readonly baselineBound: number;
  readonly candidateBound: number;
}

// An interval of numbers halved on a logarithmic scale: ends to nine digits, kept on the cautious side.
const HALVINGS = 60;
const SPAN = 1e9;
const SAVING_STEPS = 100;

/**
 * Largest saving s (a multiple of 1 %) for which the candidate's cost per accepted answer is shown to be at most
 * (1 - s) of the baseline's; null where not even s = 0 is shown. Valid at every number of pairs together.
 *
 * Cost per accepted answer is a ratio of means, rho = E c / E a, so it is tested in two parts.
 * 1. A betting confidence sequence for the baseline's rho at alpha / 2: c / rho - a has mean 0 at the true rho, falls
 *    in rho and is at least -1; (rho a - c) / B the other way round. Each end takes alpha / 4.
 * 2. At each rho in it, the paired process at alpha / 2 against "the saving is at most s": with k = 1 / (1 - s),
 *      z = c_b - rho (a_b - a_c) - k c_c,   E z = k (rho' - rho_c) E a_c with rho' = (1 - s) rho,
 *    has mean at most 0 under it and is at least -(rho + k B_c), by which it is scaled. The claim needs all of them to
 *    cross. Every factor 1 + g z / (rho + k B_c) is linear in v = 1 / (rho + k B_c), so ln E of one bet is concave in
 *    v, and least at an end of the interval: two evaluations bound them all.
 * A baseline cost leaves z only through itself, so pairing pays: where both sides accept the same answers, rho cancels.
 * Savings are tested in order from 0 and stop at the first that fails (fixed sequence), so no alpha is split.
 * Bets are the mixture of `bet-grid.ts`; Ville's inequality and the union bound do the rest.
 */
export function certifiedSaving(pairs: readonly CostPair[], options: CostRatioOptions): number | null {
  const grouped = group(pairs);
  const range = ratioInterval(grouped, options.baselineBound, options.alpha / 4);
  if (range === null) return null;
  const threshold = Math.log(2 / options.alpha);
  let saving: number | null = null;
  for (let step = 0; step < SAVING_STEPS; step += 1) {
    const tested = step / SAVING_STEPS;
    if (logEValueOver(grouped, range, 1 / (1 - tested), options.candidateBound) < threshold) break;
    saving = tested;
  }
  return saving;
}

/** Equal pairs once, with their number: recorded costs repeat, and a logarithm costs more than a look-up. */
function group(pairs: readonly CostPair[]): Counted[] {
  const groups = new Map<string, { pair: CostPair; count: number }>();
  for (const pair of pairs) {
    const key = `${pair.baselineCost} ${pair.baselineAccepted} ${pair.candidateCost} ${pair.candidateAccepted}`;
    const known = groups.get(key) ?? { pair, count: 0 };
    groups.set(key, known);
    known.count += 1;
  }
  return [...groups.values()];
}

interface Counted {
  readonly pair: CostPair;
  readonly count: number;
}

/** Both ends of a confidence sequence for the baseline's cost per accepted answer; null while an end is open. */
function ratioInterval(
  pairs: readonly Counted[],
  bound: number,
  alpha: number,
): { readonly low: number; readonly high: number } | null {
  const [cost, accepted] = [
    total(pairs, ({ baselineCost }) => baselineCost),
    total(pairs, ({ baselineAccepted }) => baselineAccepted),
  ];
  if (!(cost > 0 && accepted > 0)) return null;
  const observed = cost / accepted;
  const threshold = Math.log(1 / alpha);
  const isAbove = (rho: number): boolean =>
    logEValue(pairs, ({ baselineCost, baselineAccepted }) => baselineCost / rho - baselineAccepted) >=
    threshold;
  const isBelow = (rho: number): boolean =>
    logEValue(
      pairs,
      ({ baselineCost, baselineAccepted }) => (rho * baselineAccepted - baselineCost) / bound,
    ) >= threshold;
  if (!isAbove(observed / SPAN) || !isBelow(observed * SPAN)) return null;
  return {
    low: bisect(observed / SPAN, observed, isAbove),
    high: bisect(observed * SPAN, observed, isBelow),
  };
}

/** Furthest point from `sure` towards `open` that still holds. */
function bisect(sure: number, open: number, holds: (point: number) => boolean): number {
  let [good, bad] = [sure, open];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = Math.sqrt(good * bad);
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** A lower bound of ln E over all rho in the range. */
function logEValueOver(
  pairs: readonly Counted[],
  { low, high }: { readonly low: number; readonly high: number },
  factor: number,
  bound: number,
): number {
  const [atLow, atHigh] = [low, high].map((rho) =>
    logCapitals(pairs, ({ baselineCost, baselineAccepted, candidateCost, candidateAccepted }) => {
      const z = baselineCost - rho * (baselineAccepted - candidateAccepted) - factor * candidateCost;
      return z / (rho + factor * bound);
    }),
  );
  return logMixture(atLow!.map((capital, k) => Math.min(capital, atHigh![k]!)));
}

const logEValue = (pairs: readonly Counted[], value: (pair: CostPair) => number): number =>
  logMixture(logCapitals(pairs, value));

/** ln of each bet's capital over values that are at least -1, against "their mean is at most 0". */
function logCapitals(pairs: readonly Counted[], value: (pair: CostPair) => number): Float64Array {
  const capitals = new Float64Array(BET_COUNT);
  for (const { pair, count } of pairs) {
    const bet = BET_CAP * value(pair);
    for (let k = 0; k < BET_COUNT; k += 1) capitals[k]! += count * Math.log1p(bet * BET_FRACTIONS[k]!);
  }
  return capitals;
}

const total = (pairs: readonly Counted[], of: (pair: CostPair) => number): number =>
  pairs.reduce((sum, { pair, count }) => sum + count * of(pair), 0);
