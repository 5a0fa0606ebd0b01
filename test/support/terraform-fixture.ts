import type { FleetState, PatchInput, PlannedFleet } from "../../src/patches/contract.js";
import type { Fleet } from "../../src/serving/contract.js";
import { parseUsd } from "../../src/shared/money.js";
import { planFixture } from "./workload-fixture.js";

type Action = PatchInput["plan"]["actions"][number];

/** A fleet of two-GPU replicas on machines of four GPUs, six replicas whatever the load. */
export function fleetFixture(changes: Partial<Fleet> = {}): Fleet {
  return {
    id: "support-gpus",
    provider: "self",
    model: "qwen2.5-32b",
    serving: {
      model: "qwen2.5-32b",
      engine: "vllm",
      gpu: "l40s",
      gpusPerReplica: 2,
      precision: "bf16",
      kvPrecision: "bf16",
      prefixCaching: false,
      maximumBatch: 128,
    },
    cloud: "aws",
    region: "eu-central-1",
    instance: "g6e.12xlarge",
    rates: {
      onDemand: parseUsd("2.6"),
      spot: parseUsd("1.1"),
      reserved: [{ termMonths: 12, rate: parseUsd("1.7") }],
      source: "test",
      basis: "measured",
    },
    scaling: { kind: "fixed", replicas: 6 },
    spare: 0,
    utilisation: 0.7,
    targets: { ttftMs: 1_500, tpotMs: 50 },
    spotShare: 0,
    spotOverhead: 1,
    committed: null,
    potential: false,
    operationsPicoUsdMonth: 0n,
    terraform: { address: "aws_autoscaling_group.gpu", dir: "../infra" },
    ...changes,
  };
}

export function stateFixture(fleet: Fleet, changes: Partial<FleetState> = {}): FleetState {
  return {
    fleet,
    replicas: { least: 6, most: 6 },
    byHour: null,
    gpusPerInstance: 4,
    maximumContext: 32_768,
    ...changes,
  };
}

/** An attested action on a fleet. */
export function fleetAction(lever: string, changes: Partial<Action> = {}): Action {
  const [template] = planFixture().actions.filter(({ fleet }) => fleet !== null);
  return {
    ...template!,
    id: `${lever}/support-gpus`,
    lever,
    fleet: "support-gpus",
    approvals: [],
    parameters: [],
    evidence: { kind: "structural", conditions: ["same model, engine and GPU"], attested: true },
    ...changes,
  };
}

/** Input of the writers for one fleet that certified actions change. */
export function fleetInput(
  levers: readonly string[],
  planned: PlannedFleet,
  changes: Partial<PatchInput> = {},
): PatchInput {
  const actions = levers.map((lever, index) => fleetAction(lever, { order: index + 1 }));
  return {
    plan: { ...planFixture(), actions },
    evaluation: null,
    certified: new Set(actions.map(({ id }) => id)),
    fleets: [planned],
    simulated: false,
    ...changes,
  };
}

/** All that a plan may want of a fleet's machines: spot, another machine, hours that scale, a commitment. */
export function wholeChange(address: string, changes: Partial<Fleet> = {}): PlannedFleet {
  const terraform = { address, dir: "../infra" };
  const before = fleetFixture({ terraform, ...changes });
  const after: Fleet = {
    ...before,
    instance:
      changes.cloud === "gcp"
        ? "a2-highgpu-4g"
        : changes.cloud === "azure"
          ? "Standard_NC96ads_A100_v4"
          : "g6e.24xlarge",
    scaling: { kind: "autoscaled", floor: 2, lagMinutes: 6 },
    spotShare: 0.7,
    committed: { gpus: 4, termMonths: 12, rate: parseUsd("1.7") },
  };
  return {
    id: before.id,
    before: stateFixture(before),
    after: stateFixture(after, { replicas: { least: 3, most: 8 } }),
  };
}
