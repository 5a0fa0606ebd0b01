import type { Milp } from "../../src/plan/search/milp.js";
import type { createSearch } from "../../src/plan/search/solve.js";

export interface Group {
  readonly name: string;
  readonly calls: number;
  readonly loss: number;
}

export interface Routed {
  readonly groups: readonly string[];
  readonly calls: number;
  readonly loss: number;
  readonly optimal: boolean;
}

export function createRouting(
  groups: readonly Group[],
  planner: { readonly createSearch: typeof createSearch; readonly milp: Milp },
): { within(budget: number): Routed };

export function routeDirectly(groups: readonly Group[], limit: number, milp: Milp): Group[];
