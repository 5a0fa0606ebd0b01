import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { formatExact, type PicoUsd, scale } from "../../shared/money.js";
import { type Certificate, type CertifyOptions, CertifyState, DEFAULT_BETA } from "../certify.js";
import type { decisionSchema, ModelAnswer, Verdict } from "../contract.js";
import type { Grade } from "../graders/index.js";
import { type Question, RECORDED_BASELINE, refLabel } from "../inputs/questions.js";

export type Decision = Camel<z.infer<typeof decisionSchema>>;

/** Both answers to one sample with their grades. */
export interface AnsweredPair {
  readonly baseline: { readonly answer: ModelAnswer; readonly grade: Grade };
  readonly candidate: { readonly answer: ModelAnswer; readonly grade: Grade };
}

/** Collects the pairs of one question in the fixed sample order and turns them into a decision. */
export class QuestionState {
  readonly question: Question;
  readonly #state: CertifyState;
  readonly #pairs: AnsweredPair[] = [];
  readonly #options: CertifyOptions;

  constructor(question: Question, options: CertifyOptions) {
    this.question = question;
    this.#state = new CertifyState(options);
    this.#options = options;
  }

  get finished(): boolean {
    return this.#state.finished;
  }

  /** True where it may end before all of its samples are asked. */
  get stopsEarly(): boolean {
    return this.#options.earlyStopping;
  }

  /** As it stands now; a forecast enters only with early stopping. */
  get verdict(): Verdict {
    return this.#state.verdict;
  }

  get isCertified(): boolean {
    return this.verdict === "certified";
  }

  /** ln E as a share of what certification takes. */
  get progress(): number {
    return this.#state.progress;
  }

  /** Pairs used so far. */
  get pairs(): number {
    return this.#pairs.length;
  }

  push(pair: AnsweredPair): void {
    if (this.finished) return;
    const [baselineScore, candidateScore] = [pair.baseline.grade.score, pair.candidate.grade.score];
    const difference =
      baselineScore === null || candidateScore === null ? null : candidateScore - baselineScore;
    this.#state.push({ difference, baselineScore, candidateScore });
    this.#pairs.push(pair);
  }

  decision(): Decision {
    const { question } = this;
    const certificate = this.#state.certificate();
    return {
      question: question.id,
      baseline: question.baseline === null ? RECORDED_BASELINE : refLabel(question.baseline),
      candidate: refLabel(question.candidate),
      scope: question.scope,
      ...certificate,
      path: [...certificate.path],
      latencyMs: latencies(this.#pairs),
      costUsd: meanCosts(this.#pairs),
      explanation: explain(certificate, this.#options),
    };
  }
}

const points = (value: number): string => (100 * value).toFixed(2);

function explain(certificate: Certificate, { alpha, beta = DEFAULT_BETA }: CertifyOptions): string {
  const { verdict, n, margin, missing, difference, lower, certifiableMargin, samplesNeeded } = certificate;
  const who =
    certificate.population === "samples" ? "these samples" : "the traffic that the samples were drawn from";
  const level = `at level ${alpha}${certificate.family > 1 ? ` / ${certificate.family}` : ""}`;
  const observed =
    difference === null
      ? `No pair of ${n} could be graded.`
      : `Observed difference ${points(difference)} points over ${n} pairs${missing > 0 ? ` (${missing} without a grade)` : ""}.`;
  switch (verdict) {
    case "certified":
      return `${observed} On ${who} the candidate loses at most ${points(margin)} points ${level}, and at most ${points(certifiableMargin)} by the bound.`;
    case "rejected":
      return `${observed} On ${who} the candidate loses more than the margin of ${points(margin)} points; a candidate within it is rejected with a chance of at most ${beta}.`;
    case "futile":
      return `${observed} The pairs still planned are not expected to decide a margin of ${points(margin)} points; lower bound ${points(lower)} points ${level}.`;
    case "inconclusive":
      return `${observed} A margin of ${points(margin)} points is not certified on ${who}; what can be said now ${level} is a loss of at most ${points(certifiableMargin)} points. ${outlook(samplesNeeded)}`;
  }
}

function outlook(samplesNeeded: number | null): string {
  return samplesNeeded === null
    ? "No number of further pairs is expected to be enough."
    : `About ${samplesNeeded} more pairs are needed.`;
}

function latencies(pairs: readonly AnsweredPair[]): Decision["latencyMs"] {
  const median = (side: "baseline" | "candidate"): number | null => {
    const values = pairs.map((pair) => pair[side].answer.latencyMs).filter((value) => value !== null);
    values.sort((a, b) => a - b);
    if (values.length === 0) return null;
    const middle = (values.length - 1) / 2;
    return (values[Math.floor(middle)]! + values[Math.ceil(middle)]!) / 2;
  };
  const [baselineP50, candidateP50] = [median("baseline"), median("candidate")];
  return baselineP50 === null && candidateP50 === null ? null : { baselineP50, candidateP50 };
}

/** Over pairs in which both costs are known, so that the two means speak of the same samples. */
function meanCosts(pairs: readonly AnsweredPair[]): Decision["costUsd"] {
  let [baseline, candidate, count]: [PicoUsd, PicoUsd, bigint] = [0n, 0n, 0n];
  for (const pair of pairs) {
    if (pair.baseline.answer.cost === null || pair.candidate.answer.cost === null) continue;
    baseline += pair.baseline.answer.cost;
    candidate += pair.candidate.answer.cost;
    count += 1n;
  }
  if (count === 0n) return null;
  return {
    baseline: formatExact(scale(baseline, 1n, count)),
    candidate: formatExact(scale(candidate, 1n, count)),
  };
}
