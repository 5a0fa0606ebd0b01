import { formatUsd } from "../../shared/money.js";
import { usd } from "./economics.js";
import type { Policy } from "./load-policy.js";

/** Says so where the calls that prove a plan cost more than the policy lets `run` spend. */
export function runBudgetWarnings(experimentUsd: number, { run }: Pick<Policy, "run">): string[] {
  return experimentUsd <= run.budgetUsd
    ? []
    : [
        `proving this plan takes about ${formatUsd(usd(experimentUsd))} of calls (estimated), more than run.budget_usd ` +
          `of ${formatUsd(usd(run.budgetUsd))}: run stops there, or raise it`,
      ];
}
