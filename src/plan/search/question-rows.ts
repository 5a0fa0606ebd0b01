import type { Candidate } from "./candidates.js";
import type { Row, Term } from "./milp.js";
import { needsProof, type Problem, type Terms } from "./problem.js";
import { combinationVariable, configVariable, familyVariable, type Placed } from "./variables.js";

/** A candidate that asks, with the variable that chooses it; variables of one group exclude one another. */
export interface Asking {
  readonly candidate: Candidate;
  readonly variable: string;
  readonly group: string;
}

export function questionVariables(problem: Problem, placed: readonly Placed[]): Asking[] {
  const ask = (changes: readonly Candidate[], variable: string, group: string): Asking[] =>
    changes.filter(needsProof).map((candidate) => ({ candidate, variable, group }));
  return [
    ...problem.clusters.flatMap(({ combinations }, cluster) =>
      combinations.flatMap(({ shared }, index) =>
        ask(shared, combinationVariable(cluster, index), `c${cluster}`),
      ),
    ),
    ...placed.flatMap(({ option, variable, unit }) => ask(option.changes, variable, `u${unit}`)),
    ...problem.fleets.flatMap(({ configs }, fleet) =>
      configs.flatMap(({ changes }, index) => ask(changes, configVariable(fleet, index), `f${fleet}`)),
    ),
  ];
}

export function countQuestions(asks: readonly Asking[]): number {
  return new Set(asks.map(({ group }) => group)).size;
}

/** Exactly one size of the family of questions, no smaller than the questions that are asked. */
export function familyRows(asks: readonly Asking[], families: readonly number[]): Row[] {
  return [
    { terms: families.map((family): Term => [1, familyVariable(family)]), sense: "=", right: 1 },
    {
      terms: [
        ...asks.map(({ variable }): Term => [1, variable]),
        ...families.map((family): Term => [-family, familyVariable(family)]),
      ],
      sense: "<=",
      right: 0,
    },
  ];
}

/**
 * Alpha is shared by the family, so the smallest margin that a candidate's pairs can prove depends on its size: one
 * budget row a size, switched on by that size's variable. The sum of share x margin stays within the budget.
 */
export function budgetRows(
  asks: readonly Asking[],
  families: readonly number[],
  floorOf: Terms["floorOf"],
  budget: number,
): Row[] {
  return families.slice(1).flatMap((family) => {
    const needs = asks.map((ask) => ({ ...ask, floor: floorOf(ask.candidate, family) }));
    const impossible = needs
      .filter(({ floor }) => floor === null)
      .map(
        ({ variable }): Row => ({
          terms: [
            [1, variable],
            [1, familyVariable(family)],
          ],
          sense: "<=",
          right: 1,
        }),
      );
    const spends = needs.filter(({ floor }) => floor !== null);
    const spent = (ask: (typeof spends)[number]) => ask.candidate.question!.share * ask.floor!;
    const most = [...new Set(spends.map(({ group }) => group))].reduce(
      (sum, group) => sum + Math.max(0, ...spends.filter((ask) => ask.group === group).map(spent)),
      0,
    );
    const limit = budget + BUDGET_TOLERANCE;
    const slack = Math.max(0, most - limit);
    // In thousandths of a point, far above the solver's tolerance.
    const scaled = 1e5;
    return [
      ...impossible,
      {
        terms: [
          ...spends.map((ask): Term => [spent(ask) * scaled, ask.variable]),
          [slack * scaled, familyVariable(family)],
        ],
        sense: "<=",
        right: (limit + slack) * scaled,
      },
    ];
  });
}

/** A selection above the budget by rounding only is kept. */
export const BUDGET_TOLERANCE = 1e-12;
