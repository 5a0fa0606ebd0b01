import { formatExact, parseUsd } from "../../shared/money.js";
import type { ReportBody, ReportInput } from "../contract.js";
import { formatMoney } from "../format.js";
import { usd } from "./amounts.js";

/** How far the plan can be from the best one that the policy allows. */
export function buildOptimality(plan: ReportInput["plan"]): ReportBody["optimality"] {
  if (plan === null) return null;
  const { search, objective } = plan;
  const figure = (amount: string) => ({
    value: usd(amount),
    unit: "USD a month of the objective",
    basis: plan.joint.basis,
  });
  return {
    optimal: search.optimal,
    statement: statementOf(search),
    objective,
    method: search.method,
    combinations: search.combinations,
    evaluations: search.evaluations,
    plan: figure(formatExact(parseUsd(search.boundUsdMonth) + parseUsd(search.gapUsdMonth))),
    bound: figure(search.boundUsdMonth),
    gap: figure(search.gapUsdMonth),
    tolerance: figure(search.toleranceUsdMonth),
  };
}

function statementOf(search: NonNullable<ReportInput["plan"]>["search"]): string {
  const [gap, tolerance] = [usd(search.gapUsdMonth), usd(search.toleranceUsdMonth)];
  const within = `to within ${formatMoney(tolerance)} a month`;
  if (search.optimal) return `Proven optimal: no plan within the policy has a lower objective, ${within}.`;
  return gap === 0
    ? `Not proven optimal: no plan that was weighed has a lower objective, ${within}, but not every configuration was weighed.`
    : `Not proven optimal: a better plan could lower the objective by at most ${formatMoney(gap)} a month.`;
}

/** The best plan at stricter latency targets of the fleets. */
export const buildLatencyFrontier = (plan: ReportInput["plan"]): ReportBody["latencyFrontier"] =>
  (plan?.latencyFrontier ?? []).map((point) => ({
    targetShare: point.targetShare,
    costUsdMonth: usd(point.costUsdMonth),
    savingShare: point.savingShare,
    actions: point.actions.length,
  }));
