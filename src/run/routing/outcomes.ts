import type { PicoUsd } from "../../shared/money.js";
import { type ClusterTable, clusterTable } from "./cluster-table.js";
import type { RoutingSample } from "./feedback.js";
import { BASELINE_ARM, type Choice } from "./policy.js";

/** What taking an arm rather than the baseline does to one sample. */
export interface Outcomes {
  /**
   * Score of the arm minus that of the baseline; null without a grade. Exact where both were asked; else its doubly
   * robust estimate, which lies in -bound..bound.
   */
  difference(sample: RoutingSample, arm: number): number | null;
  /** Price of asking the arm; its training mean by cluster where it was not asked. null: no price is known. */
  cost(sample: RoutingSample, arm: number): PicoUsd | null;
  /** Predicted score of the arm, for estimates from logged choices. */
  predicted(sample: RoutingSample, arm: number): number;
  /** Largest absolute difference there can be. */
  readonly bound: number;
}

/**
 * Fits on `training` what was not observed: mean scores and prices by arm and cluster. With full feedback scores are
 * never predicted. `leastPropensity` is the smallest chance with which the log's router chose anything.
 */
export function outcomesFrom(
  training: readonly RoutingSample[],
  arms: number,
  leastPropensity: number | null,
): Outcomes {
  const scores = Array.from({ length: arms }, (_, arm) => scoreTable(training, arm));
  const costs = Array.from({ length: arms }, (_, arm) => costTable(training, arm));
  const predicted = (sample: RoutingSample, arm: number): number =>
    Math.min(1, Math.max(0, scores[arm]!.of(sample.cluster)));
  return {
    predicted,
    bound: leastPropensity === null ? 1 : 1 + 1 / leastPropensity,
    difference: (sample, arm) => {
      if (arm === BASELINE_ARM) return 0;
      return sample.logged === null
        ? pairedDifference(sample, arm)
        : robustDifference(sample, arm, predicted);
    },
    cost: (sample, arm) => {
      const known = sample.answers[arm]?.cost ?? null;
      return known ?? costs[arm]!(sample.cluster);
    },
  };
}

function pairedDifference({ answers }: RoutingSample, arm: number): number | null {
  const [own, baseline] = [answers[arm]?.score ?? null, answers[BASELINE_ARM]?.score ?? null];
  return own === null || baseline === null ? null : own - baseline;
}

/** r(arm) - r(baseline), corrected by the weighted residual of the choice that was logged. */
function robustDifference(
  sample: RoutingSample,
  arm: number,
  predicted: (sample: RoutingSample, arm: number) => number,
): number | null {
  const { arm: logged, propensity } = sample.logged!;
  const score = sample.answers[logged]?.score ?? null;
  if (score === null) return null;
  const expected = predicted(sample, arm) - predicted(sample, BASELINE_ARM);
  if (logged !== arm && logged !== BASELINE_ARM) return expected;
  const residual = (score - predicted(sample, logged)) / propensity;
  return logged === arm ? expected + residual : expected - residual;
}

function scoreTable(training: readonly RoutingSample[], arm: number): ClusterTable {
  const values = training.flatMap(({ cluster, answers }) => {
    const score = answers[arm]?.score ?? null;
    return score === null ? [] : [{ cluster, value: score }];
  });
  return clusterTable(values, 0.5);
}

/** Mean price by cluster, of all where a cluster has none. */
function costTable(training: readonly RoutingSample[], arm: number): (cluster: string) => PicoUsd | null {
  const sums = new Map<string | null, { total: PicoUsd; n: bigint }>();
  for (const { cluster, answers } of training) {
    const cost = answers[arm]?.cost ?? null;
    if (cost === null) continue;
    for (const key of [cluster, null]) {
      const { total, n } = sums.get(key) ?? { total: 0n, n: 0n };
      sums.set(key, { total: total + cost, n: n + 1n });
    }
  }
  return (cluster) => {
    const sum = sums.get(cluster) ?? sums.get(null);
    return sum === undefined ? null : sum.total / sum.n;
  };
}

/** What a choice pays in all, escalation included; null where a price is missing. */
export function costOfChoice(outcomes: Outcomes, sample: RoutingSample, { asked }: Choice): PicoUsd | null {
  let total: PicoUsd = 0n;
  for (const arm of asked) {
    const cost = outcomes.cost(sample, arm);
    if (cost === null) return null;
    total += cost;
  }
  return total;
}
