import { type Books, loadOf, shapeOf } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import type { Capacity, Fleet, Scaling } from "../serving/contract.js";
import { formatExact } from "../shared/money.js";
import { toMonth, type WorkloadCost } from "./cost.js";
import type { PlanBody } from "./joint.js";

type FleetRow = PlanBody["fleets"][number];

interface Costed {
  readonly workload: Workload;
  readonly cost: WorkloadCost;
}

/** Every fleet that is paid for before or after the plan, with what one replica carries. */
export function describeFleets(baseline: Costed, planned: Costed, books: Books): FleetRow[] {
  const before = statesOf(baseline);
  const after = statesOf(planned);
  return baseline.workload.fleets.flatMap((fleet): FleetRow[] => {
    const [was, becomes] = [before.get(fleet.id) ?? null, after.get(fleet.id) ?? null];
    if (was === null && becomes === null) return [];
    const { id, provider, model, potential } = fleet;
    const final = planned.workload.fleets.find((candidate) => candidate.id === id)!;
    return [
      {
        id,
        provider,
        model,
        inPlace: !potential,
        before: was,
        after: becomes,
        capacity: becomes === null ? null : capacityOf(planned.workload, final, books),
      },
    ];
  });
}

type State = NonNullable<FleetRow["before"]>;

function statesOf({ workload, cost: { byFleet } }: Costed): Map<string, State> {
  const states = new Map<string, State>();
  workload.fleets.forEach((fleet, index) => {
    const cost = byFleet[index]!;
    if (cost.amount === 0n) return;
    states.set(fleet.id, {
      gpu: fleet.serving.gpu,
      gpusPerReplica: fleet.serving.gpusPerReplica,
      engine: fleet.serving.engine,
      precision: fleet.serving.precision,
      cloud: fleet.cloud,
      region: fleet.region,
      instance: fleet.instance,
      scaling: scalingWords(fleet.scaling),
      replicas: cost.peakReplicas,
      replicasNeeded: cost.peakNeed,
      gpuHoursMonth: Math.round((cost.gpuHours / workload.hours) * 730),
      spotShare: fleet.spotShare,
      committedGpus: fleet.committed?.gpus ?? 0,
      costUsdMonth: formatExact(toMonth(cost.amount, workload.hours)),
    });
  });
  return states;
}

export function scalingWords(scaling: Scaling): string {
  switch (scaling.kind) {
    case "fixed":
      return "fixed";
    case "peak":
      return "sized for the busiest minute";
    case "autoscaled":
      return `autoscaled from ${scaling.floor}, started ${scaling.lagMinutes} minutes ahead`;
  }
}

/** Of the request that is the mean of all that the fleet serves. */
function capacityOf(workload: Workload, fleet: Fleet, books: Books): FleetRow["capacity"] {
  const cells = workload.cells.filter((cell) => cell.fleet === fleet.id && cell.requests > 0);
  if (cells.length === 0 || loadOf(workload, fleet, books).every((work) => work === 0)) return null;
  const largest = cells.reduce((best, cell) => (cell.requests > best.requests ? cell : best));
  const capacity = books.hardware.capacity(fleet.serving, shapeOf(largest, workload, fleet), fleet.targets);
  return capacity.fits ? intervalsOf(capacity) : null;
}

function intervalsOf(capacity: Extract<Capacity, { fits: true }>): NonNullable<FleetRow["capacity"]> {
  const { requestsPerSecond, ttftMs, tpotMs } = capacity;
  const plain = ({ low, mid, high, basis }: typeof ttftMs) => ({ low, mid, high, basis });
  return {
    requestsPerSecond: plain(requestsPerSecond),
    ttftMs: plain(ttftMs),
    tpotMs: plain(tpotMs),
    references: [...new Set([...requestsPerSecond.references, ...ttftMs.references, ...tpotMs.references])],
  };
}
