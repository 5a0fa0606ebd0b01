import type { planSchema } from "../../src/plan/contract.js";
import type { Artifact } from "../../src/shared/artifact.js";

type Plan = Artifact<typeof planSchema>;
type Fleet = Plan["fleets"][number];

/** Names around a fleet that its owner chose. */
export interface FleetNames {
  readonly fleet: string;
  readonly model: string;
  readonly approver: string;
}

/** Eight GPUs that never stop, and four once replicas follow the need and prefixes stay on the GPU. */
export function fleetsFixture({ fleet, model }: FleetNames): Plan["fleets"] {
  const before: NonNullable<Fleet["before"]> = {
    gpu: "l40s",
    gpusPerReplica: 2,
    engine: "vllm",
    precision: "bf16",
    cloud: "aws",
    region: "eu-central-1",
    instance: "g6e.12xlarge",
    scaling: "fixed",
    replicas: 4,
    replicasNeeded: 2,
    gpuHoursMonth: 5_840,
    spotShare: 0,
    committedGpus: 0,
    costUsdMonth: "8176",
  };
  return [
    {
      id: fleet,
      provider: "self",
      model,
      inPlace: true,
      before,
      after: {
        ...before,
        scaling: "sized for the busiest minute",
        replicas: 2,
        replicasNeeded: 1,
        gpuHoursMonth: 2_920,
        costUsdMonth: "4088",
      },
      capacity: {
        requestsPerSecond: { low: 0.82, mid: 1.14, high: 1.61, basis: "estimated" },
        ttftMs: { low: 180, mid: 310, high: 640, basis: "estimated" },
        tpotMs: { low: 31, mid: 42, high: 58, basis: "estimated" },
        references: [`${model} bf16 on l40s with vllm: 12 published points`],
      },
    },
  ];
}

/** Alone the prefix cache saves nothing: four replicas are paid whatever they do. */
export function fleetActionsFixture({ fleet, approver }: FleetNames): Plan["actions"] {
  const common = {
    cluster: null,
    fleet,
    model: null,
    approvals: [approver],
    templates: [{ id: "full-stack-optimization", score: 0.75 }],
    touchedRequestShare: 0.05,
  };
  return [
    {
      ...common,
      id: `right-size/${fleet}`,
      name: "Right-size the fleet",
      lever: "right-size",
      layer: "infrastructure",
      risk: "low",
      effortHours: 10,
      parameters: [{ name: "spare", value: 1 }],
      order: 5,
      standaloneSavingUsd: "2044",
      shapleySavingUsd: "3066",
      oneOffUsd: "2000",
      evidence: {
        kind: "structural",
        conditions: ["same model, engine and GPU; only the number of replicas changes"],
        attested: false,
      },
      assumptions: [
        { text: "The busiest minute to come is like the busiest observed one.", basis: "assumed" },
      ],
    },
    {
      ...common,
      id: `prefix-caching/${fleet}`,
      name: "Keep prompt prefixes on the GPU",
      lever: "prefix-caching",
      layer: "serving",
      risk: "low",
      effortHours: 5,
      approvals: [],
      parameters: [{ name: "prefix_caching", value: true }],
      order: 6,
      standaloneSavingUsd: "0",
      shapleySavingUsd: "1022",
      oneOffUsd: "1000",
      evidence: {
        kind: "structural",
        conditions: ["same weights, request and sampling parameters"],
        attested: false,
      },
      assumptions: [{ text: "Hit share of prefixes as replayed.", basis: "replayed" }],
    },
  ];
}

/** Worth of the plan over a year; a replica that carries little turns it into a loss. */
export function economicsFixture(): NonNullable<Plan["economics"]> {
  return {
    oneOffUsd: { low: 8_310.4, mid: 14_795.2, high: 24_940.6 },
    experimentUsd: 17.52,
    engineeringHours: 58,
    hourlyRateUsd: 200,
    horizonMonths: 12,
    discountRateYear: 0.1,
    savingUsdMonth: { low: 19_930, mid: 24_410, high: 28_870 },
    paybackMonths: { low: 0.34, mid: 0.61, high: 1.07 },
    npvUsd: { low: 209_800, mid: 263_900, high: 315_200 },
    npvMiddleUsd: 296_600,
    roi: { low: 10.9, mid: 18.8, high: 34.1 },
    chanceOfLoss: 0.0015,
    draws: 2_000,
    uncertainties: [
      {
        name: "demand",
        low: 0.8,
        mid: 1,
        high: 1.25,
        basis: "assumed",
        source: "volume of coming months over the observed one",
      },
      {
        name: "people's hours",
        low: 0.5,
        mid: 1,
        high: 2.5,
        basis: "assumed",
        source: "hours over the estimate, skewed as engineering estimates are",
      },
      {
        name: "replica capacity",
        low: 0.72,
        mid: 1,
        high: 1.41,
        basis: "estimated",
        source: "interval of the serving estimate, requests a second of one replica",
      },
    ],
    tornado: [
      { name: "replica capacity", npvLowUsd: -4_100, npvHighUsd: 302_500 },
      { name: "demand", npvLowUsd: 241_300, npvHighUsd: 372_600 },
      { name: "people's hours", npvLowUsd: 308_300, npvHighUsd: 285_100 },
    ],
  };
}
