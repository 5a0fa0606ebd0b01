import { OBJECTIVES, type Objective } from "./contract.js";
import type { PlanBody } from "./joint.js";
import type { Policy } from "./policy/load-policy.js";

/** What a plan is solved for unless it is told otherwise. */
export const DEFAULT_OBJECTIVE: Objective = OBJECTIVES[0];

/** The words by which a plan can be told to have left people's time out. */
const LEAVES_ONE_OFF_OUT = "; one-off cost is not counted";

export function describeObjective(objective: Objective, { economics }: Pick<Policy, "economics">): string {
  const prices =
    "within the policy; tokens at list prices, GPU-hours at the fleet's or the price table's rates";
  return objective === "cost"
    ? `lowest monthly cost ${prices}${LEAVES_ONE_OFF_OUT}`
    : `lowest monthly cost plus one-off cost spread over ${economics.amortisationMonths} months, ${prices}, people's hours assumed`;
}

/** The objective that a plan says it was solved for. */
export const objectiveOf = ({ objective }: Pick<PlanBody, "objective">): Objective =>
  objective.endsWith(LEAVES_ONE_OFF_OUT) ? "cost" : "net";
