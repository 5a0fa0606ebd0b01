import {
  type Books,
  blendedRate,
  costFleet,
  type FleetLoad,
  loadOf,
  requestMicroseconds,
  shapeOf,
} from "../../levers/index.js";
import type { Workload, WorkloadCell } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import { formatExact, type PicoUsd } from "../../shared/money.js";
import { scalingWords } from "../fleets.js";
import type { Explanation } from "./explain-action.js";

type FleetChange = Explanation["alone"]["fleets"][number];
type FleetState = NonNullable<FleetChange["before"]>;

const MICROSECONDS = 1e6;

export interface FleetChanges {
  readonly fleets: readonly FleetChange[];
  readonly before: PicoUsd;
  readonly after: PicoUsd;
}

/** Every fleet that two workloads disagree on: its work, its size and what it costs in each. */
export function changedFleets(before: Workload, after: Workload, books: Books): FleetChanges {
  const changes = before.fleets.flatMap((fleet) => {
    const [was, becomes] = [stateOf(before, fleet.id, books), stateOf(after, fleet.id, books)];
    if (JSON.stringify(was.state) === JSON.stringify(becomes.state)) return [];
    const savingUsd = formatExact(was.amount - becomes.amount);
    return [{ was, becomes, change: { id: fleet.id, before: was.state, after: becomes.state, savingUsd } }];
  });
  return {
    fleets: changes.map(({ change }) => change),
    before: changes.reduce((sum, { was }) => sum + was.amount, 0n),
    after: changes.reduce((sum, { becomes }) => sum + becomes.amount, 0n),
  };
}

function stateOf(
  workload: Workload,
  id: string,
  books: Books,
): { readonly state: FleetState | null; readonly amount: PicoUsd } {
  const fleet = workload.fleets.find((candidate) => candidate.id === id)!;
  const load = loadOf(workload, fleet, books);
  const cost = costFleet(fleet, load, workload.hours);
  if (cost.amount === 0n && load.every((work) => work === 0)) return { state: null, amount: 0n };
  const { serving, cloud, region, instance, committed } = fleet;
  const busiest = busiestHour(load);
  const state: FleetState = {
    gpu: serving.gpu,
    gpusPerReplica: serving.gpusPerReplica,
    engine: serving.engine,
    precision: serving.precision,
    ...{ cloud, region, instance },
    scaling: scalingWords(fleet.scaling),
    work: workload.cells
      .filter((cell) => cell.fleet === id && cell.requests > 0)
      .map((cell) => workOf(cell, workload, fleet, busiest, books)),
    busiestMinuteReplicaSeconds: (load[busiest] ?? 0) / MICROSECONDS,
    utilisation: fleet.utilisation,
    replicasNeeded: cost.peakNeed,
    replicasPaid: cost.peakReplicas,
    marketGpuHours: cost.gpuHours - cost.committedGpuHours,
    usdPerMarketGpuHour: formatExact(blendedRate(fleet)),
    marketUsd: formatExact(cost.parts.market),
    committedGpuHours: cost.committedGpuHours,
    usdPerCommittedGpuHour: formatExact(committed?.rate ?? 0n),
    committedUsd: formatExact(cost.parts.committed),
    peopleUsd: formatExact(cost.parts.people),
    costUsd: formatExact(cost.amount),
  };
  return { state, amount: cost.amount };
}

function busiestHour(load: FleetLoad): number {
  return load.reduce((best, work, hour) => (work > load[best]! ? hour : best), 0);
}

function workOf(
  cell: WorkloadCell,
  workload: Workload,
  fleet: Fleet,
  busiest: number,
  books: Books,
): FleetState["work"][number] {
  const { cluster, provider, model, routedFrom = null, requests } = cell;
  const shape = shapeOf(cell, workload, fleet);
  // Loads of cells add up to the fleet's: whole microseconds.
  const own = loadOf({ ...workload, cells: [cell] }, fleet, books);
  return {
    ...{ cluster, provider, model, routedFrom, requests },
    inputTokensPerRequest: shape.inputTokens,
    outputTokensPerRequest: shape.outputTokens,
    prefixHitShare: shape.prefixHitShare,
    replicaSecondsPerRequest: requestMicroseconds(fleet, shape, books) / MICROSECONDS,
    busiestMinuteReplicaSeconds: (own[busiest] ?? 0) / MICROSECONDS,
  };
}
