import { type Books, loadOf, needByHour } from "../levers/index.js";
import type { FleetState, PatchInput, PlannedFleet } from "../patches/contract.js";
import { applySubset } from "../plan/index.js";
import type { Workload } from "../profile/contract.js";
import type { Fleet } from "../serving/contract.js";

const HOURS_A_DAY = 24;

/**
 * Fleets before and after some of a plan's actions.
 *
 * @param firstHour hour of the day (UTC) in which the observed span begins.
 */
export function plannedFleets(
  plan: PatchInput["plan"],
  actions: readonly string[],
  workload: Workload,
  books: Books,
  firstHour: number,
): PlannedFleet[] {
  const after = applySubset(plan, actions, workload, books);
  return workload.fleets.map((fleet) => {
    const changed = after.fleets.find(({ id }) => id === fleet.id);
    return {
      id: fleet.id,
      before: fleet.potential ? null : stateOf(fleet, workload, books, firstHour),
      after: changed === undefined ? null : stateOf(changed, after, books, firstHour),
    };
  });
}

/** null where a fleet that is not in place has nothing to serve. */
function stateOf(fleet: Fleet, workload: Workload, books: Books, firstHour: number): FleetState | null {
  const need = needByHour(fleet, loadOf(workload, fleet, books));
  const peak = Math.max(0, ...need);
  if (fleet.potential && peak === 0) return null;
  const { hardware } = books;
  const { cloud, region, instance, serving } = fleet;
  const offer = hardware.offers.find(
    (one) => one.cloud === cloud && one.region === region && one.instance === instance,
  );
  return {
    fleet,
    ...replicasOf(fleet, need, peak, firstHour),
    gpusPerInstance: offer?.gpusPerInstance ?? null,
    maximumContext: hardware.model(serving.model)?.maximumContext ?? null,
  };
}

/** As `costFleet` pays them. */
function replicasOf(
  { scaling, spare }: Fleet,
  need: readonly number[],
  peak: number,
  firstHour: number,
): Pick<FleetState, "replicas" | "byHour"> {
  const extra = peak > 0 ? spare : 0;
  const always = (replicas: number) => ({ replicas: { least: replicas, most: replicas }, byHour: null });
  switch (scaling.kind) {
    case "fixed":
      return always(scaling.replicas);
    case "peak":
      return always(peak + extra);
    case "autoscaled": {
      const byHour = Array.from({ length: HOURS_A_DAY }, () => scaling.floor + extra);
      need.forEach((replicas, hour) => {
        const ofDay = (firstHour + hour) % HOURS_A_DAY;
        byHour[ofDay] = Math.max(byHour[ofDay]!, replicas + extra);
      });
      const replicas = { least: scaling.floor + extra, most: Math.max(...byHour) };
      // Less than a day says nothing of the other hours.
      return { replicas, byHour: need.length < HOURS_A_DAY ? null : byHour };
    }
  }
}
