import type { ModelRef, RoutingBody } from "../contract.js";
import { refLabel } from "../inputs/questions.js";
import { ANSWER_COLUMNS, type FeatureSpace, PROMPT_COLUMNS } from "./features.js";
import { BASELINE_ARM, type LossModel, type Policy } from "./policy.js";

type Described = NonNullable<RoutingBody["policy"]>;

/** The policy as routing.yaml holds it: whole, so that a router can follow it without the results. */
export function describePolicy(policy: Policy, arms: readonly ModelRef[]): Described {
  const otherwise = { ...arms[BASELINE_ARM]! };
  const { kind, threshold } = policy;
  if (policy.kind === "clusters") {
    const routes = [...policy.routes]
      .filter(([, arm]) => arm !== BASELINE_ARM)
      .map(([cluster, arm]) => ({ cluster, ...arms[arm]! }));
    return { kind, rule: ruleOf(policy, arms), threshold, otherwise, routes, steps: [] };
  }
  const steps = policy.models.map((model) => stepOf(model, policy.space, arms, kind === "cascade"));
  return { kind, rule: ruleOf(policy, arms), threshold, otherwise, routes: [], steps };
}

function stepOf(
  { arm, weights, clusters }: LossModel,
  space: FeatureSpace,
  arms: readonly ModelRef[],
  seesAnswer: boolean,
): Described["steps"][number] {
  const names = [...PROMPT_COLUMNS, ...(seesAnswer ? ANSWER_COLUMNS : [])];
  const all = Array.from(weights);
  const firstCluster = PROMPT_COLUMNS.length + ANSWER_COLUMNS.length;
  const grams = all.slice(firstCluster + space.clusters.length);
  return {
    ...arms[arm]!,
    columns: names.map((name, column) => ({ name, weight: all[column]! })),
    clusters: space.clusters
      .map((cluster, index) => ({ cluster, weight: all[firstCluster + index]! }))
      .filter(({ cluster }) => clusters.has(cluster)),
    grams: grams.some((weight) => weight !== 0) ? grams : [],
  };
}

function ruleOf(policy: Policy, arms: readonly ModelRef[]): string {
  const baseline = refLabel(arms[BASELINE_ARM]!);
  const limit = `${(100 * policy.threshold).toFixed(2)} points`;
  switch (policy.kind) {
    case "clusters":
      return `Each cluster goes to the cheapest model whose mean loss there is predicted to be at most ${limit}; all others to ${baseline}.`;
    case "prompts":
      return `Each prompt goes to the cheapest of ${named(policy.models, arms)} whose predicted loss on it is at most ${limit}; else to ${baseline}.`;
    case "cascade":
      return `Ask ${named(policy.models, arms)}; take an answer whose predicted loss is at most ${limit}, else ask ${policy.models.length > 1 ? `the next, and ${baseline} at last` : baseline}.`;
  }
}

const named = (models: readonly LossModel[], arms: readonly ModelRef[]): string =>
  models.map(({ arm }) => refLabel(arms[arm]!)).join(", then ");
