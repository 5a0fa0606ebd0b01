import { GateError } from "../../shared/errors.js";
import { formatUsd, type PicoUsd } from "../../shared/money.js";
import { type BrokenLimit, brokenLimits } from "../policy/cost-limits.js";
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

/**
 * Checks the cost constraints against the best plan that the rest of the policy allows.
 *
 * @throws GateError TOP-PLAN-INFEASIBLE naming the constraint that binds and how far each knob must move.
 */
export function requireFeasible(input: FeasibilityInput): void {
  const { policy, baselineMonth } = input;
  const best = input.costMonth(input.best);
  const [broken] = brokenLimits(policy, baselineMonth, best);
  if (broken === undefined) return;
  const instead = budgetThatKeeps(broken.field, input);
  if (broken.field === "cost.monthly_maximum_usd") {
    const { maximum } = broken;
    throw infeasible(
      `The policy's ${broken.field} of ${formatUsd(maximum)} cannot be met.`,
      `The best plan within the policy costs ${formatUsd(best)} a month, ${formatUsd(best - maximum)} above it (baseline ${formatUsd(baselineMonth)}).`,
      `Raise ${broken.field} to ${formatUsd(roundUpToCent(best))}`,
      instead,
    );
  }
  const { minimum, share } = broken;
  throw infeasible(
    `The policy's ${broken.field} of ${minimum} cannot be met.`,
    `The best plan within the policy saves ${share.toFixed(4)} of the bill.`,
    `Lower ${broken.field} to ${Math.floor(share * 10_000) / 10_000}`,
    instead,
  );
}

function infeasible(message: string, found: string, relax: string, budget: string): GateError {
  return new GateError({ code: "TOP-PLAN-INFEASIBLE", message, found, fix: `${relax}${budget}.` });
}

/** The other way out: how much quality budget would do. */
function budgetThatKeeps(limit: BrokenLimit["field"], input: FeasibilityInput): string {
  const { policy, baselineMonth } = input;
  const { budget } = policy.quality;
  const enough = input
    .unlimited()
    .find((plan) =>
      brokenLimits(policy, baselineMonth, input.costMonth(plan)).every(({ field }) => field !== limit),
    );
  if (enough === undefined)
    return "; no quality budget reaches it with the levers and models that are allowed";
  const needed = Math.ceil(enough.budget * 10_000) / 10_000;
  return `, or quality.budget from ${budget} to ${needed}`;
}

function roundUpToCent(amount: PicoUsd): PicoUsd {
  const cent = 10_000_000_000n;
  return ((amount + cent - 1n) / cent) * cent;
}
