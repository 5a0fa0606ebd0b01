import type { PicoUsd } from "../../shared/money.js";
import type { Plan, Search } from "./solve.js";

const STEPS = 5;

/** The best plan at each fifth of the quality budget, from none to all of it; plans that repeat are shown once. */
export function frontierOf(search: Search, budget: number): Plan[] {
  const plans: Plan[] = [];
  for (let step = STEPS; step >= 0; step -= 1) {
    const limit = (budget * step) / STEPS;
    const last = plans.at(-1);
    // A plan that needs no more than this is still the best one.
    if (last !== undefined && last.budget <= limit + 1e-12) continue;
    plans.push(search.within(limit).plan);
  }
  return plans
    .reverse()
    .filter((plan, index, all) => index === 0 || plan.objective < all[index - 1]!.objective);
}

export function savingOf(plan: Plan, baseline: PicoUsd): PicoUsd {
  return baseline - plan.cost;
}
