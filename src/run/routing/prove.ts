import { formatExact, type PicoUsd } from "../../shared/money.js";
import type { Certificate, Pair } from "../certificate.js";
import { certify } from "../certify.js";
import type { RoutingSample } from "./feedback.js";
import { estimateOffPolicy, type OffPolicyEstimate } from "./off-policy.js";
import { costOfChoice, type Outcomes } from "./outcomes.js";
import { BASELINE_ARM, type Choice } from "./policy.js";

/** What is done with each held-out sample. */
export type Decide = (sample: RoutingSample) => Choice;

export interface ProofOptions {
  readonly margin: number;
  readonly alpha: number;
}

/**
 * The run's own certificate on the held-out samples: does the policy lose more than the margin against the baseline?
 * The policy was fixed before any of them was looked at, so it is one test. Where its choice is the baseline's the
 * pair is a tie by construction. Logged choices enter as doubly robust differences, weighted draws of known bound.
 */
export function provePolicy(
  heldOut: readonly RoutingSample[],
  decide: Decide,
  outcomes: Outcomes,
  { margin, alpha }: ProofOptions,
): Certificate {
  const { bound } = outcomes;
  const pairs = heldOut.map((sample): Pair => {
    const { arm } = decide(sample);
    const difference = outcomes.difference(sample, arm);
    if (bound === 1) return { difference, ...scoresOf(sample, arm) };
    const scaled = difference === null ? null : difference / bound;
    return { difference: scaled, baselineScore: null, candidateScore: null, weight: bound };
  });
  return certify(pairs, {
    ...{ alpha, margin, family: 1, population: "traffic", populationSize: null },
    ...{ earlyStopping: false, planned: heldOut.length, largestWeight: bound },
  });
}

function scoresOf({ answers }: RoutingSample, arm: number): Pick<Pair, "baselineScore" | "candidateScore"> {
  const score = (one: number): number | null => answers[one]?.score ?? null;
  return { baselineScore: score(BASELINE_ARM), candidateScore: score(arm) };
}

/** Mean score of a policy; null where no held-out sample has a grade. */
export function meanScoreOf(
  heldOut: readonly RoutingSample[],
  decide: Decide,
  outcomes: Outcomes,
): OffPolicyEstimate | null {
  const seen = heldOut.flatMap((sample) => {
    const { arm } = decide(sample);
    const logged = sample.logged ?? { arm, propensity: 1 };
    const reward = sample.answers[logged.arm]?.score ?? null;
    if (reward === null) return [];
    const predictedLogged = outcomes.predicted(sample, logged.arm);
    const predictedPolicy = outcomes.predicted(sample, arm);
    const agrees = logged.arm === arm;
    return [{ propensity: logged.propensity, agrees, reward, predictedLogged, predictedPolicy }];
  });
  return seen.length === 0 ? null : estimateOffPolicy(seen);
}

export interface HeldOutCost {
  readonly baselineUsd: string;
  readonly policyUsd: string;
  readonly savingShare: number;
  /** Prices that stand for a call that was not made. */
  readonly estimated: number;
}

/** What the held-out samples would have cost; samples without a price on either side are left out of both. */
export function costsOf(
  heldOut: readonly RoutingSample[],
  decide: Decide,
  outcomes: Outcomes,
): HeldOutCost | null {
  let [baseline, policy, estimated]: [PicoUsd, PicoUsd, number] = [0n, 0n, 0];
  for (const sample of heldOut) {
    const choice = decide(sample);
    const before = outcomes.cost(sample, BASELINE_ARM);
    const paid = costOfChoice(outcomes, sample, choice);
    if (before === null || paid === null) continue;
    baseline += before;
    policy += paid;
    estimated += [BASELINE_ARM, ...choice.asked].filter(
      (arm) => (sample.answers[arm]?.cost ?? null) === null,
    ).length;
  }
  if (baseline === 0n) return null;
  return {
    baselineUsd: formatExact(baseline),
    policyUsd: formatExact(policy),
    savingShare: 1 - Number(policy) / Number(baseline),
    estimated,
  };
}

/** Mean difference to the baseline; null where no held-out sample has a grade. */
export function differenceOfPolicy(
  heldOut: readonly RoutingSample[],
  decide: Decide,
  outcomes: Outcomes,
): number | null {
  const seen = heldOut
    .map((sample) => outcomes.difference(sample, decide(sample).arm))
    .filter((difference) => difference !== null);
  return seen.length === 0 ? null : seen.reduce((sum, value) => sum + value, 0) / seen.length;
}

/** Share of held-out requests by arm: whose answer is used, and who is asked. */
export function trafficOf(
  heldOut: readonly RoutingSample[],
  decide: Decide,
  arms: number,
): { readonly used: number; readonly asked: number }[] {
  const counts = Array.from({ length: arms }, () => ({ used: 0, asked: 0 }));
  for (const sample of heldOut) {
    const { arm, asked } = decide(sample);
    counts[arm]!.used += 1;
    for (const one of asked) counts[one]!.asked += 1;
  }
  const n = Math.max(1, heldOut.length);
  return counts.map(({ used, asked }) => ({ used: used / n, asked: asked / n }));
}

/** 95 % points over samples where every model asked has a latency; a cascade waits for each in turn. */
export function latenciesOf(
  heldOut: readonly RoutingSample[],
  decide: Decide,
): { readonly baselineP95: number; readonly policyP95: number; readonly pairs: number } | null {
  const waits = heldOut.flatMap((sample) => {
    const before = sample.answers[BASELINE_ARM]?.latencyMs ?? null;
    const own = decide(sample).asked.map((arm) => sample.answers[arm]?.latencyMs ?? null);
    if (before === null || own.some((one) => one === null)) return [];
    return [{ before, own: own.reduce<number>((sum, one) => sum + one!, 0) }];
  });
  if (waits.length === 0) return null;
  return {
    baselineP95: p95(waits.map(({ before }) => before)),
    policyP95: p95(waits.map(({ own }) => own)),
    pairs: waits.length,
  };
}

/** Nearest rank. */
function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1]!;
}
