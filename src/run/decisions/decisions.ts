import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { formatExact, type PicoUsd, scale } from "../../shared/money.js";
import { type Certificate, type CertifyOptions, CertifyState } from "../certify.js";
import type { decisionSchema, ModelAnswer, Verdict } from "../contract.js";
import type { Grade } from "../graders/index.js";
import { type Question, RECORDED_BASELINE, refLabel } from "../inputs/questions.js";
import { LEAST_SWAPPED } from "../judge/settings.js";
import { explain, explainGrading } from "./explain.js";
import type { Corrected } from "./label-book.js";

export type Decision = Camel<z.infer<typeof decisionSchema>>;

/** Both answers to one sample with their grades. */
export interface AnsweredPair {
  readonly baseline: { readonly answer: ModelAnswer; readonly grade: Grade };
  readonly candidate: { readonly answer: ModelAnswer; readonly grade: Grade };
  /** Where a judge graded: what rules say, and whether it contradicted itself (null: not asked in both orders). */
  readonly judged?: {
    readonly rules: { readonly baseline: Grade; readonly candidate: Grade };
    readonly isContradicted: boolean | null;
  };
  /** Where labels correct a judge: the difference that counts in place of the judge's. */
  readonly corrected?: Corrected;
}

/** How models take part in grading a question; nothing of it where they do not. */
export interface QuestionGrading {
  /** The judge's share of contradictions above which rules decide; their test runs beside the judge's all along. */
  readonly swapLimit?: number;
  /** Rules can grade some of what the judge grades: alpha is shared between both tests. */
  readonly hasRules?: boolean;
  /** Largest size of a corrected difference; absent: nothing is corrected. */
  readonly bound?: number;
}

/** Collects the pairs of one question in the fixed sample order and turns them into a decision. */
export class QuestionState {
  readonly question: Question;
  readonly #judged: CertifyState;
  /** Over the rules' grades, where they could take the judge's place. */
  readonly #rules: CertifyState | null;
  readonly #pairs: AnsweredPair[] = [];
  readonly #options: CertifyOptions;
  readonly #grading: QuestionGrading;
  #swapped = 0;
  #discredited: string | null = null;
  #contradicted = 0;

  constructor(question: Question, options: CertifyOptions, grading: QuestionGrading = {}) {
    const { hasRules = false, bound } = grading;
    this.question = question;
    this.#grading = grading;
    this.#options = {
      ...options,
      // Which of the two tests is reported depends on the data, so each gets half of alpha.
      family: hasRules ? 2 * options.family : options.family,
      ...(bound !== undefined && { largestWeight: bound }),
    };
    this.#judged = new CertifyState(this.#options);
    this.#rules = hasRules ? new CertifyState(this.#options) : null;
  }

  get finished(): boolean {
    return this.#state.finished && !this.#isWithheld;
  }

  /** True where it may end before all of its samples are asked. */
  get stopsEarly(): boolean {
    return this.#options.earlyStopping;
  }

  /** As it stands now; a forecast enters only with early stopping. */
  get verdict(): Verdict {
    return this.#isWithheld ? "inconclusive" : this.#state.verdict;
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

  /** The pairs themselves, in order. */
  get answered(): readonly AnsweredPair[] {
    return this.#pairs;
  }

  push(pair: AnsweredPair): void {
    if (this.finished) return;
    const { judged, corrected } = pair;
    if (judged?.isContradicted != null) this.#swapped += 1;
    if (judged?.isContradicted === true) this.#contradicted += 1;
    const { bound } = this.#grading;
    if (bound !== undefined) {
      const value = corrected === undefined ? differenceIn(pair).difference : corrected.value;
      const difference = value === null ? null : Math.max(-1, Math.min(1, value / bound));
      this.#judged.push({ difference, baselineScore: null, candidateScore: null, weight: bound });
    } else this.#judged.push(differenceIn(pair));
    this.#rules?.push(judged === undefined ? differenceIn(pair) : scoresIn(judged.rules));
    this.#pairs.push(pair);
  }

  /** The judge was shown to be of no use in this mode: what it graded is graded by rules, or not at all. */
  discredit(mode: string, why: string): void {
    const isMeant = this.#pairs.some(({ judged, candidate, baseline }) =>
      [candidate, baseline].some(({ grade }) => judged !== undefined && grade.grader === `judge-${mode}`),
    );
    if (isMeant) this.#discredited = why;
  }

  get isDiscredited(): boolean {
    return this.#discredited !== null;
  }

  decision(): Decision {
    const { question } = this;
    const certificate = this.#certificate();
    const graders = gradersOf(this.#pairs, this.#isUnstable);
    const byModel =
      graders.some(({ grader }) => /^(judge|embedding|rules:)/.test(grader)) || this.#swapped > 0;
    const swapDisagreement = this.#swapped === 0 ? null : this.#contradicted / this.#swapped;
    return {
      question: question.id,
      baseline: question.baseline === null ? RECORDED_BASELINE : refLabel(question.baseline),
      candidate: refLabel(question.candidate),
      scope: question.scope,
      ...certificate,
      path: [...certificate.path],
      latencyMs: latencies(this.#pairs),
      costUsd: meanCosts(this.#pairs),
      ...(byModel && { graders, swapDisagreement, fallback: this.#isUnstable && this.#rules !== null }),
      explanation: [
        explain(certificate, this.#options),
        ...explainGrading({
          graders,
          isUnstable: this.#isUnstable,
          discredited: this.#discredited,
          hasRules: this.#rules !== null,
          swapDisagreement,
          swapLimit: this.#grading.swapLimit ?? 1,
          labelled: this.#labelled(),
        }),
      ].join(" "),
    };
  }

  /** The test that speaks now. Each holds at alpha / 2K whenever it is asked, so choosing between them is free. */
  get #state(): CertifyState {
    return this.#isUnstable && this.#rules !== null ? this.#rules : this.#judged;
  }

  get #isUnstable(): boolean {
    const { swapLimit, bound } = this.#grading;
    // Labels correct a judge whatever its faults are.
    if (swapLimit === undefined || bound !== undefined) return false;
    if (this.#discredited !== null) return true;
    return this.#contradicted > swapLimit * Math.max(LEAST_SWAPPED, this.#swapped);
  }

  /** Contradictions count as ties, which are evidence of no loss: an unstable judge certifies nothing. */
  get #isWithheld(): boolean {
    return this.#isUnstable && this.#rules === null;
  }

  #certificate(): Certificate {
    const certificate = this.#state.certificate();
    if (!this.#isWithheld) return certificate;
    return { ...certificate, verdict: "inconclusive", decidedAt: null, samplesNeeded: null };
  }

  #labelled(): { readonly chosen: number; readonly open: number } | null {
    const chosen = this.#pairs.filter(({ corrected }) => corrected?.isLabelled === true);
    if (this.#grading.bound === undefined) return null;
    return {
      chosen: chosen.length,
      open: chosen.filter(({ corrected }) => corrected!.value === null).length,
    };
  }
}

function differenceIn({ baseline, candidate }: AnsweredPair) {
  return scoresIn({ baseline: baseline.grade, candidate: candidate.grade });
}

function scoresIn({ baseline, candidate }: { readonly baseline: Grade; readonly candidate: Grade }) {
  const [baselineScore, candidateScore] = [baseline.score, candidate.score];
  const difference =
    baselineScore === null || candidateScore === null ? null : candidateScore - baselineScore;
  return { difference, baselineScore, candidateScore };
}

/** What graded how many pairs, the most frequent first. */
function gradersOf(pairs: readonly AnsweredPair[], isUnstable: boolean): { grader: string; pairs: number }[] {
  const counts = new Map<string, number>();
  for (const { candidate, judged, corrected } of pairs) {
    const byRules = isUnstable && judged !== undefined;
    const grader = (byRules ? judged.rules.candidate : candidate.grade).grader ?? "none";
    const name = byRules ? `rules:${grader}` : corrected?.isLabelled === true ? `${grader}+label` : grader;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([grader, count]) => ({ grader, pairs: count }))
    .sort((a, b) => b.pairs - a.pairs || (a.grader < b.grader ? -1 : 1));
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
