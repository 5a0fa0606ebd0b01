import { type Books, requestMicroseconds, shapeOf } from "../../levers/index.js";
import type { Workload, WorkloadCell } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import { applyJointly } from "../joint.js";
import type { Candidate } from "./candidates.js";
import { productOf } from "./combinations.js";
import { dropDominatedConfigs } from "./fleet-dominance.js";
import { createLoads } from "./loads.js";
import { type ClusterBlock, type FleetBlock, type FleetConfig, needsProof } from "./problem.js";

/** Configurations of one fleet that the search weighs at most; beyond, those that cost least at typical loads stay. */
export const MAXIMUM_CONFIGS = 400;

export interface PricedFleet {
  readonly block: FleetBlock;
  readonly tried: number;
  /** Whether some configuration was left out of the search. */
  readonly unweighed: boolean;
}

/**
 * Every configuration of one fleet that its changes allow. Where they are too many, each is costed at three loads (as
 * observed, the heaviest that the plan could send, and half of that) and the best of each kind stay.
 */
export function configureFleet(
  workload: Workload,
  fleet: Fleet,
  candidates: readonly Candidate[],
  clusters: readonly ClusterBlock[],
  books: Books,
): PricedFleet {
  const own = candidates.filter(({ proposal }) => proposal.fleet === fleet.id);
  const bare: Workload = { ...workload, cells: [], fleets: [fleet] };
  const tried = productOf(own).map((changes): FleetConfig => {
    const applied = applyJointly(bare, changes, books).fleets[0]!;
    return { changes, fleet: applied };
  });
  const loads = createLoads(workload, clusters, books);
  const requests = clusters.flatMap(({ combinations }) =>
    combinations.flatMap(({ units }) => units.flat().flatMap(({ served }) => servedBy(fleet, served))),
  );
  const all = dropDominatedConfigs(distinct(tried), (config) =>
    requests.map(({ cell, served }) =>
      requestMicroseconds(config.fleet, shapeOf(cell, served, config.fleet), books),
    ),
  );
  const configs = all.length <= MAXIMUM_CONFIGS ? all : cheapestAt(all, fleet.id, loads, workload.hours);
  return {
    block: { fleet: fleet.id, configs },
    tried: tried.length,
    unweighed: configs.length < all.length,
  };
}

function servedBy({ id }: Fleet, served: Workload | null): { cell: WorkloadCell; served: Workload }[] {
  if (served === null) return [];
  return served.cells
    .filter((cell) => cell.fleet === id && cell.requests > 0)
    .map((cell) => ({ cell, served }));
}

/** Configurations that are the same fleet in the end are kept once, with the fewest changes. */
function distinct(configs: readonly FleetConfig[]): FleetConfig[] {
  const byFleet = new Map<string, FleetConfig>();
  for (const config of configs) {
    const key = JSON.stringify([config.fleet, config.changes.find(needsProof)?.question], (_, value) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
    const known = byFleet.get(key);
    if (known === undefined || config.changes.length < known.changes.length) byFleet.set(key, config);
  }
  return [...byFleet.values()];
}

/** The best at each load, with and without proof, and always the fleet as it is. */
function cheapestAt(
  configs: readonly FleetConfig[],
  fleet: string,
  loads: ReturnType<typeof createLoads>,
  hours: number,
): FleetConfig[] {
  const kept = new Set<FleetConfig>([configs[0]!]);
  const kinds = [configs.filter((config) => !config.changes.some(needsProof)), configs];
  const each = Math.floor((MAXIMUM_CONFIGS - 1) / (kinds.length * loads.typical.length));
  for (const kind of kinds) {
    for (const typical of loads.typical) {
      const costed = kind.map((config) => ({ config, cost: typical(fleet, config, hours) }));
      costed.sort((a, b) =>
        a.cost === b.cost ? a.config.changes.length - b.config.changes.length : a.cost < b.cost ? -1 : 1,
      );
      for (const { config } of costed.slice(0, each)) kept.add(config);
    }
  }
  return configs.filter((config) => kept.has(config));
}
