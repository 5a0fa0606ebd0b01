import type { Camel } from "../../shared/case.js";
import type { PicoUsd } from "../../shared/money.js";
import type { Track } from "../allocation/track.js";
import { DEFAULT_BETA } from "../certify.js";
import type { Executor, ModelRef, Population } from "../contract.js";
import type { Question } from "../inputs/questions.js";
import { baselineFor } from "../inputs/questions.js";
import { callOf, type RunSample } from "../inputs/samples.js";
import type { OperationShape } from "./contract.js";
import { certifyCost } from "./cost.js";
import { certifyLatency } from "./latency.js";

export type Operation = Camel<OperationShape>;

/** Most that one call costs, fixed before it is made; `assumed` where only recordings can tell. */
export interface CostBound {
  readonly baseline: PicoUsd;
  readonly candidate: PicoUsd;
  readonly basis: "limit" | "assumed";
}

export interface OperationOptions {
  readonly question: Question;
  readonly alpha: number;
  readonly beta: number;
  /** K: operational claims that share alpha. */
  readonly family: number;
  readonly population: Population;
  readonly populationSize: number;
  readonly targetMs: number | null;
  /** Why no call has a latency; null where calls have one. */
  readonly noLatency: string | null;
  /** null where a model has no price. */
  readonly bound: CostBound | null;
}

/** Latency and cost of each question. */
const KINDS = 2;
// Recordings have no limits; no call of a model is assumed to cost more than twice its dearest one.
const ASSUMED_HEADROOM = 2n;

export interface OperationInputs {
  readonly questions: readonly Question[];
  readonly family: number;
  readonly alpha: number;
  readonly beta?: number;
  readonly population: Population;
  readonly latencyTargetMs?: number;
}

/**
 * What the answers show besides quality: the candidate's p95 and its cost for each accepted answer. All claims of the
 * run share an alpha of their own; each is valid wherever the run ended.
 */
export function certifyOperations(
  tracks: readonly Track[],
  inputs: OperationInputs,
  executor: Executor,
): Operation[] {
  const { alpha, beta = DEFAULT_BETA, population, latencyTargetMs: targetMs = null } = inputs;
  const family = KINDS * Math.max(inputs.family, inputs.questions.length);
  return tracks.flatMap((track) => {
    const { question, answered } = track.state;
    const { populationSize } = track.draw;
    const noLatency = executor.together?.noLatency ?? null;
    const options = { question, alpha, beta, family, population, populationSize, targetMs, noLatency };
    const bound = executor.mode === "replay" ? assumedBound(track) : limitOf(track, executor);
    return [certifyLatency(answered, { ...options, bound }), certifyCost(answered, { ...options, bound })];
  });
}

/** The dearest call that each side could have made, each at its longest. */
function limitOf({ state, draw }: Track, executor: Executor): CostBound | null {
  const { question } = state;
  const costsOf = (refOf: (sample: RunSample) => ModelRef | null): (PicoUsd | null)[] =>
    draw.samples.flatMap((sample) => {
      const ref = refOf(sample);
      return ref === null ? [] : [executor.worstCase(callOf(sample, ref)).cost];
    });
  const baseline = dearest(costsOf((sample) => baselineFor(question, sample)));
  const candidate = dearest(costsOf(() => question.candidate));
  return baseline === null || candidate === null ? null : { baseline, candidate, basis: "limit" };
}

function assumedBound({ state }: Track): CostBound | null {
  const costsOf = (side: "baseline" | "candidate"): (PicoUsd | null)[] =>
    state.answered.map((pair) => pair[side].answer.cost);
  const [baseline, candidate] = [dearest(costsOf("baseline")), dearest(costsOf("candidate"))];
  if (baseline === null || candidate === null) return null;
  return { baseline: ASSUMED_HEADROOM * baseline, candidate: ASSUMED_HEADROOM * candidate, basis: "assumed" };
}

/** null as soon as one cost is unknown. */
function dearest(costs: readonly (PicoUsd | null)[]): PicoUsd | null {
  let most = 0n;
  for (const cost of costs) {
    if (cost === null) return null;
    if (cost > most) most = cost;
  }
  return most;
}
