import { costFleet, isOverloaded, shapeOf } from "../../levers/index.js";
import type { PicoUsd } from "../../shared/money.js";
import { asksNoMore, leastEffort, mostEffort } from "./dominance.js";
import type { Loads } from "./loads.js";
import {
  barsProof,
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
  const visit = (chosen: readonly number[]): void => {
    if (chosen.length < units.length) {
      units[chosen.length]!.classes.forEach((_, index) => {
        visit([...chosen, index]);
      });
      return;
    }
    const options = chosen.map((index, unit) => units[unit]!.classes[index]![0]!.option);
    for (const { config, cost } of worthHaving(problem, loads, block, options)) {
      states.push({ config, classes: chosen, cost });
    }
  };
  visit([]);
  return { units, states };
}

/** Options that send the same requests to the fleet, alike in whether it may be proven beside them. */
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

function sentBy(option: Option, { fleet, configs }: FleetBlock): string {
  return JSON.stringify([cellsSent(option, fleet, configs[0]!), barsProof(option, fleet)]);
}

function cellsSent({ served }: Option, fleet: string, as: FleetConfig): unknown[] {
  if (served === null) return [];
  const cached = { ...as.fleet, serving: { ...as.fleet.serving, prefixCaching: true } };
  return served.cells
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
): readonly Costed[] {
  const { fleet, configs } = block;
  const mayProve = !options.some((option) => barsProof(option, fleet));
  const costed = configs
    .flatMap((config, index): Costed[] => {
      if (!mayProve && config.changes.some(needsProof)) return [];
      const load = loads.sum(options.map((option) => loads.of(option, fleet, config)));
      const isFixed = config.fleet.scaling.kind === "fixed";
      if (isFixed && isOverloaded(config.fleet, load, loads.observed(fleet, config))) return [];
      return [{ config: index, cost: costFleet(config.fleet, load, problem.terms.hours).amount }];
    })
    .sort((a, b) => {
      if (a.cost !== b.cost) return a.cost < b.cost ? -1 : 1;
      return configs[a.config]!.changes.length - configs[b.config]!.changes.length;
    });
  const kept: Costed[] = [];
  for (const candidate of costed) {
    if (!kept.some((other) => isBetter(other, candidate, configs, problem.terms))) kept.push(candidate);
  }
  return kept;
}

/** As for options: no harder to prove, and no dearer even where its levers are set up for it alone. */
function isBetter(a: Costed, b: Costed, configs: readonly FleetConfig[], terms: Terms): boolean {
  const [mine, other] = [configs[a.config]!.changes, configs[b.config]!.changes];
  if (!asksNoMore(mine, other)) return false;
  return a.cost + mostEffort(mine, other, terms) <= b.cost + leastEffort(other, terms);
}
