import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { HedgedCapital } from "../../stats/index.js";
import type { ModelRef } from "../contract.js";
import type { Grade } from "../graders/index.js";
import { refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";
import type { judgeReportSchema } from "./contract.js";
import type { AskedPair, JudgeBook } from "./judge-book.js";
import { JUDGE_MODES, type JudgeMode, type JudgeTask } from "./settings.js";

export type JudgeReport = Camel<z.infer<typeof judgeReportSchema>>;

type Calibration = JudgeReport["calibration"][number];

/** The score that rules give to the answer of a model: the label that a judge is held against. */
export type LabelOf = (sample: RunSample, ref: ModelRef) => Grade["score"];

const PASS = 0.5;
// Scores of pairs differ by -2 to 2 from a label's difference, those of answers by -1 to 1.
const BIAS_RANGE: Record<JudgeMode, number> = { rubric: 1, pairwise: 2 };

/**
 * How the judge did: contradictions in swapped pairs, pull of longer answers, and agreement with labels. Intervals
 * are anytime-valid (`HedgedCapital`), since a run may end whenever it likes.
 */
export function reportOn(book: JudgeBook, labelOf: LabelOf, alpha: number): JudgeReport {
  const { settings } = book;
  const { calls, unreadable } = book.replies();
  const swapped = preferences(book);
  const contradicted = swapped.filter(({ isContradicted }) => isContradicted).length;
  return {
    model: refLabel(settings.model),
    repeats: settings.repeats,
    swapLimit: settings.swapLimit,
    calls,
    unreadable,
    swapped: swapped.length,
    contradicted,
    swapDisagreement: swapped.length === 0 ? null : contradicted / swapped.length,
    lengthCorrelation: correlation(swapped.map(({ difference, longer }) => [difference, longer])),
    calibration: JUDGE_MODES.flatMap((mode) => calibrationOf(book, mode, labelOf, alpha) ?? []),
  };
}

interface Swapped {
  readonly difference: number;
  readonly isContradicted: boolean;
  /** Length of the candidate's answer minus the baseline's, over their sum. */
  readonly longer: number;
}

function preferences(book: JudgeBook): Swapped[] {
  return book.pairs.flatMap((pair) => {
    const task = book.taskOf(pair.sample);
    const texts = textsOf(book, pair);
    if (task?.mode !== "pairwise" || texts === null) return [];
    const [baseline, candidate] = texts;
    const preference = book.preferenceOf(pair.sample, task, baseline, candidate);
    if (preference == null || !preference.isAsked) return [];
    const longer = (candidate.length - baseline.length) / (candidate.length + baseline.length);
    return [{ ...preference, longer }];
  });
}

function calibrationOf(
  book: JudgeBook,
  mode: JudgeMode,
  labelOf: LabelOf,
  alpha: number,
): Calibration | null {
  // One value a sample: answers to the same one are no independent draws.
  const bySample = new Map<string, { agreements: number[]; biases: number[] }>();
  for (const pair of book.pairs) {
    for (const task of book.calibrationTasks(pair.sample).filter((one) => one.mode === mode)) {
      for (const { judged, label } of compared(book, pair, task, labelOf)) {
        const entry = bySample.get(pair.sample.id) ?? { agreements: [], biases: [] };
        bySample.set(pair.sample.id, entry);
        entry.agreements.push(agrees(mode, judged, label) ? 1 : 0);
        entry.biases.push(judged - label);
      }
    }
  }
  if (bySample.size === 0) return null;
  const range = BIAS_RANGE[mode];
  const samples = [...bySample.values()];
  const agreement = interval(
    samples.map(({ agreements }) => mean(agreements)),
    alpha,
  );
  const bias = interval(
    samples.map(({ biases }) => (mean(biases) / range + 1) / 2),
    alpha,
  );
  const unscaled = (value: number): number => range * (2 * value - 1);
  return {
    mode,
    samples: samples.length,
    ...{ agreement: agreement.mean, agreementLower: agreement.lower, agreementUpper: agreement.upper },
    ...{ bias: unscaled(bias.mean), biasLower: unscaled(bias.lower), biasUpper: unscaled(bias.upper) },
  };
}

function compared(
  book: JudgeBook,
  { sample, baseline, candidate }: AskedPair,
  task: JudgeTask,
  labelOf: LabelOf,
): { readonly judged: number; readonly label: number }[] {
  const [ours, theirs] = [labelOf(sample, baseline), labelOf(sample, candidate)];
  if (task.mode === "pairwise") {
    const texts = textsOf(book, { sample, baseline, candidate });
    if (texts === null || ours === null || theirs === null) return [];
    const preference = book.preferenceOf(sample, task, ...texts);
    return preference == null ? [] : [{ judged: preference.difference, label: theirs - ours }];
  }
  return [baseline, candidate].flatMap((ref, side) => {
    const label = [ours, theirs][side]!;
    const text = book.textOf(sample, ref);
    const judged = text === null ? null : book.scoreOf(sample, task, text);
    return judged == null || label === null ? [] : [{ judged, label }];
  });
}

/** The same side of the pass mark, or the same winner. */
function agrees(mode: JudgeMode, judged: number, label: number): boolean {
  if (mode === "pairwise") return Math.sign(judged) === Math.sign(label);
  return judged >= PASS === label >= PASS;
}

function textsOf(book: JudgeBook, { sample, baseline, candidate }: AskedPair): [string, string] | null {
  const [ours, theirs] = [book.textOf(sample, baseline), book.textOf(sample, candidate)];
  return ours === null || theirs === null ? null : [ours, theirs];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function interval(values: readonly number[], alpha: number) {
  const sequence = new HedgedCapital(alpha);
  for (const value of values) sequence.push(value);
  return { mean: mean(values), ...sequence.interval() };
}

/** Pearson's; null where one side does not vary. */
function correlation(points: readonly (readonly [number, number])[]): number | null {
  const [x, y] = [points.map(([first]) => first), points.map(([, second]) => second)];
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [a, b] of points) {
    xy += (a - meanX) * (b - meanY);
    xx += (a - meanX) ** 2;
    yy += (b - meanY) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}
