import { BET_CAP, BET_COUNT, BET_FRACTIONS, logMixture } from "./bet-grid.js";

/** ln of an e-value that stands for certainty: near the largest that exp() holds, and finite for files. */
export const LOG_CERTAIN = 700;

// Sums of scores carry rounding noise; a claim must clear the margin by more than that to be certain.
const ROUNDING = 1e-12;

// Logarithms cost most, so factors are multiplied first: each lies in 0.01..2e12, and eight stay within a double.
const FACTORS_PER_LOG = 8;

/**
 * E-process against H0 "the mean of these N values is at most -margin", for values in [-1, 1] drawn in random
 * order without replacement. Given the past, the next value has mean m_t = (N m - S_{t-1}) / (N - t + 1) when
 * the whole has mean m = -margin; the mixture of bets is placed against m_t. Logical bounds finish the job: once
 * even the worst remaining values could not bring the mean down to -margin, H0 is impossible.
 * Source: Waudby-Smith and Ramdas 2024 (arXiv 2010.09686), section 5. Depends on the order of values.
 *
 * A value that cannot be had leaves the population (`skip`); the unvisited rest is taken to be obtainable.
 */
export class FiniteMixtureProcess {
  readonly #mean: number;
  readonly #logCapitals = new Float64Array(BET_COUNT);
  readonly #products = new Float64Array(BET_COUNT).fill(1);
  #pending = 0;
  #seen = 0;
  #sum = 0;
  #remaining: number;
  #certain = false;

  constructor(margin: number, populationSize: number) {
    if (!(Number.isInteger(populationSize) && populationSize >= 1)) {
      throw new RangeError(`population size ${populationSize} must be a whole number, at least 1`);
    }
    if (!(Math.abs(margin) <= 1)) throw new RangeError(`margin ${margin} must lie between -1 and 1`);
    this.#mean = -margin;
    this.#remaining = populationSize;
  }

  push(value: number): void {
    if (!(Math.abs(value) <= 1)) throw new RangeError(`value ${value} lies outside -1..1`);
    this.#takeOne();
    const expected = this.#mean + (this.#seen * this.#mean - this.#sum) / (this.#remaining + 1);
    // At -1 all remaining values would have to be -1 under H0: nothing to bet on, logic decides below.
    if (1 + expected > ROUNDING) {
      const relative = (BET_CAP * (value - expected)) / (1 + expected);
      for (let k = 0; k < BET_COUNT; k += 1) this.#products[k]! *= 1 + relative * BET_FRACTIONS[k]!;
      this.#pending += 1;
      if (this.#pending === FACTORS_PER_LOG) this.#takeLogs();
    }
    this.#seen += 1;
    this.#sum += value;
    this.#settle();
  }

  skip(): void {
    this.#takeOne();
    this.#settle();
  }

  logEValue(): number {
    if (this.#certain) return LOG_CERTAIN;
    this.#takeLogs();
    return Math.min(LOG_CERTAIN, logMixture(this.#logCapitals));
  }

  /** Smallest mean that the population can still have. */
  logicalLower(): number {
    const size = this.#seen + this.#remaining;
    return size === 0 ? -1 : (this.#sum - this.#remaining) / size;
  }

  #takeLogs(): void {
    for (let k = 0; k < BET_COUNT; k += 1) this.#logCapitals[k]! += Math.log(this.#products[k]!);
    this.#products.fill(1);
    this.#pending = 0;
  }

  #takeOne(): void {
    if (this.#remaining === 0) throw new RangeError("more values than the population has");
    this.#remaining -= 1;
  }

  #settle(): void {
    if (this.logicalLower() > this.#mean + ROUNDING) this.#certain = true;
  }
}
