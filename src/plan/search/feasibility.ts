import { GateError } from "../../shared/errors.js";
import { formatUsd, type PicoUsd, parseUsd, ratio } from "../../shared/money.js";
import type { Policy } from "../policy/load-policy.js";
import type { Plan } from "./solve.js";

export interface FeasibilityInput {
  readonly policy: Policy;
  /** Cost a month of the baseline and of a plan. */
  readonly baselineMonth: PicoUsd;
  costMonth(plan: Plan): PicoUsd;
  /** The best plan within the policy's quality budget. */
  readonly best: Plan;
  /** The frontier without a limit on the quality budget, ascending; only read when the policy cannot be met. */
  readonly unlimited: () => readonly Plan[];
}

/** Whether a plan's monthly cost keeps the policy's limits on cost. */
export function meetsCostLimits({ cost }: Pick<Policy, "cost">, baseline: PicoUsd, plan: PicoUsd): boolean {
  const { monthlyMaximumUsd, minimumSavingShare } = cost;
  return (
    (monthlyMaximumUsd === null || plan <= parseUsd(monthlyMaximumUsd.toFixed(6))) &&
    ratio(baseline - plan, baseline) >= minimumSavingShare
  );
}

/**
 * Checks the cost constraints against the best plan that the rest of the policy allows.
 *
 * @throws GateError TOP-PLAN-INFEASIBLE naming the constraint that binds and how far each knob must move.
 */
export function requireFeasible(input: FeasibilityInput): void {
  const { policy, baselineMonth } = input;
  const best = input.costMonth(input.best);
  const { monthlyMaximumUsd, minimumSavingShare } = policy.cost;
  if (monthlyMaximumUsd !== null && best > parseUsd(monthlyMaximumUsd.toFixed(6))) {
    const maximum = parseUsd(monthlyMaximumUsd.toFixed(6));
    const raised = formatUsd(roundUpToCent(best));
    throw infeasible(
      `The policy's cost.monthly_maximum_usd of ${formatUsd(maximum)} cannot be met.`,
      `The best plan within the policy costs ${formatUsd(best)} a month, ${formatUsd(best - maximum)} above it (baseline ${formatUsd(baselineMonth)}).`,
      `Raise cost.monthly_maximum_usd to ${raised}`,
      budgetThatReaches(input, (cost) => cost <= maximum),
    );
  }
  const share = ratio(baselineMonth - best, baselineMonth);
  if (share < minimumSavingShare) {
    throw infeasible(
      `The policy's cost.minimum_saving_share of ${minimumSavingShare} cannot be met.`,
      `The best plan within the policy saves ${share.toFixed(4)} of the bill.`,
      `Lower cost.minimum_saving_share to ${Math.floor(share * 10_000) / 10_000}`,
      budgetThatReaches(input, (cost) => ratio(baselineMonth - cost, baselineMonth) >= minimumSavingShare),
    );
  }
}

function infeasible(message: string, found: string, relax: string, budget: string): GateError {
  return new GateError({ code: "TOP-PLAN-INFEASIBLE", message, found, fix: `${relax}${budget}.` });
}

/** The other way out: how much quality budget would do. */
function budgetThatReaches(input: FeasibilityInput, reaches: (cost: PicoUsd) => boolean): string {
  const { budget } = input.policy.quality;
  const enough = input.unlimited().find((plan) => reaches(input.costMonth(plan)));
  if (enough === undefined)
    return "; no quality budget reaches it with the levers and models that are allowed";
  const needed = Math.ceil(enough.budget * 10_000) / 10_000;
  return `, or quality.budget from ${budget} to ${needed}`;
}

function roundUpToCent(amount: PicoUsd): PicoUsd {
  const cent = 10_000_000_000n;
  return ((amount + cent - 1n) / cent) * cent;
}
