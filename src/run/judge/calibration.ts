import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { HedgedCapital } from "../../stats/index.js";
import type { ModelRef } from "../contract.js";
import type { Grade } from "../graders/index.js";
import type { RunSample } from "../inputs/samples.js";
import type { judgeReportSchema } from "./contract.js";
import type { AskedPair, JudgeBook } from "./judge-book.js";
import type { JudgeMode, JudgeTask } from "./settings.js";

export type Calibration = Camel<z.infer<typeof judgeReportSchema>>["calibration"][number];

/** The score that rules give to the answer of a model: the label that a judge is held against. */
export type LabelOf = (sample: RunSample, ref: ModelRef) => Grade["score"];

/**
 * Least discrimination of a judge whose verdicts say something: one that lets bad answers pass as often as good ones has
 * 0, one that agrees with every label 1. A difference of scores shrinks by this factor.
 */
export const LEAST_DISCRIMINATION = 0.3;

const PASS = 0.5;
// Scores of pairs differ by -2 to 2 from a label's difference, those of answers by -1 to 1.
const BIAS_RANGE: Record<JudgeMode, number> = { rubric: 1, pairwise: 2 };

interface Compared {
  readonly judged: number;
  readonly label: number;
}

/** How a judge does on labelled samples in one mode; null where there is none. One value a sample, since answers to one are no independent draws. */
export function calibrationOf(
  book: JudgeBook,
  mode: JudgeMode,
  labelOf: LabelOf,
  alpha: number,
): Calibration | null {
  const bySample = new Map<string, Compared[]>();
  for (const pair of book.pairs) {
    for (const task of book.calibrationTasks(pair.sample).filter((one) => one.mode === mode)) {
      const known = bySample.get(pair.sample.id) ?? [];
      bySample.set(pair.sample.id, [...known, ...compared(book, pair, task, labelOf)]);
    }
  }
  const samples = [...bySample.values()].filter((values) => values.length > 0);
  if (samples.length === 0) return null;
  const range = BIAS_RANGE[mode];
  const agreement = interval(
    samples.map((values) => mean(values.map((one) => (agrees(mode, one) ? 1 : 0)))),
    alpha,
  );
  const bias = interval(
    samples.map((values) => (mean(values.map(({ judged, label }) => judged - label)) / range + 1) / 2),
    alpha,
  );
  const unscaled = (value: number): number => range * (2 * value - 1);
  return {
    mode,
    samples: samples.length,
    ...{ agreement: agreement.mean, agreementLower: agreement.lower, agreementUpper: agreement.upper },
    ...{ bias: unscaled(bias.mean), biasLower: unscaled(bias.lower), biasUpper: unscaled(bias.upper) },
    ...(mode === "rubric" ? passing(samples, alpha) : siding(samples, alpha)),
  };
}

type Discrimination = Pick<
  Calibration,
  "decisive" | "discrimination" | "discriminationLower" | "discriminationUpper"
>;

const UNKNOWN: Discrimination = {
  ...{ decisive: 0, discrimination: null, discriminationLower: null, discriminationUpper: null },
};

/** Youden's J: how much more often good answers pass than bad ones. Each rate takes half of alpha. */
function passing(samples: readonly (readonly Compared[])[], alpha: number): Discrimination {
  const ratesOf = (isMeant: (label: number) => boolean): number[] =>
    samples.flatMap((values) => {
      const meant = values.filter(({ label }) => isMeant(label));
      return meant.length === 0 ? [] : [mean(meant.map(({ judged }) => (judged >= PASS ? 1 : 0)))];
    });
  const [good, bad] = [ratesOf((label) => label >= PASS), ratesOf((label) => label < PASS)];
  if (good.length === 0 || bad.length === 0) return UNKNOWN;
  const [ofGood, ofBad] = [interval(good, alpha / 2), interval(bad, alpha / 2)];
  return {
    decisive: bad.length,
    discrimination: ofGood.mean - ofBad.mean,
    discriminationLower: ofGood.lower - ofBad.upper,
    discriminationUpper: ofGood.upper - ofBad.lower,
  };
}

/** Mean preference for the answer with the better label, over pairs whose labels differ. */
function siding(samples: readonly (readonly Compared[])[], alpha: number): Discrimination {
  const sides = samples.flatMap((values) => {
    const differing = values.filter(({ label }) => label !== 0);
    return differing.length === 0
      ? []
      : [mean(differing.map(({ judged, label }) => judged * Math.sign(label)))];
  });
  if (sides.length === 0) return UNKNOWN;
  const found = interval(
    sides.map((side) => (side + 1) / 2),
    alpha,
  );
  return {
    decisive: sides.length,
    discrimination: 2 * found.mean - 1,
    discriminationLower: 2 * found.lower - 1,
    discriminationUpper: 2 * found.upper - 1,
  };
}

function compared(
  book: JudgeBook,
  { sample, baseline, candidate }: AskedPair,
  task: JudgeTask,
  labelOf: LabelOf,
): Compared[] {
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
function agrees(mode: JudgeMode, { judged, label }: Compared): boolean {
  if (mode === "pairwise") return Math.sign(judged) === Math.sign(label);
  return judged >= PASS === label >= PASS;
}

/** Both texts of a pair; null where one is not there to be judged. */
export function textsOf(
  book: JudgeBook,
  { sample, baseline, candidate }: AskedPair,
): [string, string] | null {
  const [ours, theirs] = [book.textOf(sample, baseline), book.textOf(sample, candidate)];
  return ours === null || theirs === null ? null : [ours, theirs];
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function interval(values: readonly number[], alpha: number) {
  const sequence = new HedgedCapital(alpha);
  for (const value of values) sequence.push(value);
  return { mean: mean(values), ...sequence.interval() };
}
