import type { FleetState, PatchInput, PlannedFleet } from "./contract.js";
import { isWritten } from "./routes.js";

type Action = PatchInput["plan"]["actions"][number];

/** A fleet that some of the written actions change or start, in the plan's order. */
export interface ChangedFleet {
  readonly id: string;
  readonly before: FleetState | null;
  readonly after: FleetState;
  readonly actions: readonly Action[];
}

/** Fleets that still serve after the written actions, each with the actions on it; those of `levers` only, if given. */
export function changedFleets(input: PatchInput, levers?: ReadonlySet<string>): ChangedFleet[] {
  return (input.fleets ?? []).flatMap(({ id, before, after }: PlannedFleet) => {
    const actions = input.plan.actions
      .filter((action) => isWritten(input, action.id) && fleetOf(action) === id)
      .filter(({ lever }) => levers === undefined || levers.has(lever))
      .sort((left, right) => left.order - right.order);
    return after === null || actions.length === 0 ? [] : [{ id, before, after, actions }];
  });
}

/** The fleet that an action rewrites, or that it sends requests to. */
export function fleetOf({ fleet, lever, parameters }: Action): string | null {
  if (fleet !== null) return fleet;
  const target = parameters.find(({ name }) => name === "fleet")?.value;
  return lever === "self-host" && typeof target === "string" ? target : null;
}

/** Machines that so many replicas need; replicas that fit share one. */
export function machinesFor(replicas: number, { fleet, gpusPerInstance }: FleetState): number {
  const together = Math.max(1, Math.floor((gpusPerInstance ?? 0) / fleet.serving.gpusPerReplica));
  return Math.ceil(replicas / together);
}

/** Machines that hold so many GPUs, whole. */
export function machinesOfGpus(gpus: number, { fleet, gpusPerInstance }: FleetState): number {
  return Math.ceil(gpus / (gpusPerInstance ?? fleet.serving.gpusPerReplica));
}
