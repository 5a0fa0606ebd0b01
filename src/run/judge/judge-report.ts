import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { refLabel } from "../inputs/questions.js";
import { calibrationOf, type LabelOf, mean, textsOf } from "./calibration.js";
import type { judgeReportSchema } from "./contract.js";
import type { JudgeBook } from "./judge-book.js";
import { JUDGE_MODES } from "./settings.js";

export type JudgeReport = Camel<z.infer<typeof judgeReportSchema>>;

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
