import type { Workload } from "../../profile/contract.js";
import { formatUsd, parseUsd } from "../../shared/money.js";
import { buildPlan, type PlanDependencies } from "../build-plan.js";
import type { PlanBody } from "../joint.js";
import { brokenLimits } from "../policy/cost-limits.js";
import { assessWith, type Reading } from "./assess.js";
import { alphaAccount, isGranted, type Ledger } from "./ledger.js";

export interface Replanned {
  /** The best plan of what is attested or certified: nothing in it is left to prove. */
  readonly certified: PlanBody;
  /** The best plan with what is still open beside it; its `prove` is what a next round would ask. */
  readonly open: PlanBody;
}

/**
 * Solves the plan again with what runs have shown. The loss of a certified change still counts against the quality
 * budget: its request share times its certified margin. Pure, as `buildPlan`; what the policy asks of the cost becomes a
 * warning where it is missed, since evidence may leave less than was planned.
 */
export function replan(dependencies: Omit<PlanDependencies, "evidence">, ledger: Ledger): Replanned {
  const workload = withoutAsked(dependencies.workload, ledger);
  const solve = (reading: Reading): PlanBody => solveFor({ ...dependencies, workload }, ledger, reading);
  return { certified: solve("certified"), open: solve("open") };
}

function solveFor(dependencies: PlanDependencies, ledger: Ledger, reading: Reading): PlanBody {
  const { policy, workload } = dependencies;
  const alpha = alphaAccount(ledger, policy.quality.alpha);
  const body = buildPlan({
    ...dependencies,
    policy: { ...policy, cost: { ...policy.cost, monthlyMaximumUsd: null, minimumSavingShare: -1 } },
    evidence: { alpha: alpha.next, assess: assessWith(ledger, workload, reading) },
  });
  const asked = new Set(body.prove.map(({ question }) => question));
  const fixed = body.actions.flatMap(({ id, evidence }) =>
    evidence.kind === "structural" || asked.has(evidence.question)
      ? []
      : [{ id, question: evidence.question }],
  );
  const proven = new Set(
    ledger.rounds.flatMap(({ decisions }) =>
      decisions.filter(({ verdict }) => verdict === "certified").map(({ question }) => question),
    ),
  );
  return {
    ...body,
    evidence: {
      of: reading,
      alpha,
      certified: fixed.filter(({ question }) => proven.has(question)).map(({ id }) => id),
      continuing: fixed.filter(({ question }) => !proven.has(question)).map(({ id }) => id),
      ledger,
    },
    warnings: [
      ...body.warnings,
      ...missedCost(body, dependencies),
      ...(body.prove.length > 0 && !isGranted(alpha)
        ? [
            `the rounds so far have spent alpha ${alpha.spent} of ${alpha.total}: to prove the rest, grant ${alpha.next} more (quality.alpha: ${sum(alpha.spent, alpha.next)} in policy.yaml, the chance of any wrong certificate over all rounds)`,
          ]
        : []),
    ],
  };
}

const sum = (a: number, b: number): number => Number((a + b).toFixed(12));

/** Samples that a next round may still ask: each round's were the first of its scopes' fixed order. */
function withoutAsked(workload: Workload, { rounds }: Ledger): Workload {
  const used = (cluster: string): number =>
    rounds.reduce(
      (total, { decisions }) =>
        total + Math.max(0, ...decisions.filter(({ scope }) => scope === cluster).map(({ pairs }) => pairs)),
      0,
    );
  return {
    ...workload,
    clusters: workload.clusters.map((info) => ({
      ...info,
      samples: Math.max(0, info.samples - used(info.baseCluster ?? info.id)),
    })),
  };
}

function missedCost({ baseline, joint }: PlanBody, { policy }: PlanDependencies): string[] {
  const month = parseUsd(joint.costUsdMonth);
  return brokenLimits(policy, parseUsd(baseline.listCostUsdMonth), month).map((broken) =>
    broken.field === "cost.monthly_maximum_usd"
      ? `it costs ${formatUsd(month)} a month, above the policy's ${broken.field}`
      : `it saves ${broken.share.toFixed(4)} of the bill, below the policy's ${broken.field} of ${broken.minimum}`,
  );
}
