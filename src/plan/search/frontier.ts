import type { PicoUsd } from "../../shared/money.js";
import type { PlanBody } from "../joint.js";
import { BUDGET_TOLERANCE, candidatesOf, type Selection } from "./pareto.js";

const STEPS = 10;

/** The best plan at each tenth of the quality budget, from none to all of it; plans that repeat are shown once. */
export function frontierRows(
  plans: readonly Selection[],
  budget: number,
  money: (saving: PicoUsd) => { costUsdMonth: string; savingShare: number },
): PlanBody["frontier"] {
  const best = Array.from({ length: STEPS + 1 }, (_, step) => {
    const limit = (budget * step) / STEPS + BUDGET_TOLERANCE;
    return plans.findLast((plan) => plan.budget <= limit)!;
  });
  return [...new Set(best)].map((plan) => ({
    qualityBudgetUsed: plan.budget,
    ...money(plan.saving),
    actions: candidatesOf(plan)
      .map(({ id }) => id)
      .sort(),
  }));
}
