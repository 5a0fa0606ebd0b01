import { allTiePairs } from "../../stats/index.js";
import type { Candidate } from "./candidates.js";

/** Margins are whole hundredths of a point, so that files and certificates show exactly what was tested. */
const STEPS = 10_000;

/**
 * Smallest margin that `pairs` pairs can certify when every one ties, with alpha shared by `family` questions;
 * null where that is above `maximum`. Method: facts of the mixture test, `allTiePairs`.
 */
export function smallestMargin(pairs: number, family: number, alpha: number, maximum: number): number | null {
  const enough = (step: number) => allTiePairs({ margin: step / STEPS, alpha, family }) <= pairs;
  let high = Math.floor(maximum * STEPS + 1e-9);
  if (high < 1 || !enough(high)) return null;
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high / STEPS;
}

/**
 * Smallest provable margin of a candidate among `family` questions, or the one that an earlier round fixed; null where
 * the policy's maximum is below it.
 */
export function floorsOf(alpha: number): (candidate: Candidate, family: number) => number | null {
  const memo = new Map<string, number | null>();
  return ({ question }, family) => {
    if (question === null) return null;
    if (question.fixedMargin !== undefined) return question.fixedMargin;
    if (family === 0) return null;
    const key = `${question.pairs}/${family}/${question.maximumMargin}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const floor = smallestMargin(question.pairs, family, alpha, question.maximumMargin);
    memo.set(key, floor);
    return floor;
  };
}

export interface MarginLimits {
  /** Share of all requests. */
  readonly share: number;
  readonly floor: number;
  readonly ceiling: number;
}

/**
 * Splits the quality budget over the chosen questions: sum of share * margin at most `budget`, each margin within
 * its limits. Inside them margins are proportional to 1 / sqrt(share), which makes the total of pairs needed (about
 * the sum of 1 / margin) as small as the budget allows. Requires that the floors alone fit the budget.
 */
export function allotMargins(questions: readonly MarginLimits[], budget: number): number[] {
  const at = (level: number) =>
    questions.map(({ share, floor, ceiling }) =>
      Math.min(ceiling, Math.max(floor, share === 0 ? ceiling : level / Math.sqrt(share))),
    );
  const spent = (margins: readonly number[]) =>
    margins.reduce((sum, margin, index) => sum + margin * questions[index]!.share, 0);
  let [low, high] = [0, 1];
  if (spent(at(high)) <= budget) return at(high).map(toStep);
  // 60 halvings reach the precision of a double.
  for (let count = 0; count < 60; count += 1) {
    const middle = (low + high) / 2;
    if (spent(at(middle)) <= budget) low = middle;
    else high = middle;
  }
  return at(low).map(toStep);
}

/** Down to a whole step, so that the sum stays within the budget. */
function toStep(margin: number): number {
  return Math.floor(margin * STEPS + 1e-6) / STEPS;
}
