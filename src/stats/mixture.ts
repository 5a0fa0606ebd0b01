import { BET_COUNT, betGrid, logMixture } from "./bet-grid.js";

/**
 * E-process against H0 "the mean is at most -margin", for independent draws with values in [-bound, infinity):
 * E = sum_k w_k prod_i (1 + lam_k (d_i + margin)). Under H0 it is a non-negative supermartingale that starts at
 * 1, so P(E ever reaches 1/alpha) <= alpha (Ville): it may be read after every value. A tie (0) multiplies
 * capital k by 1 + lam_k margin: ties are evidence, slowly.
 *
 * For the mirrored question (H0 "the mean is at least -margin") add negated values with the margin negated.
 */
export class MixtureProcess {
  readonly #bets: Float64Array;
  readonly #margin: number;
  readonly #bound: number;
  readonly #logCapitals = new Float64Array(BET_COUNT);
  // Scores take few distinct values, and a logarithm costs far more than a look-up.
  readonly #logFactors = new Map<number, Float64Array>();

  constructor(margin: number, bound = 1) {
    this.#bets = betGrid(margin, bound);
    this.#margin = margin;
    this.#bound = bound;
  }

  /** Adds a value, `count` times. */
  add(value: number, count = 1): void {
    const factors = this.#factors(value);
    for (let k = 0; k < BET_COUNT; k += 1) this.#logCapitals[k]! += count * factors[k]!;
  }

  /** ln E, with `worst` further values of -bound counted in (values that are missing). */
  logEValue(worst = 0): number {
    if (worst === 0) return logMixture(this.#logCapitals);
    const factors = this.#factors(-this.#bound);
    return logMixture(this.#logCapitals.map((capital, k) => capital + worst * factors[k]!));
  }

  #factors(value: number): Float64Array {
    const known = this.#logFactors.get(value);
    if (known !== undefined) return known;
    if (!(value >= -this.#bound)) throw new RangeError(`value ${value} lies below -${this.#bound}`);
    const factors = this.#bets.map((bet) => Math.log1p(bet * (value + this.#margin)));
    this.#logFactors.set(value, factors);
    return factors;
  }
}
