import { costFleet } from "../../levers/index.js";
import type { PicoUsd } from "../../shared/money.js";
import type { Change } from "../joint.js";
import { setupBearers } from "../policy/economics.js";
import type { Candidate } from "./candidates.js";
import type { Loads } from "./loads.js";
import {
  changesOf,
  type FleetBlock,
  type Option,
  type Problem,
  type Selection,
  type Terms,
} from "./problem.js";

/** Exact cost of a selection over the observed span, and what putting it in place adds to the objective. */
export interface Evaluation {
  readonly cost: PicoUsd;
  readonly objective: PicoUsd;
}

/** The referee: exact money, every overlap and every threshold counted. */
export function evaluate(problem: Problem, loads: Loads, selection: Selection): Evaluation {
  const options = chosenOptions(problem, selection);
  let cost = options.reduce((sum, option) => sum + option.cost, 0n);
  problem.fleets.forEach((block, index) => {
    cost += fleetCost(problem, loads, block, selection.fleets[index]!, options);
  });
  return { cost, objective: cost + effortCost(changesOf(problem, selection), problem.terms) };
}

export function chosenOptions(problem: Problem, selection: Selection): Option[] {
  return selection.clusters.flatMap(({ combination, options }, index) =>
    problem.clusters[index]!.combinations[combination]!.units.map((unit, place) => unit[options[place]!]!),
  );
}

export function fleetCost(
  { terms }: Problem,
  loads: Loads,
  { fleet, configs }: FleetBlock,
  config: number,
  options: readonly Option[],
): PicoUsd {
  const chosen = configs[config]!;
  const load = loads.sum(options.map((option) => loads.of(option, fleet, chosen)));
  return costFleet(chosen.fleet, load, terms.hours).amount;
}

/** One-off cost of a set of changes as the observed span carries it: each lever is set up once, each scope added. */
export function effortCost(changes: readonly (Change & Pick<Candidate, "effect">)[], terms: Terms): PicoUsd {
  const setups = [...setupBearers(changes)].reduce((sum, { lever }) => sum + setupCost(lever, terms), 0n);
  return changes.reduce((sum, change) => sum + scopeCost(change, terms), setups);
}

export function setupCost(lever: Change["lever"], terms: Terms): PicoUsd {
  return terms.amortise(terms.people(terms.effortOf(lever).setupHours));
}

export function scopeCost({ lever, effect }: Change & Pick<Candidate, "effect">, terms: Terms): PicoUsd {
  return terms.amortise(effect.oneOff + terms.people(terms.effortOf(lever).hoursPerScope));
}
