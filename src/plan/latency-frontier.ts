import type { Workload } from "../profile/contract.js";
import type { LatencyTargets } from "../serving/contract.js";
import { formatExact, type PicoUsd, ratio } from "../shared/money.js";
import type { PlanBody } from "./joint.js";
import type { Plan } from "./search/solve.js";

type Row = PlanBody["latencyFrontier"][number];

interface SolvedPlan {
  readonly solved: { readonly plan: Plan };
  readonly costMonth: (plan: Plan) => PicoUsd;
}

/** Shares of the fleets' latency targets at which the plan is solved again. */
const STRICTER = [0.75, 0.5];

/** What faster answers of the fleets would cost: the best plan when their targets are stricter. Empty without fleets. */
export function latencyFrontier(
  workload: Workload,
  best: Plan,
  costMonth: (plan: Plan) => PicoUsd,
  baseline: PicoUsd,
  solve: (workload: Workload) => SolvedPlan,
): Row[] {
  const limited = workload.fleets.filter(
    ({ potential, targets }) => !potential && (targets.tpotMs !== null || targets.ttftMs !== null),
  );
  if (limited.length === 0) return [];
  const rowOf = (share: number, plan: Plan, cost: PicoUsd): Row => ({
    targetShare: share,
    costUsdMonth: formatExact(cost),
    savingShare: ratio(baseline - cost, baseline),
    actions: plan.changes.map(({ id }) => id).sort(),
  });
  return [
    rowOf(1, best, costMonth(best)),
    ...STRICTER.map((share) => {
      const stricter = solve(withTargets(workload, share));
      return rowOf(share, stricter.solved.plan, stricter.costMonth(stricter.solved.plan));
    }),
  ];
}

function withTargets(workload: Workload, share: number): Workload {
  const scaled = ({ ttftMs, tpotMs }: LatencyTargets): LatencyTargets => ({
    ttftMs: ttftMs === null ? null : ttftMs * share,
    tpotMs: tpotMs === null ? null : tpotMs * share,
  });
  return {
    ...workload,
    fleets: workload.fleets.map((fleet) => ({ ...fleet, targets: scaled(fleet.targets) })),
  };
}
