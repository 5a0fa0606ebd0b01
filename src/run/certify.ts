import {
  createFiniteTest,
  createStreamTest,
  type LossTest,
  logThreshold,
  type MissingRule,
  reachableLogEValue,
  samplesNeeded,
} from "../stats/index.js";
import type { Certificate, CertifyOptions, Pair } from "./certificate.js";
import { type BoundsOptions, boundsNow, boundsPath, differenceOf } from "./certify-bounds.js";
import type { Verdict } from "./contract.js";

export type { Certificate, CertifyOptions, Pair } from "./certificate.js";

export const DEFAULT_BETA = 0.1;

/**
 * Largest share of pairs without a grade that may be left out. Above it each counts as the worst case for the
 * claim at hand: a full loss where the lower bound and acceptance are concerned, a full win for upper bound and
 * rejection. Below it they are taken to be missing for both sides alike, and are counted.
 */
export const TOLERATED_MISSING_SHARE = 0.02;

// Forecasts from fewer pairs would stop on noise.
const FIRST_FORECAST = 20;
// A forecast costs a pass over the distinct differences: every fifth pair, later every twentieth part more.
const FORECAST_STEP = 5;
const FORECAST_GROWTH = 1.05;

const ROUNDING = 1e-12;

/** Verdict on one candidate while its pairs come in. Give pairs in the fixed sample order. */
export class CertifyState {
  readonly #options: Required<CertifyOptions>;
  readonly #accept: LossTest;
  readonly #reject: LossTest;
  readonly #threshold: number;
  readonly #differences: (number | null)[] = [];
  readonly #counts = new Map<number, number>();
  readonly #scores = { baseline: 0, candidate: 0, scored: 0 };
  #missing = 0;
  #disagreeing = 0;
  #logEValue = 0;
  #largestLogEValue = 0;
  #verdict: Verdict = "inconclusive";
  #decidedAt: number | null = null;
  #nextForecast = FIRST_FORECAST;

  constructor(options: CertifyOptions) {
    this.#options = {
      ...options,
      beta: options.beta ?? DEFAULT_BETA,
      planned: options.planned ?? null,
      largestWeight: options.largestWeight ?? 1,
    };
    const { margin, beta, population, populationSize, largestWeight } = this.#options;
    if (!(margin >= 0 && margin < 1)) throw new RangeError(`margin ${margin} must lie in [0, 1)`);
    if (!(beta > 0 && beta < 1)) throw new RangeError(`beta ${beta} must lie strictly between 0 and 1`);
    this.#threshold = logThreshold(options.alpha, options.family);
    if (population === "traffic") {
      this.#accept = createStreamTest(margin, largestWeight);
      this.#reject = createStreamTest(-margin, largestWeight);
      return;
    }
    if (populationSize === null) throw new RangeError("a claim about these samples needs their number");
    if (largestWeight !== 1) throw new RangeError("weighted draws speak for traffic, not for these samples");
    this.#accept = createFiniteTest(margin, populationSize);
    this.#reject = createFiniteTest(-margin, populationSize);
  }

  /** `inconclusive` means: not yet. */
  get verdict(): Verdict {
    return this.#verdict;
  }

  /** With early stopping, true once a verdict stands; later pairs change nothing. */
  get finished(): boolean {
    return this.#options.earlyStopping && this.#verdict !== "inconclusive";
  }

  get pairs(): number {
    return this.#differences.length;
  }

  /** ln E now as a share of what acceptance takes: about 0 at the start, 1 when certified. For allocation. */
  get progress(): number {
    return this.#logEValue / this.#threshold;
  }

  /** Takes the next pair. Ignored once finished, so answers that were under way cannot change a verdict. */
  push(pair: Pair): Verdict {
    if (this.finished) return this.#verdict;
    this.#record(pair);
    const missing = this.#missingRule();
    this.#logEValue = this.#accept.logEValue(missing);
    this.#largestLogEValue = Math.max(this.#largestLogEValue, this.#logEValue);
    if (this.#isCensus()) this.#decideByCensus();
    else if (this.#verdict === "inconclusive") this.#decide(missing);
    return this.#verdict;
  }

  certificate(): Certificate {
    const { margin, family, population } = this.#options;
    const verdict = this.#finalVerdict();
    const n = this.pairs;
    const path = boundsPath(this.#differences, this.#boundsOptions());
    const last = path.at(-1);
    const lower = last?.lower ?? -1;
    return {
      verdict,
      population,
      n,
      decidedAt: verdict === "inconclusive" ? null : (this.#decidedAt ?? n),
      baselineScore: this.#meanScore("baseline"),
      candidateScore: this.#meanScore("candidate"),
      difference: differenceOf(this.#counts),
      lower,
      upper: last?.upper ?? 1,
      margin,
      certifiableMargin: Math.max(0, -lower),
      samplesNeeded: this.#samplesNeeded(verdict),
      missing: this.#missing,
      eValue: this.#largestLogEValue,
      family,
      disagreement: this.#disagreeing / Math.max(1, n - this.#missing),
      path,
    };
  }

  #record({ difference, baselineScore, candidateScore, weight = 1 }: Pair): void {
    if (difference !== null && !(Math.abs(difference) <= 1)) {
      throw new RangeError(`difference ${difference} lies outside -1..1`);
    }
    if (!(weight > 0 && weight <= this.#options.largestWeight)) {
      throw new RangeError(`weight ${weight} lies outside 0..${this.#options.largestWeight}`);
    }
    const value = difference === null ? null : difference * weight;
    this.#differences.push(value);
    this.#accept.push(value);
    this.#reject.push(value === null ? null : -value);
    if (value === null) {
      this.#missing += 1;
      return;
    }
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    if (value !== 0) this.#disagreeing += 1;
    if (baselineScore === null || candidateScore === null) return;
    this.#scores.baseline += baselineScore * weight;
    this.#scores.candidate += candidateScore * weight;
    this.#scores.scored += 1;
  }

  #decide(missing: MissingRule): void {
    if (this.#logEValue >= this.#threshold) this.#conclude("certified");
    else if (this.#reject.logEValue(missing) >= -Math.log(this.#options.beta)) this.#conclude("rejected");
    else if (this.#options.earlyStopping && this.#forecastIsDue() && this.#isFutile())
      this.#conclude("futile");
  }

  /** All N are known: arithmetic replaces inference, and overrides a verdict that chance brought about. */
  #decideByCensus(): void {
    const { lower, upper } = boundsNow(this.#differences, this.#boundsOptions());
    const { margin } = this.#options;
    if (lower >= -margin - ROUNDING) this.#conclude("certified");
    else if (upper < -margin - ROUNDING) this.#conclude("rejected");
    else this.#conclude("inconclusive");
  }

  #conclude(verdict: Verdict): void {
    if (verdict === this.#verdict) return;
    this.#verdict = verdict;
    this.#decidedAt = verdict === "inconclusive" ? null : this.pairs;
  }

  #finalVerdict(): Verdict {
    return this.#verdict === "inconclusive" && this.#isFutile() ? "futile" : this.#verdict;
  }

  #forecastIsDue(): boolean {
    if (this.pairs < this.#nextForecast) return false;
    this.#nextForecast = Math.max(this.pairs + FORECAST_STEP, Math.ceil(this.pairs * FORECAST_GROWTH));
    return true;
  }

  /** True if pairs are left, but neither acceptance nor rejection is expected within them. */
  #isFutile(): boolean {
    const { planned, population, populationSize, margin, beta, largestWeight: bound } = this.#options;
    if (planned === null || planned <= this.pairs || this.pairs < FIRST_FORECAST) return false;
    // A census decides, whatever has been seen so far.
    if (population === "samples" && planned >= populationSize!) return false;
    const left = planned - this.pairs;
    const mirrored = new Map([...this.#counts].map(([value, count]) => [-value, count]));
    const accept = reachableLogEValue(this.#counts, this.#logEValue, left, { margin, bound });
    const rejectNow = this.#reject.logEValue(this.#missingRule());
    const reject = reachableLogEValue(mirrored, rejectNow, left, { margin: -margin, bound });
    return accept < this.#threshold && reject < -Math.log(beta);
  }

  #samplesNeeded(verdict: Verdict): number | null {
    const { margin, alpha, family, largestWeight: bound, population, populationSize } = this.#options;
    if (verdict === "certified") return 0;
    if (verdict === "rejected") return null;
    const toCensus = population === "samples" ? populationSize! - this.pairs : null;
    // An open census lacks grades, not pairs.
    if (toCensus === 0) return null;
    const graded = Math.max(1, this.pairs - this.#missing);
    let squares = 0;
    for (const [value, count] of this.#counts) squares += count * value * value;
    const observed = { difference: differenceOf(this.#counts) ?? 0, secondMoment: squares / graded };
    const total = samplesNeeded(observed, { margin, alpha, family, bound });
    if (total === null) return toCensus;
    const more = Math.max(1, total - this.pairs);
    return toCensus === null ? more : Math.min(more, toCensus);
  }

  #isCensus(): boolean {
    return this.#options.population === "samples" && this.pairs === this.#options.populationSize;
  }

  #missingRule(): MissingRule {
    return missingRule(this.#missing, this.pairs);
  }

  #meanScore(side: "baseline" | "candidate"): number | null {
    return this.#scores.scored === 0 ? null : this.#scores[side] / this.#scores.scored;
  }

  #boundsOptions(): BoundsOptions {
    const { population, populationSize, largestWeight, margin } = this.#options;
    return {
      populationSize: population === "samples" ? populationSize : null,
      bound: largestWeight,
      logThreshold: this.#threshold,
      missingRule,
      certified: this.#verdict === "certified" ? { at: this.#decidedAt!, margin } : null,
    };
  }
}

function missingRule(missing: number, pairs: number): MissingRule {
  return missing > TOLERATED_MISSING_SHARE * pairs ? "worst" : "omit";
}

/**
 * Decides whether a candidate loses more than `margin` against the baseline.
 *
 * - certified: the mixture e-process against "mean difference <= -margin" reached K / alpha at some count. By
 *   Ville's inequality this happens with probability at most alpha / K if the loss is at least the margin, no
 *   matter how often one looks.
 * - rejected: the mirrored process against "mean difference >= -margin" reached 1 / beta.
 * - futile: pairs are left, but neither is expected within them. A forecast: it never certifies.
 * - inconclusive: none of these.
 *
 * The first boundary crossed decides. Without early stopping all pairs still enter scores and bounds. For the
 * population `samples` pairs are a random order of N prompts without replacement, and once all N are graded the
 * verdict is their arithmetic. Population and margin belong to the claim: fix both before any answer is seen.
 */
export function certify(pairs: Iterable<Pair>, options: CertifyOptions): Certificate {
  const state = new CertifyState(options);
  for (const pair of pairs) {
    state.push(pair);
    if (state.finished) break;
  }
  return state.certificate();
}
