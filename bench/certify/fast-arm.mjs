// One question under early stopping, looked at after every pair: the arithmetic of dist/run/certify.js for differences
// that take few values, as products in place of logarithms. Each row of the table first holds the two against each other.
import { CertifyState, DEFAULT_BETA } from "../../dist/run/certify.js";
import { BET_COUNT, betGrid, logMixture, logThreshold, reachableLogEValue } from "../../dist/stats/index.js";

export const ALPHA = 0.05;
const FIRST_FORECAST = 20;
const WEIGHTS = Float64Array.from({ length: BET_COUNT }, (_, k) => 2 ** -Math.min(k + 1, BET_COUNT - 1));

/**
 * What questions of one design share. `law`: values with their chances; values are differences times weights, at
 * least -bound. With `givesUp` false no forecast ends a question.
 */
export function createDesign({ law, margin, family, planned, bound = 1, givesUp = true }) {
  const values = law.map(({ value }) => value);
  const factorsOf = (bets, gain) => values.map((value) => bets.map((bet) => 1 + bet * gain(value)));
  const accepting = factorsOf(betGrid(margin, bound), (value) => value + margin);
  const rejecting = factorsOf(betGrid(-margin, bound), (value) => -value - margin);
  return {
    law,
    values,
    margin,
    planned,
    bound,
    givesUp,
    accepting,
    rejecting,
    tieAccepts: powersOf(accepting[0], planned),
    tieRejects: powersOf(rejecting[0], planned),
    certifyAt: Math.exp(logThreshold(ALPHA, family)),
    rejectAt: 1 / DEFAULT_BETA,
    /** Forecasts depend on how often each value was seen, and on nothing else. */
    forecasts: new Map(),
  };
}

/** Row n holds the factors to the power n. */
function powersOf(factors, most) {
  const powers = new Float64Array((most + 1) * BET_COUNT).fill(1, 0, BET_COUNT);
  for (let at = BET_COUNT; at < powers.length; at += 1)
    powers[at] = powers[at - BET_COUNT] * factors[at % BET_COUNT];
  return powers;
}

/** Seeded pairs of a law, ties drawn a run at a time: most pairs tie. */
export class Pairs {
  #tie;
  #others;
  #random;
  tiesLeft = 0;

  constructor(law, random) {
    this.#random = random;
    this.#tie = Math.log(law[0].chance);
    const rest = 1 - law[0].chance;
    let below = 0;
    this.#others = law.slice(1).map(({ chance }) => (below += chance / rest));
    this.#drawTies();
  }

  /** Place in the law of the next pair. */
  next() {
    if (this.tiesLeft > 0) {
      this.tiesLeft -= 1;
      return 0;
    }
    this.#drawTies();
    const uniform = this.#random.next();
    let at = 0;
    while (at < this.#others.length - 1 && uniform >= this.#others[at]) at += 1;
    return at + 1;
  }

  #drawTies() {
    this.tiesLeft = Math.floor(Math.log1p(-this.#random.next()) / this.#tie);
  }
}

/** One question; `verdict` is null while open. */
export class Arm {
  #design;
  #draws;
  #accept = new Float64Array(BET_COUNT).fill(1);
  #reject = new Float64Array(BET_COUNT).fill(1);
  #counts;
  #nextForecast = FIRST_FORECAST;
  #eValue = 1;
  pairs = 0;
  verdict = null;

  constructor(design, random) {
    this.#design = design;
    this.#draws = new Pairs(design.law, random);
    this.#counts = new Int32Array(design.law.length);
  }

  get progress() {
    return Math.log(this.#eValue) / Math.log(this.#design.certifyAt);
  }

  /** One more pair. */
  push() {
    const { accepting, rejecting, certifyAt, rejectAt } = this.#design;
    const at = this.#draws.next();
    const [up, down] = [accepting[at], rejecting[at]];
    let certifies = 0;
    let rejects = 0;
    for (let k = 0; k < BET_COUNT; k += 1) {
      this.#accept[k] *= up[k];
      this.#reject[k] *= down[k];
      certifies += WEIGHTS[k] * this.#accept[k];
      rejects += WEIGHTS[k] * this.#reject[k];
    }
    this.#counts[at] += 1;
    this.pairs += 1;
    this.#eValue = certifies;
    if (certifies >= certifyAt) this.verdict = "certified";
    else if (rejects >= rejectAt) this.verdict = "rejected";
    else this.#forecastIfDue();
  }

  /** Ties up to the next forecast at once; false where one of them certifies. A tie never rejects. */
  #skipTies() {
    const { tieAccepts, tieRejects, certifyAt, planned, givesUp } = this.#design;
    const until = givesUp ? Math.min(planned, this.#nextForecast) : planned;
    const ties = Math.min(this.#draws.tiesLeft, until - this.pairs);
    if (ties < 2) return false;
    const from = ties * BET_COUNT;
    let certifies = 0;
    for (let k = 0; k < BET_COUNT; k += 1) certifies += WEIGHTS[k] * this.#accept[k] * tieAccepts[from + k];
    if (certifies >= certifyAt) return false;
    for (let k = 0; k < BET_COUNT; k += 1) {
      this.#accept[k] *= tieAccepts[from + k];
      this.#reject[k] *= tieRejects[from + k];
    }
    this.#draws.tiesLeft -= ties;
    this.#counts[0] += ties;
    this.pairs += ties;
    this.#eValue = certifies;
    this.#forecastIfDue();
    return true;
  }

  #forecastIfDue() {
    const { givesUp, planned } = this.#design;
    if (givesUp && this.pairs >= this.#nextForecast && this.pairs < planned) this.#forecast();
  }

  /** To its verdict, or to the last pair planned. */
  run() {
    while (this.verdict === null && this.pairs < this.#design.planned) if (!this.#skipTies()) this.push();
    return { verdict: this.verdict ?? "inconclusive", pairs: this.pairs };
  }

  #forecast() {
    this.#nextForecast = Math.max(this.pairs + 5, Math.ceil(this.pairs * 1.05));
    const { planned, forecasts } = this.#design;
    let key = this.pairs;
    for (let at = 1; at < this.#counts.length; at += 1) key = key * (planned + 1) + this.#counts[at];
    if (!forecasts.has(key)) forecasts.set(key, this.#isFutile());
    if (forecasts.get(key)) this.verdict = "futile";
  }

  #isFutile() {
    const { values, margin, bound, planned, certifyAt, rejectAt } = this.#design;
    const left = planned - this.pairs;
    const seen = new Map(
      values.map((value, at) => [value, this.#counts[at]]).filter(([, count]) => count > 0),
    );
    const mirrored = new Map([...seen].map(([value, count]) => [-value, count]));
    const logE = (capitals) => logMixture(capitals.map(Math.log));
    const certifies = reachableLogEValue(seen, logE(this.#accept), left, { margin, bound });
    const rejects = reachableLogEValue(mirrored, logE(this.#reject), left, { margin: -margin, bound });
    return certifies < Math.log(certifyAt) && rejects < Math.log(rejectAt);
  }
}

/** The same run by the product's own code. */
export function runByProduct({ law, margin, family, planned, bound = 1, givesUp = true }, random) {
  const state = new CertifyState({
    ...{ alpha: ALPHA, family, margin, planned: givesUp ? planned : null, largestWeight: bound },
    ...{ population: "traffic", populationSize: null, earlyStopping: true },
  });
  const draws = new Pairs(law, random);
  while (state.pairs < planned && !state.finished) {
    const { value, weight = 1 } = law[draws.next()];
    state.push({ difference: value / weight, baselineScore: null, candidateScore: null, weight });
  }
  return { verdict: state.verdict, pairs: state.pairs };
}

/** Losses, wins and ties with the given mean difference; disagreement grows where the mean needs it. */
export function ternaryLaw(disagreement, mean) {
  const p = Math.max(disagreement, Math.abs(mean));
  return [
    { value: 0, chance: 1 - p },
    { value: -1, chance: (p - mean) / 2 },
    { value: 1, chance: (p + mean) / 2 },
  ];
}
