import { type Books, costFleet, type FleetLoad, hoursObserved, loadOf } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import type { PicoUsd } from "../../shared/money.js";
import { type ClusterBlock, type FleetConfig, type Option, observedOptions } from "./problem.js";

/** Loads that options put on fleets, computed once for each configuration and remembered. */
export interface Loads {
  /** null: the option sends nothing to the fleet. */
  of(option: Option, fleet: string, config: FleetConfig): FleetLoad | null;
  sum(parts: readonly (FleetLoad | null)[]): FleetLoad;
  /** Load of what is on a fleet today, were it so configured. */
  observed(fleet: string, config: FleetConfig): FleetLoad;
  /** Cost of a configuration at each of a few telling loads, over the observed span. */
  readonly typical: readonly ((fleet: string, config: FleetConfig, hours: number) => PicoUsd)[];
}

export function createLoads(workload: Workload, clusters: readonly ClusterBlock[], books: Books): Loads {
  const hours = hoursObserved(workload);
  const known = new WeakMap<Option, WeakMap<FleetConfig, FleetLoad>>();
  const of: Loads["of"] = (option, fleet, config) => {
    if (option.served === null || !option.feeds.includes(fleet)) return null;
    let byConfig = known.get(option);
    if (byConfig === undefined) {
      byConfig = new WeakMap();
      known.set(option, byConfig);
    }
    let load = byConfig.get(config);
    if (load === undefined) {
      load = loadOf(option.served, config.fleet, books);
      byConfig.set(config, load);
    }
    return load;
  };
  const sum: Loads["sum"] = (parts) => {
    const total = new Float64Array(hours);
    for (const part of parts) {
      if (part !== null) for (let hour = 0; hour < hours; hour += 1) total[hour]! += part[hour]!;
    }
    return total;
  };
  const today = observedOptions(clusters);
  const knownToday = new WeakMap<FleetConfig, FleetLoad>();
  const observed: Loads["observed"] = (fleet, config) => {
    let load = knownToday.get(config);
    if (load === undefined) {
      load = sum(today.map((option) => of(option, fleet, config)));
      knownToday.set(config, load);
    }
    return load;
  };
  const heaviest = (fleet: string, config: FleetConfig) =>
    sum(
      clusters.flatMap(({ combinations }) =>
        combinations[0]!.units.map((unit) => largest(unit.map((option) => of(option, fleet, config)))),
      ),
    );
  return {
    of,
    sum,
    observed,
    typical: [
      (fleet, config, span) => costFleet(config.fleet, observed(fleet, config), span).amount,
      (fleet, config, span) => costFleet(config.fleet, heaviest(fleet, config), span).amount,
      (fleet, config, span) =>
        costFleet(
          config.fleet,
          heaviest(fleet, config).map((work) => Math.ceil(work / 2)),
          span,
        ).amount,
    ],
  };
}

function largest(loads: readonly (FleetLoad | null)[]): FleetLoad | null {
  const total = (load: FleetLoad | null) => load?.reduce((sum, work) => sum + work, 0) ?? 0;
  return loads.reduce((best, load) => (total(load) > total(best) ? load : best), null);
}
