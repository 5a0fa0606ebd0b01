import { isOverloaded, shapeOf } from "../../levers/index.js";
import type { PicoUsd } from "../../shared/money.js";
import { asksNoMore, leastEffort, mostEffort } from "./dominance.js";
import { fleetCost } from "./evaluate.js";
import type { Loads } from "./loads.js";
import {
  type FleetBlock,
  type FleetConfig,
  needsProof,
  type Option,
  type Problem,
  type Terms,
} from "./problem.js";
import type { Placed } from "./variables.js";

/**
 * What a fleet may serve and how, each with its exact cost: with these columns the programme needs no bound of the
 * fleet's cost, thresholds and all.
 */
export interface FleetStates {
  /** For each model that can send requests to the fleet, its options grouped by what they send. */
  readonly units: readonly { readonly classes: readonly (readonly Placed[])[] }[];
  readonly states: readonly FleetState[];
}

export interface FleetState {
  readonly config: number;
  /** Index of the class that each unit is in. */
  readonly classes: readonly number[];
  /** Over the observed span. */
  readonly cost: PicoUsd;
}

/** Costings for which a fleet is enumerated at most; beyond, its cost is bounded and learnt step by step. */
export const MAXIMUM_COSTINGS = 60_000;

/** Every load that the clusters can put on a fleet, with the configurations worth having there; null: too many. */
export function enumerateStates(
  problem: Problem,
  loads: Loads,
  block: FleetBlock,
  byUnit: readonly (readonly Placed[])[],
  limit = MAXIMUM_COSTINGS,
): FleetStates | null {
  const units = byUnit
    .filter((placed) => placed.some(({ option }) => option.feeds.includes(block.fleet)))
    .map((placed) => ({ classes: classesOf(placed, block) }));
  const loadsPossible = units.reduce((product, { classes }) => product * classes.length, 1);
  if (loadsPossible * block.configs.length > limit) return null;
  const states: FleetState[] = [];
  // The first option of a model is to change nothing.
  const observed = byUnit.map((placed) => placed[0]!.option);
  const visit = (chosen: readonly number[]): void => {
    if (chosen.length < units.length) {
      units[chosen.length]!.classes.forEach((_, index) => {
        visit([...chosen, index]);
      });
      return;
    }
    const options = chosen.map((index, unit) => units[unit]!.classes[index]![0]!.option);
    for (const { config, cost } of worthHaving(problem, loads, block, options, observed)) {
      states.push({ config, classes: chosen, cost });
    }
  };
  visit([]);
  return { units, states };
}

/** Options that send the same requests to the fleet, alike in what proof they need. */
function classesOf(placed: readonly Placed[], block: FleetBlock): Placed[][] {
  const classes = new Map<string, Placed[]>();
  for (const place of placed) {
    const key = sentBy(place.option, block);
    const known = classes.get(key);
    if (known === undefined) classes.set(key, [place]);
    else known.push(place);
  }
  return [...classes.values()];
}

function sentBy({ served, changes, joins }: Option, { fleet, configs }: FleetBlock): string {
  if (served === null) return "";
  const cached = { ...configs[0]!.fleet, serving: { ...configs[0]!.fleet.serving, prefixCaching: true } };
  const cells = served.cells
    .filter((cell) => cell.fleet === fleet && cell.requests > 0)
    .map((cell) => {
      const { inputTokens, outputTokens, prefixHitShare } = shapeOf(cell, served, cached);
      return [
        cell.cluster,
        cell.routedFrom ?? cell.model,
        cell.requests,
        inputTokens,
        outputTokens,
        prefixHitShare,
      ];
    });
  if (cells.length === 0) return "";
  return JSON.stringify([cells, changes.some(needsProof), joins.includes(fleet)]);
}

interface Costed {
  readonly config: number;
  readonly cost: PicoUsd;
}

/** Configurations at one load that no other beats on cost with no more levers, purchases or proof. */
function worthHaving(
  problem: Problem,
  loads: Loads,
  block: FleetBlock,
  options: readonly Option[],
  observed: readonly Option[],
): readonly Costed[] {
  const load = (config: FleetConfig, of: readonly Option[]) =>
    loads.sum(of.map((option) => loads.of(option, block.fleet, config)));
  const inProof = options.some(
    ({ changes, joins }) => changes.some(needsProof) || joins.includes(block.fleet),
  );
  const costed = block.configs
    .map((config, index) => ({ config, index }))
    // Certificates of two changes to the same answers do not add up, and nothing joins a fleet that is being proven.
    .filter(({ config }) => !inProof || !config.changes.some(needsProof))
    .filter(({ config }) => !isOverloaded(config.fleet, load(config, options), load(config, observed)))
    .map(({ index }): Costed => ({ config: index, cost: fleetCost(problem, loads, block, index, options) }))
    .sort((a, b) => {
      if (a.cost !== b.cost) return a.cost < b.cost ? -1 : 1;
      return block.configs[a.config]!.changes.length - block.configs[b.config]!.changes.length;
    });
  const kept: Costed[] = [];
  for (const candidate of costed) {
    if (!kept.some((other) => isBetter(other, candidate, block.configs, problem.terms))) kept.push(candidate);
  }
  return kept;
}

/** As for options: no harder to prove, and no dearer even where its levers are set up for it alone. */
function isBetter(a: Costed, b: Costed, configs: readonly FleetConfig[], terms: Terms): boolean {
  const [mine, other] = [configs[a.config]!.changes, configs[b.config]!.changes];
  if (!asksNoMore(mine, other)) return false;
  return a.cost + mostEffort(mine, other, terms) <= b.cost + leastEffort(other, terms);
}
