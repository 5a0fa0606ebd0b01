/** One logged choice, with what a policy would do there. */
export interface LoggedOutcome {
  /** Chance with which the log chose what it chose; 1 / propensity is its weight. */
  readonly propensity: number;
  /** True where the policy chooses the same. */
  readonly agrees: boolean;
  /** What the logged choice earned, 0..1. */
  readonly reward: number;
  /** Rewards that a model, fitted on other samples, predicts: of the logged choice, and of the policy's. */
  readonly predictedLogged: number;
  readonly predictedPolicy: number;
}

/** Estimates of a policy's mean reward from choices that another policy made. */
export interface OffPolicyEstimate {
  /** Inverse propensity scoring: mean of w r. Unbiased where propensities are right. */
  readonly ips: number;
  /** Self-normalised: sum of w r / sum of w; null where the log never agrees. */
  readonly snips: number | null;
  /** Doubly robust: predictions, corrected by weighted residuals; right where propensities or predictions are. */
  readonly doublyRobust: number;
  /** (sum w)^2 / sum w^2: how many direct observations the weighted ones are worth. */
  readonly effectiveSamples: number;
  readonly meanWeight: number;
  readonly largestWeight: number;
}

/**
 * IPS, SNIPS and doubly robust estimates (Dudik, Langford and Li 2011; Swaminathan and Joachims 2015) of a
 * deterministic policy. `meanWeight` should be near 1; far from it, the logged propensities are wrong.
 *
 * @throws RangeError for no outcome, or a propensity outside (0, 1].
 */
export function estimateOffPolicy(outcomes: readonly LoggedOutcome[]): OffPolicyEstimate {
  if (outcomes.length === 0) throw new RangeError("no logged outcome to estimate from");
  let [weights, squares, weighted, robust, largest] = [0, 0, 0, 0, 0];
  for (const { propensity, agrees, reward, predictedLogged, predictedPolicy } of outcomes) {
    if (!(propensity > 0 && propensity <= 1))
      throw new RangeError(`propensity ${propensity} lies outside (0, 1]`);
    const weight = agrees ? 1 / propensity : 0;
    weights += weight;
    squares += weight * weight;
    weighted += weight * reward;
    robust += predictedPolicy + weight * (reward - predictedLogged);
    largest = Math.max(largest, weight);
  }
  const n = outcomes.length;
  return {
    ips: weighted / n,
    snips: weights === 0 ? null : weighted / weights,
    doublyRobust: robust / n,
    effectiveSamples: squares === 0 ? 0 : weights ** 2 / squares,
    meanWeight: weights / n,
    largestWeight: largest,
  };
}
