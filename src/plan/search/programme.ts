import type { Candidate } from "./candidates.js";
import type { Cut } from "./cuts.js";
import { scopeCost, setupCost } from "./evaluate.js";
import { fleetRows } from "./fleet-rows.js";
import { enumerateStates, MAXIMUM_COSTINGS } from "./fleet-states.js";
import type { Loads } from "./loads.js";
import type { Programme, Row, Term } from "./milp.js";
import type { Problem } from "./problem.js";
import { budgetRows, countQuestions, familyRows, questionVariables } from "./question-rows.js";
import { stateRows } from "./state-rows.js";
import {
  busyVariable,
  combinationVariable,
  configVariable,
  familyVariable,
  fleetVariable,
  optionVariable,
  type Placed,
  toUnits,
} from "./variables.js";

/** Everything about a problem that does not change between solves. */
export interface Layout {
  readonly problem: Problem;
  readonly loads: Loads;
  readonly byUnit: readonly (readonly Placed[])[];
  /** Amounts are divided by this, so that the solver's tolerances mean the same for every bill. */
  readonly unit: number;
  readonly rows: readonly Row[];
  readonly objective: readonly Term[];
  readonly binaries: readonly string[];
  readonly integers: readonly string[];
  /** Row that the quality budget enters, one a number of questions. */
  readonly budgetRows: (budget: number) => readonly Row[];
  /** Whether a fleet's cost is exact in the programme, so that nothing is left to learn of it. */
  readonly isEnumerated: (fleet: number) => boolean;
}

/**
 * The programme whose optimum is a bound: its objective never exceeds the exact cost of any selection. Costs of
 * options are exact, and those of a fleet wherever all it may serve could be enumerated; else its cost is bounded from
 * below in its load (no rounding up of replicas hour by hour), and by the integer number of replicas that its busiest
 * hours need where it is sized for the peak.
 *
 * @param costings Exact costings of a fleet to enumerate at most.
 */
export function layOut(problem: Problem, loads: Loads, unit: number, costings = MAXIMUM_COSTINGS): Layout {
  const placed = placeOptions(problem);
  const byUnit = groupByUnit(placed);
  const asks = questionVariables(problem, placed);
  const enumerated = problem.fleets.map((block) => enumerateStates(problem, loads, block, byUnit, costings));
  const fleets = problem.fleets.map((block, index) => {
    const states = enumerated[index]!;
    return states === null
      ? fleetRows(problem, loads, placed, block, index, unit)
      : { rows: stateRows(block, states, index, unit), integers: [] };
  });
  const setups = setupTerms(problem, placed, unit);
  const families = Array.from({ length: countQuestions(asks) + 1 }, (_, family) => family);
  return {
    problem,
    loads,
    byUnit,
    unit,
    rows: [
      ...choiceRows(problem),
      ...fleets.flatMap((fleet) => fleet.rows),
      ...setups.rows,
      ...familyRows(asks, families),
    ],
    objective: [
      ...choiceCosts(problem, unit),
      ...setups.objective,
      ...problem.fleets.map((_, index): Term => [1, fleetVariable(index)]),
    ],
    binaries: [
      ...problem.clusters.flatMap(({ combinations }, cluster) =>
        combinations.map((_, combination) => combinationVariable(cluster, combination)),
      ),
      ...placed.map(({ variable }) => variable),
      ...problem.fleets.flatMap(({ configs }, fleet) => [
        ...(enumerated[fleet] === null ? [busyVariable(fleet)] : []),
        ...configs.map((_, config) => configVariable(fleet, config)),
      ]),
      ...setups.binaries,
      ...families.map(familyVariable),
    ],
    integers: fleets.flatMap((fleet) => fleet.integers),
    isEnumerated: (fleet) => enumerated[fleet] !== null,
    budgetRows: (budget) => budgetRows(asks, families, problem.terms.floorOf, budget),
  };
}

export function programmeOf(
  layout: Layout,
  cuts: readonly Cut[],
  budget: number,
  excluded: readonly Row[],
): Programme {
  const { objective, binaries, integers, unit } = layout;
  const learned = cuts.map(({ fleet, cost, variables, needed }): Row => {
    const size = cost / unit;
    // f >= cost * (1 + sum of variables - needed): binding only where all that it speaks of is chosen.
    return {
      terms: [[1, fleetVariable(fleet)], ...variables.map((name): Term => [-size, name])],
      sense: ">=",
      right: size * (1 - needed),
    };
  });
  return {
    objective,
    rows: [...layout.rows, ...layout.budgetRows(budget), ...learned, ...excluded],
    binaries,
    integers,
  };
}

function placeOptions({ clusters }: Problem): Placed[] {
  let first = 0;
  return clusters.flatMap(({ combinations }, cluster) => {
    const start = first;
    first += combinations[0]!.units.length;
    return combinations.flatMap(({ units }, combination) =>
      units.flatMap((options, unit) =>
        options.map((option, index) => ({
          option,
          variable: optionVariable(cluster, combination, unit, index),
          unit: start + unit,
        })),
      ),
    );
  });
}

function groupByUnit(placed: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const place of placed) {
    groups[place.unit] ??= [];
    groups[place.unit]!.push(place);
  }
  return groups;
}

/** One combination a cluster, one option a model of it, one configuration a fleet. */
function choiceRows({ clusters, fleets }: Problem): Row[] {
  return [
    ...clusters.flatMap(({ combinations }, cluster): Row[] => [
      {
        terms: combinations.map((_, combination): Term => [1, combinationVariable(cluster, combination)]),
        sense: "=",
        right: 1,
      },
      ...combinations.flatMap(({ units }, combination) =>
        units.map(
          (options, unit): Row => ({
            terms: [
              ...options.map((_, option): Term => [1, optionVariable(cluster, combination, unit, option)]),
              [-1, combinationVariable(cluster, combination)],
            ],
            sense: "=",
            right: 0,
          }),
        ),
      ),
    ]),
    ...fleets.map(
      ({ configs }, fleet): Row => ({
        terms: configs.map((_, config): Term => [1, configVariable(fleet, config)]),
        sense: "=",
        right: 1,
      }),
    ),
  ];
}

function choiceCosts({ clusters, fleets, terms }: Problem, unit: number): Term[] {
  const scopes = (changes: readonly Candidate[]) =>
    changes.reduce((sum, change) => sum + scopeCost(change, terms), 0n);
  return [
    ...clusters.flatMap(({ combinations }, cluster) =>
      combinations.flatMap(({ shared, units }, combination): Term[] => [
        [toUnits(scopes(shared), unit), combinationVariable(cluster, combination)],
        ...units.flatMap((options, place) =>
          options.map(
            (option, index): Term => [
              toUnits(option.cost + scopes(option.changes), unit),
              optionVariable(cluster, combination, place, index),
            ],
          ),
        ),
      ]),
    ),
    ...fleets.flatMap(({ configs }, fleet) =>
      configs.map(
        ({ changes }, config): Term => [toUnits(scopes(changes), unit), configVariable(fleet, config)],
      ),
    ),
  ];
}

/** A lever is set up once, wherever it is used. */
function setupTerms(problem: Problem, placed: readonly Placed[], unit: number) {
  const users = new Map<Candidate["lever"], Term[][]>();
  const use = (changes: readonly Candidate[], variable: string, group: Map<Candidate["lever"], Term[]>) => {
    for (const lever of new Set(changes.map((change) => change.lever))) {
      const terms = group.get(lever) ?? [];
      terms.push([1, variable]);
      group.set(lever, terms);
    }
  };
  const collect = (fill: (group: Map<Candidate["lever"], Term[]>) => void) => {
    const group = new Map<Candidate["lever"], Term[]>();
    fill(group);
    for (const [lever, terms] of group) users.set(lever, [...(users.get(lever) ?? []), terms]);
  };
  problem.clusters.forEach(({ combinations }, cluster) => {
    collect((group) => {
      combinations.forEach(({ shared }, index) => {
        use(shared, combinationVariable(cluster, index), group);
      });
    });
  });
  for (const unitIndex of new Set(placed.map((place) => place.unit))) {
    collect((group) => {
      for (const { option, variable, unit: own } of placed)
        if (own === unitIndex) use(option.changes, variable, group);
    });
  }
  problem.fleets.forEach(({ configs }, fleet) => {
    collect((group) => {
      configs.forEach(({ changes }, index) => {
        use(changes, configVariable(fleet, index), group);
      });
    });
  });
  const levers = [...users.keys()].filter((lever) => setupCost(lever, problem.terms) > 0n);
  return {
    binaries: levers.map((_, index) => `u_${index}`),
    objective: levers.map(
      (lever, index): Term => [toUnits(setupCost(lever, problem.terms), unit), `u_${index}`],
    ),
    // At most one of a group's variables is 1.
    rows: levers.flatMap((lever, index) =>
      users
        .get(lever)!
        .map((terms): Row => ({ terms: [...terms, [-1, `u_${index}`]], sense: "<=", right: 0 })),
    ),
  };
}
