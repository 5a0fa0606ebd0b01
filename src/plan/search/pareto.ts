import type { PicoUsd } from "../../shared/money.js";
import type { Candidate } from "./candidates.js";

/** A partial selection: what it saves, and the least quality budget that proving it takes. */
export interface Selection {
  readonly saving: PicoUsd;
  /** Sum of share * smallest provable margin over its questions. */
  readonly budget: number;
  readonly changes: number;
  /** Shared between selections and flattened once at the end: copies would cost more than the search. */
  readonly parts: readonly (Candidate | Selection)[];
}

/** The candidates of a selection, in the order in which they were added. */
export function candidatesOf(selection: Selection): Candidate[] {
  return selection.parts.flatMap((part) => ("parts" in part ? candidatesOf(part) : [part]));
}

/** Undominated selections by number of quality questions (the index), each list by ascending budget and saving. */
export type Frontier = readonly (readonly Selection[])[];

export const NOTHING: Frontier = [[{ saving: 0n, budget: 0, changes: 0, parts: [] }]];

/** Selections above the budget by rounding only are kept. */
export const BUDGET_TOLERANCE = 1e-12;

/**
 * Keeps the selections that no other beats on saving and budget together (Nemhauser and Ullmann 1969). With equal
 * saving and budget the one with fewer changes stays: a change that adds nothing is not made.
 */
export function undominated(selections: readonly Selection[]): Selection[] {
  const sorted = [...selections].sort((a, b) => {
    if (a.budget !== b.budget) return a.budget - b.budget;
    if (a.saving !== b.saving) return a.saving > b.saving ? -1 : 1;
    return a.changes - b.changes;
  });
  const kept: Selection[] = [];
  for (const selection of sorted) {
    const best = kept.at(-1);
    if (best === undefined || selection.saving > best.saving) kept.push(selection);
  }
  return kept;
}

/** Either of two independent choices for the same requests. */
export function either(frontiers: readonly Frontier[]): Frontier {
  const length = Math.max(...frontiers.map((frontier) => frontier.length));
  return Array.from({ length }, (_, count) =>
    undominated(frontiers.flatMap((frontier) => frontier[count] ?? [])),
  );
}

export interface CombineLimits {
  /** Number of questions that the whole selection must have, and how many later choices can still add. */
  readonly family: number;
  readonly stillPossible: number;
  readonly budget: number;
}

/** Both of two choices for different requests: savings and budgets add up. */
export function both(left: Frontier, right: Frontier, limits: CombineLimits): Frontier {
  const sums: Selection[][] = [];
  for (const [leftCount, leftSelections] of left.entries()) {
    for (const [rightCount, rightSelections] of right.entries()) {
      const count = leftCount + rightCount;
      if (count > limits.family || count + limits.stillPossible < limits.family) continue;
      sums[count] ??= [];
      addPairs(leftSelections, rightSelections, limits.budget, sums[count]);
    }
  }
  return Array.from(sums, (selections) => undominated(selections ?? []));
}

function addPairs(
  left: readonly Selection[],
  right: readonly Selection[],
  limit: number,
  sums: Selection[],
): void {
  for (const a of left) {
    for (const b of right) {
      const budget = a.budget + b.budget;
      // Ascending by budget: no later one fits either.
      if (budget > limit + BUDGET_TOLERANCE) break;
      sums.push({ saving: a.saving + b.saving, budget, changes: a.changes + b.changes, parts: [a, b] });
    }
  }
}
