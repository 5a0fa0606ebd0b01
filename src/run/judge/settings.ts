import type { ModelRef } from "../contract.js";
import type { GraderSpec } from "../graders/index.js";

/** Who judges, and how it is kept honest; fixed before any answer is seen. */
export interface JudgeSettings {
  readonly model: ModelRef;
  /** Opinions on each question, odd; their median counts. */
  readonly repeats: number;
  /** Share of swapped pairs with contradicting opinions above which the judge counts as unstable. */
  readonly swapLimit: number;
  /** Samples with a label on which the judge is compared with it, at most. */
  readonly calibration: number;
}

export const DEFAULT_REPEATS = 1;
// A judge that picks by position alone contradicts itself on every pair, and a fair coin on half of them.
export const DEFAULT_SWAP_LIMIT = 0.2;
export const DEFAULT_CALIBRATION = 30;
/** Fewer swapped pairs count as this many, so that one contradiction among the first does not decide. */
export const LEAST_SWAPPED = 10;
/** Longest reply of a judge: a line of JSON, with room for models that think aloud. */
export const JUDGE_OUTPUT_TOKENS = 1_024;

export const JUDGE_MODES = ["rubric", "pairwise"] as const;
export type JudgeMode = (typeof JUDGE_MODES)[number];

/** What the judge is asked about one sample. */
export interface JudgeTask {
  readonly mode: JudgeMode;
  readonly criteria: readonly string[];
  readonly points: number;
  /** Left out where the judge works without one. */
  readonly reference?: unknown;
  /** What grades the sample where the judge is unstable; null: nothing can. */
  readonly rules: GraderSpec | null;
}
