import type { BoundsPoint } from "./certify-bounds.js";
import type { Population, Verdict } from "./contract.js";

/** One sample, answered by both sides. */
export interface Pair {
  /** Candidate minus baseline, in [-1, 1]; null where the pair has no grade. */
  readonly difference: number | null;
  readonly baselineScore: number | null;
  readonly candidateScore: number | null;
  /**
   * 1 / (N q) for a sample drawn with probability q out of N, with replacement; 1 (the default) for a simple
   * random draw. Scores and differences are then weighted means. Only for the population `traffic`.
   */
  readonly weight?: number;
}

export interface CertifyOptions {
  readonly alpha: number;
  /** K: tests that share alpha. */
  readonly family: number;
  /** Tolerated loss on the score scale, in [0, 1); fixed before any answer is seen. */
  readonly margin: number;
  /** Chance of rejecting a candidate whose loss is within the margin. */
  readonly beta?: number;
  readonly population: Population;
  /** N; required for the population `samples`, ignored for `traffic`. */
  readonly populationSize: number | null;
  /** Stop at the first verdict, or when the pairs still planned are not expected to bring one. */
  readonly earlyStopping: boolean;
  /** Pairs that this test may use in all, answered or not; null: unknown, so nothing is called futile. */
  readonly planned?: number | null;
  /** Largest weight a pair can have, fixed by the design; 1 for simple random draws. */
  readonly largestWeight?: number;
}

/** The part of a decision (contract.ts) that is arithmetic on pairs. Numbers are on the score scale. */
export interface Certificate {
  readonly verdict: Verdict;
  readonly population: Population;
  /** Pairs used, those without a grade included. */
  readonly n: number;
  /** Pairs after which the verdict stood; null while inconclusive. */
  readonly decidedAt: number | null;
  /** Means over graded pairs; null without any. */
  readonly baselineScore: number | null;
  readonly candidateScore: number | null;
  readonly difference: number | null;
  /** One-sided bounds on the mean difference, each at level alpha / K and valid at every sample count together. */
  readonly lower: number;
  readonly upper: number;
  readonly margin: number;
  /** Smallest loss that can be excluded now: max(0, -lower). */
  readonly certifiableMargin: number;
  /** More pairs for about 80 % power; null: no number is expected to be enough. */
  readonly samplesNeeded: number | null;
  readonly missing: number;
  /** Largest ln e-value against "the loss exceeds the margin" so far; 700 stands for certainty. */
  readonly eValue: number;
  readonly family: number;
  /** Share of graded pairs whose scores differ. */
  readonly disagreement: number;
  readonly path: readonly BoundsPoint[];
}
