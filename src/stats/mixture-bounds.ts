import { BET_CAP, BET_COUNT, BET_FRACTIONS, logMixture } from "./bet-grid.js";
import { FiniteMixtureProcess } from "./finite-mixture.js";

// An interval of length 2 halved 34 times: bounds to 1e-10, kept on the cautious side.
const HALVINGS = 34;

/** A multiset: value to number of occurrences. */
export type Counts = ReadonlyMap<number, number>;

/** Counts of the values; nulls (values that are missing) are left out. */
export function countValues(values: Iterable<number | null>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

/**
 * Lower confidence sequence for the mean of independent draws with values in [-bound, infinity): minus the
 * smallest margin whose mixture e-value (bet-grid.ts) reaches exp(`logThreshold`).
 *
 * Each factor 1 + c (d + margin) / (bound - margin) has derivative c (bound + d) / (bound - margin)^2 >= 0 in the
 * margin, so the e-value never falls as the margin grows and bisection is sound. Hence "the bound exceeds the
 * true mean at some time" implies that the e-process at the true mean crossed, which Ville bounds by
 * exp(-logThreshold): valid at all times together, and the running maximum over times is valid too.
 */
export function mixtureLowerBound(counts: Counts, logThreshold: number, bound = 1): number {
  const values = Float64Array.from(counts.keys());
  const repeats = Float64Array.from(counts.values());
  const total = repeats.reduce((sum, repeat) => sum + repeat, 0);
  if (total === 0) return -bound;
  const mean = values.reduce((sum, value, index) => sum + value * repeats[index]!, 0) / total;
  const logCapitals = new Float64Array(BET_COUNT);
  // Largest mean that is excluded; at the sample mean itself no capital exceeds 1.
  return largestExcluded(-bound, mean, logThreshold, (candidate) => {
    logCapitals.fill(0);
    for (let index = 0; index < values.length; index += 1) {
      const relative = (BET_CAP * (values[index]! - candidate)) / (bound + candidate);
      for (let k = 0; k < BET_COUNT; k += 1) {
        logCapitals[k]! += repeats[index]! * Math.log1p(relative * BET_FRACTIONS[k]!);
      }
    }
    return logMixture(logCapitals);
  });
}

/** Mirror of the lower bound: for values in (-infinity, bound]. */
export function mixtureUpperBound(counts: Counts, logThreshold: number, bound = 1): number {
  const mirrored = new Map([...counts].map(([value, count]) => [0 - value, count]));
  return 0 - mixtureLowerBound(mirrored, logThreshold, bound);
}

/**
 * The same for the first values of a finite population in random order (finite-mixture.ts), with logical bounds:
 * at a census it is the mean. Nulls leave the population. O(values) for each halving.
 */
export function finiteLowerBound(
  values: readonly (number | null)[],
  populationSize: number,
  logThreshold: number,
): number {
  const replay = (mean: number): FiniteMixtureProcess => {
    const process = new FiniteMixtureProcess(-mean, populationSize);
    for (const value of values) {
      if (value === null) process.skip();
      else process.push(value);
    }
    return process;
  };
  const logical = replay(0).logicalLower();
  if (values.length === populationSize) return logical;
  return Math.max(
    logical,
    largestExcluded(-1, 1, logThreshold, (mean) => replay(mean).logEValue()),
  );
}

/** Mirror of the lower bound for a finite population. */
export function finiteUpperBound(
  values: readonly (number | null)[],
  populationSize: number,
  logThreshold: number,
): number {
  const mirrored = values.map((value) => (value === null ? null : 0 - value));
  return 0 - finiteLowerBound(mirrored, populationSize, logThreshold);
}

/** Bisection for the largest mean at which a falling log e-value still reaches the threshold; `low` if none. */
function largestExcluded(
  low: number,
  high: number,
  logThreshold: number,
  logEValueAt: (mean: number) => number,
): number {
  let excluded = low;
  let kept = high;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (excluded + kept) / 2;
    if (logEValueAt(middle) >= logThreshold) excluded = middle;
    else kept = middle;
  }
  return excluded;
}
