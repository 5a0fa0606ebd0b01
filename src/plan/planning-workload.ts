import { type Books, placeOnFleets, potentialFleets } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import type { Fleet } from "../serving/contract.js";
import type { Policy } from "./policy/load-policy.js";
import { readRules } from "./policy/rules.js";

/**
 * The profiled workload as a plan sees it: requests of self-hosted models on the fleets that serve them, and beside
 * those the fleets that a change could start. Plans, runs and reports must see the same one.
 */
export function planningWorkload(
  workload: Workload,
  inPlace: readonly Fleet[],
  policy: Policy,
  books: Books,
): Workload {
  const placed = placeOnFleets(workload, inPlace);
  const { limits } = readRules(policy, placed, books, []);
  const known = new Set(inPlace.map(({ id }) => id));
  const potential = potentialFleets(placed, limits, books).filter(({ id }) => !known.has(id));
  return { ...placed, fleets: [...placed.fleets, ...potential] };
}
