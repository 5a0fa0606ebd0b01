import { RunningStatistics } from "./running-statistics.js";

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const TRUNCATION = 0.5;
const HALVINGS = 60;

/**
 * Two-sided betting confidence sequence ("hedged capital") for the mean of values in [0, 1], valid at all times
 * together. With bets lam_t = sqrt(2 ln(2/alpha) / (v_{t-1} t ln(1+t))), for each candidate mean m
 *   K+ = prod(1 + min(lam_i, c/m) (y_i - m)),  K- = prod(1 - min(lam_i, c/(1-m)) (y_i - m)),  c = 1/2,
 * and m is kept while max(K+, K-) / 2 < 1/alpha. K+ falls and K- rises in m, so both ends are found by bisection;
 * capitals are kept as logarithms. Bets adapt to the spread, so this is narrower than the fixed mixture for
 * graded scores, but depends on the order of values.
 *
 * With a `populationSize` N, values are drawn without replacement: m becomes m_t = (N m - S_{t-1}) / (N - t + 1),
 * an m whose m_t leaves [0, 1] is impossible, and logical bounds S/N and 1 - (t - S)/N close the interval at a
 * census. Source: Waudby-Smith and Ramdas 2024 (arXiv 2010.09686), sections 4.4 and 5.
 */
export class HedgedCapital {
  readonly #alpha: number;
  readonly #populationSize: number | null;
  readonly #statistics = new RunningStatistics();
  readonly #values: number[] = [];
  readonly #bets: number[] = [];
  #sum = 0;

  constructor(alpha: number, populationSize: number | null = null) {
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha ${alpha} must lie strictly between 0 and 1`);
    this.#alpha = alpha;
    this.#populationSize = populationSize;
  }

  push(value: number): void {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`value ${value} lies outside 0..1`);
    if (this.#values.length === this.#populationSize)
      throw new RangeError("more values than the population has");
    const time = this.#values.length + 1;
    const spread = this.#statistics.variance * time * Math.log1p(time);
    this.#bets.push(Math.sqrt((2 * Math.log(2 / this.#alpha)) / spread));
    this.#values.push(value);
    this.#statistics.push(value);
    this.#sum += value;
  }

  interval(): Interval {
    const threshold = Math.log(2 / this.#alpha);
    const lower = bisect((mean) => this.#logCapital(mean, 1) >= threshold);
    const upper = 1 - bisect((distance) => this.#logCapital(1 - distance, -1) >= threshold);
    if (this.#populationSize === null) return { lower, upper };
    const failures = this.#values.length - this.#sum;
    return {
      lower: Math.max(lower, this.#sum / this.#populationSize),
      upper: Math.min(upper, 1 - failures / this.#populationSize),
    };
  }

  #logCapital(mean: number, side: 1 | -1): number {
    let [logCapital, sum] = [0, 0];
    for (let index = 0; index < this.#values.length; index += 1) {
      const value = this.#values[index]!;
      const expected = this.#expected(mean, index, sum);
      // Impossible as too low (side 1) or too high (side -1); on the other side it merely loses.
      if (side === 1 ? expected < 0 : expected > 1) return Number.POSITIVE_INFINITY;
      if (expected < 0 || expected > 1) return Number.NEGATIVE_INFINITY;
      const cap = TRUNCATION / (side === 1 ? expected : 1 - expected);
      logCapital += Math.log1p(side * Math.min(this.#bets[index]!, cap) * (value - expected));
      sum += value;
    }
    return logCapital;
  }

  #expected(mean: number, index: number, sum: number): number {
    if (this.#populationSize === null) return mean;
    return (this.#populationSize * mean - sum) / (this.#populationSize - index);
  }
}

/** Largest point of [0, 1] up to which `excluded` holds; 0 if it never does. */
function bisect(excluded: (point: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (excluded(middle)) low = middle;
    else high = middle;
  }
  return low;
}
