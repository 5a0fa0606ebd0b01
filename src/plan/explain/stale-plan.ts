import { UsageError } from "../../shared/errors.js";

/** The plan on file is not the plan of what is on file beside it. */
export function stalePlan(found: string, cause?: unknown): UsageError {
  return new UsageError({
    code: "TOP-PLAN-STALE",
    message: "plan.yaml was made from another profile, fleet, policy or other prices.",
    found,
    fix: "Plan again, with --constraints and --prices where you use them: tokenop plan",
    cause,
  });
}
