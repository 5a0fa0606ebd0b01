import type { ReportBody, ReportInput } from "../contract.js";
import { usd } from "./amounts.js";

type Plan = NonNullable<ReportInput["plan"]>;
type State = NonNullable<Plan["fleets"][number]["before"]>;
type Fleet = ReportBody["fleets"][number];

/** GPU fleets before and after the plan, with what one replica is estimated, or was measured, to carry. */
export function buildFleets(plan: ReportInput["plan"]): ReportBody["fleets"] {
  return (plan?.fleets ?? []).map((fleet): Fleet => {
    const { before, after, capacity } = fleet;
    return {
      id: fleet.id,
      model: `${fleet.provider}/${fleet.model}`,
      inPlace: fleet.inPlace,
      before: before && stateOf(before),
      after: after && stateOf(after),
      change: {
        value: costOf(after) - costOf(before),
        unit: "USD a month",
        basis: after === null ? "replayed" : basisOf(after),
      },
      capacity: capacity && {
        requestsPerSecond: { ...capacity.requestsPerSecond },
        ttftMs: { ...capacity.ttftMs },
        tpotMs: { ...capacity.tpotMs },
        references: [...capacity.references],
      },
    };
  });
}

const costOf = (state: State | null): number => (state === null ? 0 : usd(state.costUsdMonth));

/** A fixed fleet costs its replicas times the hours; any other follows what a replica is estimated to carry. */
const basisOf = ({ scaling }: State): "replayed" | "estimated" =>
  scaling === "fixed" ? "replayed" : "estimated";

function stateOf(state: State): NonNullable<Fleet["before"]> {
  const figure = (value: number, unit: string) => ({ value, unit, basis: basisOf(state) });
  return {
    gpu: state.gpu,
    gpusPerReplica: state.gpusPerReplica,
    engine: state.engine,
    precision: state.precision,
    cloud: state.cloud,
    region: state.region,
    instance: state.instance,
    scaling: state.scaling,
    replicasNeeded: {
      value: state.replicasNeeded,
      unit: "replicas in the busiest minute",
      basis: "estimated",
    },
    replicas: figure(state.replicas, "replicas"),
    gpus: figure(state.replicas * state.gpusPerReplica, "GPUs"),
    gpuHours: figure(state.gpuHoursMonth, "GPU-hours a month"),
    spotShare: state.spotShare,
    committedGpus: state.committedGpus,
    cost: figure(costOf(state), "USD a month"),
  };
}
