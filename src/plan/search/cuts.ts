import { chosenOptions, fleetCost } from "./evaluate.js";
import type { Option, Selection } from "./problem.js";
import type { Layout } from "./programme.js";
import { configVariable } from "./variables.js";

/**
 * What one exact evaluation teaches about a fleet: in this configuration, under at least this load, it costs at least
 * so much. Sound wherever it is not exact, because a fleet never costs less under more load. (Logic-based Benders
 * cut, Hooker and Ottosson 2003.)
 */
export interface Cut {
  readonly fleet: number;
  /** Pico-USD over the observed span, as a double. */
  readonly cost: number;
  /** The configuration, and for every model all options that load the fleet at least as much as the chosen one. */
  readonly variables: readonly string[];
  /** How many of them must be chosen before the cut says anything. */
  readonly needed: number;
}

export function learnCuts(layout: Layout, selection: Selection): Cut[] {
  const { problem, loads } = layout;
  const options = chosenOptions(problem, selection);
  return problem.fleets.flatMap((block, fleet): Cut[] => {
    if (layout.isEnumerated(fleet)) return [];
    const place = selection.fleets[fleet]!;
    const config = block.configs[place]!;
    const load = (option: Option) => loads.of(option, block.fleet, config);
    const variables = [configVariable(fleet, place)];
    let needed = 1;
    options.forEach((chosen, unit) => {
      const least = load(chosen);
      if (least === null) return;
      needed += 1;
      for (const other of layout.byUnit[unit]!) {
        const theirs = load(other.option);
        if (theirs?.every((work, hour) => work >= least[hour]!)) variables.push(other.variable);
      }
    });
    return [{ fleet, cost: Number(fleetCost(problem, loads, block, place, options)), variables, needed }];
  });
}
