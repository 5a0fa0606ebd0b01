import type { Candidate } from "./candidates.js";
import type { Row, Term } from "./milp.js";
import { asksAnew, needsProof, type Problem, type Terms } from "./problem.js";
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

/** Most questions that a plan can ask anew. */
export function countQuestions(asks: readonly Asking[]): number {
  return new Set(anew(asks).map(({ group }) => group)).size;
}

const anew = (asks: readonly Asking[]): Asking[] => asks.filter(({ candidate }) => asksAnew(candidate));

/** Exactly one size of the family of questions, no smaller than the questions that are asked. */
export function familyRows(asks: readonly Asking[], families: readonly number[]): Row[] {
  return [
    { terms: families.map((family): Term => [1, familyVariable(family)]), sense: "=", right: 1 },
    {
      terms: [
        ...anew(asks).map(({ variable }): Term => [1, variable]),
        ...families.map((family): Term => [-family, familyVariable(family)]),
      ],
      sense: "<=",
      right: 0,
    },
  ];
}

/**
 * Alpha is shared by the family, so the smallest margin that a candidate's pairs can prove grows with its size: one
 * budget row a size, which holds for that size and every larger one. The sum of share x margin stays within the budget.
 */
export function budgetRows(
  asks: readonly Asking[],
  families: readonly number[],
  floorOf: Terms["floorOf"],
  budget: number,
): Row[] {
  // Margins that are fixed spend also where nothing is asked anew; beside family 0 only they have a floor.
  const spending = anew(asks).length === asks.length ? families.slice(1) : families;
  return [
    ...anew(asks).flatMap((ask) => beyondProof(ask, families.slice(1), floorOf)),
    ...spending.map((family) => spendingRow(asks, family, families, floorOf, budget)),
  ];
}

/** A candidate is not chosen beside as many questions as put it beyond proof. */
function beyondProof(
  { candidate, variable }: Asking,
  sizes: readonly number[],
  floorOf: Terms["floorOf"],
): Row[] {
  const beyond = sizes.filter((family) => floorOf(candidate, family) === null);
  if (beyond.length === 0) return [];
  return [
    {
      terms: [[1, variable], ...beyond.map((family): Term => [1, familyVariable(family)])],
      sense: "<=",
      right: 1,
    },
  ];
}

function spendingRow(
  asks: readonly Asking[],
  family: number,
  sizes: readonly number[],
  floorOf: Terms["floorOf"],
  budget: number,
): Row {
  const spends = asks.flatMap(({ candidate, variable, group }) => {
    const floor = floorOf(candidate, family);
    return floor === null ? [] : [{ variable, group, spent: candidate.question!.share * floor }];
  });
  const most = [...new Set(spends.map(({ group }) => group))].reduce(
    (sum, group) =>
      sum + Math.max(0, ...spends.filter((ask) => ask.group === group).map(({ spent }) => spent)),
    0,
  );
  const limit = budget + BUDGET_TOLERANCE;
  const slack = Math.max(0, most - limit);
  // In thousandths of a point, far above the solver's tolerance.
  const scaled = 1e5;
  return {
    terms: [
      ...spends.map(({ spent, variable }): Term => [spent * scaled, variable]),
      ...sizes.filter((size) => size >= family).map((size): Term => [slack * scaled, familyVariable(size)]),
    ],
    sense: "<=",
    right: (limit + slack) * scaled,
  };
}

/** A selection above the budget by rounding only is kept. */
export const BUDGET_TOLERANCE = 1e-12;
