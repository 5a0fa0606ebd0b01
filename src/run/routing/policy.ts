import { answerRow, type FeatureSpace, promptRow } from "./features.js";
import type { RoutingSample } from "./feedback.js";
import { dot, type SparseRow, sigmoid } from "./logistic.js";

export const POLICY_KINDS = ["clusters", "prompts", "cascade"] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** Predicts what is lost by taking one arm rather than the baseline, on the score scale. */
export interface LossModel {
  readonly arm: number;
  readonly weights: ArrayLike<number>;
  /** Where the arm was tried on training samples; elsewhere nothing is known of it, and it is passed over. */
  readonly clusters: ReadonlySet<string>;
}

/**
 * Sends a request to the cheapest arm whose predicted loss is at most the threshold, else to the baseline.
 *
 * - clusters: the prediction is a table by cluster, so the policy is one too.
 * - prompts: a regression on the prompt, before any call.
 * - cascade: arms are asked in turn, and the regression sees each answer; an answer above the threshold is discarded
 *   and the next arm asked. What was asked is paid for.
 */
export type Policy =
  | { readonly kind: "clusters"; readonly threshold: number; readonly routes: ReadonlyMap<string, number> }
  | {
      readonly kind: "prompts" | "cascade";
      readonly threshold: number;
      /** Cheapest first. */
      readonly models: readonly LossModel[];
      readonly space: FeatureSpace;
    };

export interface Choice {
  /** The arm whose answer is used. */
  readonly arm: number;
  /** Every arm that was asked and is paid for, in order. */
  readonly asked: readonly number[];
}

export const BASELINE_ARM = 0;

/** Predicted loss in -1..1; below 0 the arm is expected to do better than the baseline. */
export const predictedLoss = (row: SparseRow, { weights }: Pick<LossModel, "weights">): number =>
  1 - 2 * sigmoid(dot(row, weights));

/** The one rule of all policies; `arms` cheapest first. */
export function chooseArm(
  arms: readonly number[],
  lossOf: (arm: number) => number,
  threshold: number,
  isCascade: boolean,
): Choice {
  const asked: number[] = [];
  for (const arm of arms) {
    if (isCascade) asked.push(arm);
    if (lossOf(arm) <= threshold) return { arm, asked: isCascade ? asked : [arm] };
  }
  return { arm: BASELINE_ARM, asked: [...asked, BASELINE_ARM] };
}

/** What a policy does with one sample. A cascade passes on where the sample lacks an arm's answer. */
export function decide(policy: Policy, sample: RoutingSample): Choice {
  if (policy.kind === "clusters") {
    const arm = policy.routes.get(sample.cluster) ?? BASELINE_ARM;
    return { arm, asked: [arm] };
  }
  const { space, threshold } = policy;
  const models = policy.models.filter(({ clusters }) => clusters.has(sample.cluster));
  const prompt = promptRow(sample, space);
  const isCascade = policy.kind === "cascade";
  const lossOf = (arm: number): number => {
    const model = models.find((one) => one.arm === arm)!;
    if (!isCascade) return predictedLoss(prompt, model);
    const answer = sample.answers[arm] ?? null;
    return answer === null
      ? Number.POSITIVE_INFINITY
      : predictedLoss(answerRow(prompt, sample, answer), model);
  };
  return chooseArm(
    models.map(({ arm }) => arm),
    lossOf,
    threshold,
    isCascade,
  );
}
