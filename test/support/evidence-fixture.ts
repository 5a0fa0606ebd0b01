import type { evaluationSchema } from "../../src/run/contract.js";
import type { Artifact } from "../../src/shared/artifact.js";
import type { FixtureNames } from "./workload-fixture.js";

type Evaluation = Artifact<typeof evaluationSchema>;

/** A tail and a price that are certified, one of each that is not, and one of each that is not claimed. */
export function operationsFixture({ clusters }: FixtureNames): NonNullable<Evaluation["operations"]> {
  const [summarize, , extract, , review] = clusters;
  const latency = { kind: "latency_p95", family: 6, targetMs: 2_000 } as const;
  const cost = { kind: "cost_per_accepted", family: 6, boundBasis: "limit" } as const;
  const bound = { baseline: "0.0512", candidate: "0.0131" };
  return [
    {
      ...latency,
      question: `q-route/${summarize}`,
      verdict: "certified",
      n: 420,
      exceeded: 3,
      baselineP95Ms: 1_870.5,
      candidateP95Ms: 941,
      upperMs: 1_210,
      explanation: "3 of 420 calls took longer than 2000 ms. At most 5 % of calls do, at level 0.05 / 6.",
    },
    {
      ...cost,
      question: `q-route/${summarize}`,
      verdict: "certified",
      n: 420,
      baselineUsd: "0.026206140351",
      candidateUsd: "0.006673960612",
      savingShare: 0.745328471,
      savingShareLower: 0.69,
      boundUsd: bound,
      explanation: "At least 69.0 % less is shown at level 0.05 / 6.",
    },
    {
      ...latency,
      question: `q-route/${extract}`,
      verdict: "inconclusive",
      n: 100,
      exceeded: 4,
      baselineP95Ms: 1_640,
      candidateP95Ms: 1_990,
      upperMs: null,
      explanation: "4 of 100 calls took longer than 2000 ms. That at most 5 % of calls do is not shown.",
    },
    {
      ...cost,
      question: `q-route/${extract}`,
      verdict: "inconclusive",
      n: 100,
      baselineUsd: "0.0274",
      candidateUsd: "0.0071",
      savingShare: 0.740875912,
      savingShareLower: null,
      boundUsd: bound,
      explanation: "That it costs less is not shown at level 0.05 / 6.",
    },
    {
      ...latency,
      question: `q-route/${review}`,
      verdict: null,
      n: 64,
      targetMs: null,
      exceeded: null,
      baselineP95Ms: null,
      candidateP95Ms: null,
      upperMs: null,
      explanation: "No latency is known.",
    },
    {
      ...cost,
      question: `q-route/${review}`,
      verdict: null,
      n: 64,
      baselineUsd: null,
      candidateUsd: null,
      savingShare: null,
      savingShareLower: null,
      boundUsd: null,
      boundBasis: null,
      explanation: "Costs are not known, or nothing is paid.",
    },
  ];
}

/** A judge that is sound where points are given and contradicts itself where two answers stand side by side. */
export function judgeFixture({ provider, large }: FixtureNames): NonNullable<Evaluation["judge"]> {
  return {
    model: `${provider}/${large}`,
    repeats: 3,
    swapLimit: 0.2,
    calls: 1_412,
    unreadable: 7,
    swapped: 92,
    contradicted: 23,
    swapDisagreement: 0.25,
    lengthCorrelation: 0.31,
    calibration: [
      {
        mode: "rubric",
        samples: 60,
        agreement: 0.9,
        agreementLower: 0.74,
        agreementUpper: 0.97,
        decisive: 18,
        discrimination: 0.78,
        discriminationLower: 0.41,
        discriminationUpper: 0.96,
        bias: 0.04,
        biasLower: -0.03,
        biasUpper: 0.11,
      },
      {
        mode: "pairwise",
        samples: 30,
        agreement: 0.7,
        agreementLower: 0.46,
        agreementUpper: 0.88,
        decisive: 0,
        discrimination: null,
        discriminationLower: null,
        discriminationUpper: null,
        bias: -0.02,
        biasLower: -0.19,
        biasUpper: 0.15,
      },
    ],
  };
}
