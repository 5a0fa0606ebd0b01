import { exceedancesAllowed, logThreshold } from "../../stats/index.js";
import { CertifyState } from "../certify.js";
import type { AnsweredPair } from "../decisions/decisions.js";
import type { Operation, OperationOptions } from "./operations.js";

/** Share of calls that may take longer than a 95 % point. */
const TAIL = 0.05;

type Latency = Extract<Operation, { kind: "latency_p95" }>;

/**
 * Whether at most 5 % of the candidate's calls take longer than the target: an e-process on the indicator "took
 * longer", which is a loss of 1 against a margin of 5 points (`CertifyState`). A call without a latency took longer.
 * The upper bound on the p95 needs no target and inverts the same test (`exceedancesAllowed`).
 */
export function certifyLatency(pairs: readonly AnsweredPair[], options: OperationOptions): Latency {
  const { question, family, alpha, beta, population, populationSize, targetMs, noLatency } = options;
  if (noLatency !== null) return withoutLatency(pairs.length, options, noLatency);
  const slow = (pair: AnsweredPair): number => pair.candidate.answer.latencyMs ?? Number.POSITIVE_INFINITY;
  const latencies = pairs.map(slow).sort((a, b) => a - b);
  const state = new CertifyState({
    ...{ alpha, family, beta, margin: TAIL, population, populationSize, earlyStopping: false },
  });
  if (targetMs !== null) {
    for (const pair of pairs)
      state.push({ difference: slow(pair) > targetMs ? -1 : 0, baselineScore: null, candidateScore: null });
  }
  const isUnknown = pairs.every(({ candidate }) => candidate.answer.latencyMs === null);
  const verdict =
    targetMs === null || isUnknown ? null : state.verdict === "futile" ? "inconclusive" : state.verdict;
  const entry = {
    kind: "latency_p95",
    question: question.id,
    verdict,
    n: pairs.length,
    family,
    targetMs,
    exceeded: targetMs === null ? null : latencies.filter((latency) => latency > targetMs).length,
    baselineP95Ms: p95(pairs.map(({ baseline }) => baseline.answer.latencyMs).filter((ms) => ms !== null)),
    candidateP95Ms: isUnknown ? null : p95(latencies),
    upperMs:
      isUnknown || population === "samples" ? null : upperBound(latencies, logThreshold(alpha, family)),
  } as const;
  return { ...entry, explanation: explain(entry, isUnknown, alpha) };
}

/** A target was to be shown and cannot be, however many calls there are; without one nothing was claimed. */
function withoutLatency(n: number, { question, family, targetMs }: OperationOptions, why: string): Latency {
  const hint = targetMs === null ? "" : " To show the target, ask call by call (without --batch).";
  return {
    kind: "latency_p95",
    question: question.id,
    verdict: targetMs === null ? null : "inconclusive",
    n,
    family,
    targetMs,
    exceeded: null,
    baselineP95Ms: null,
    candidateP95Ms: null,
    upperMs: null,
    explanation: `No latency is known: ${why}.${hint}`,
  };
}

/** Smallest value with 95 % of the others at or below it; null without any, or where it lies among failed calls. */
function p95(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.ceil(sorted.length * (1 - TAIL)) - 1];
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function upperBound(sorted: readonly number[], threshold: number): number | null {
  const allowed = exceedancesAllowed(sorted.length, TAIL, threshold);
  const value = allowed === null ? undefined : sorted[sorted.length - allowed - 1];
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function explain(
  { verdict, n, targetMs, exceeded, upperMs, family }: Omit<Latency, "explanation">,
  isUnknown: boolean,
  alpha: number,
): string {
  if (isUnknown) return "No latency is known.";
  const level = `at level ${alpha} / ${family}`;
  const bound =
    upperMs === null
      ? "No bound on the 95 % point follows from this many calls."
      : `The 95 % point is at most ${upperMs} ms ${level}.`;
  if (targetMs === null) return `${bound} No target was set: --latency-p95, or latency.p95_ms of the policy.`;
  const seen = `${exceeded} of ${n} calls took longer than ${targetMs} ms.`;
  if (verdict === "certified") return `${seen} At most 5 % of calls do, ${level}. ${bound}`;
  if (verdict === "rejected") return `${seen} More than 5 % of calls do. ${bound}`;
  return `${seen} That at most 5 % of calls do is not shown. ${bound}`;
}
