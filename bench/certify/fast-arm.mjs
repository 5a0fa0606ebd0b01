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
  let below = 0;
  const cumulative = Float64Array.from(law, ({ chance }) => (below += chance));
  cumulative[cumulative.length - 1] = 1;
  const factorsOf = (bets, gain) => values.map((value) => bets.map((bet) => 1 + bet * gain(value)));
  return {
    values,
    cumulative,
    margin,
    planned,
    bound,
    givesUp,
    accepting: factorsOf(betGrid(margin, bound), (value) => value + margin),
    rejecting: factorsOf(betGrid(-margin, bound), (value) => -value - margin),
    certifyAt: Math.exp(logThreshold(ALPHA, family)),
    rejectAt: 1 / DEFAULT_BETA,
    /** Forecasts depend on how often each value was seen, and on nothing else. */
    forecasts: new Map(),
  };
}

/** One question, pair by pair; `verdict` is null while open. */
export class Arm {
  #design;
  #accept = new Float64Array(BET_COUNT).fill(1);
  #reject = new Float64Array(BET_COUNT).fill(1);
  #counts;
  #nextForecast = FIRST_FORECAST;
  #eValue = 1;
  pairs = 0;
  verdict = null;

  constructor(design) {
    this.#design = design;
    this.#counts = new Int32Array(design.values.length);
  }

  get progress() {
    return Math.log(this.#eValue) / Math.log(this.#design.certifyAt);
  }

  push(random) {
    const { cumulative, accepting, rejecting, certifyAt, rejectAt, planned, givesUp } = this.#design;
    const [accept, reject] = [this.#accept, this.#reject];
    const uniform = random.next();
    let at = 0;
    while (uniform >= cumulative[at]) at += 1;
    this.#counts[at] += 1;
    this.pairs += 1;
    const up = accepting[at];
    const down = rejecting[at];
    let certifies = 0;
    let rejects = 0;
    for (let k = 0; k < BET_COUNT; k += 1) {
      accept[k] *= up[k];
      reject[k] *= down[k];
      certifies += WEIGHTS[k] * accept[k];
      rejects += WEIGHTS[k] * reject[k];
    }
    this.#eValue = certifies;
    if (certifies >= certifyAt) this.verdict = "certified";
    else if (rejects >= rejectAt) this.verdict = "rejected";
    else if (givesUp && this.pairs >= this.#nextForecast && this.pairs < planned) this.#forecast();
  }

  /** To its verdict, or to the last pair planned. */
  run(random) {
    while (this.verdict === null && this.pairs < this.#design.planned) this.push(random);
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
  while (state.pairs < planned && !state.finished) {
    const uniform = random.next();
    let [at, below] = [0, law[0].chance];
    while (uniform >= below && at < law.length - 1) below += law[++at].chance;
    const { value, weight = 1 } = law[at];
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
