import type { PicoUsd } from "../../shared/money.js";
import type { ModelCall } from "../contract.js";
import type { QuestionState } from "../decisions/decisions.js";
import type { GradeBook } from "../decisions/grade-book.js";
import { baselineFor, type Draw, refLabel } from "../inputs/questions.js";
import { callOf, type RunSample } from "../inputs/samples.js";
import type { AskedPair } from "../judge/judge-book.js";

/** A question on its way through a run. */
export interface Track {
  readonly state: QuestionState;
  readonly draw: Draw;
  /** Ids of the samples drawn. */
  readonly drawn: ReadonlySet<string>;
  /** Why pairs have no grade, counted. */
  readonly missing: Map<string, number>;
  /** Sums over pairs in which both costs are known. */
  readonly spent: { baseline: PicoUsd; candidate: PicoUsd; pairs: number };
  /** True once an answer is not to be had: later pairs would no longer be in the fixed order. */
  halted: boolean;
  /** The certified, cheaper candidate that makes this one needless. */
  supersededBy: Track | null;
}

export function startTrack(state: QuestionState, draw: Draw): Track {
  return {
    state,
    draw,
    drawn: new Set(draw.samples.map(({ id }) => id)),
    missing: new Map(),
    spent: { baseline: 0n, candidate: 0n, pairs: 0 },
    halted: false,
    supersededBy: null,
  };
}

export function isOpen({ state, draw, halted, supersededBy }: Track): boolean {
  return !halted && supersededBy === null && !state.finished && state.pairs < draw.samples.length;
}

/** Each model once a sample: the baseline first, then the candidates. */
export function callsFor(sample: RunSample, tracks: readonly Track[]): ModelCall[] {
  const sides = tracks.map(({ state: { question } }) => question);
  const refs = [
    ...sides.map((question) => baselineFor(question, sample)),
    ...sides.map(({ candidate }) => candidate),
  ];
  const distinct = new Map(refs.filter((ref) => ref !== null).map((ref) => [refLabel(ref), ref]));
  return [...distinct.values()].map((ref) => callOf(sample, ref));
}

/** What the judge sees of these samples: each question's two models, where the baseline has one. */
export function pairsFor(samples: readonly RunSample[], track: Track): AskedPair[] {
  const { question } = track.state;
  return samples.flatMap((sample) => {
    const baseline = baselineFor(question, sample);
    return baseline === null ? [] : [{ sample, baseline, candidate: question.candidate }];
  });
}

/** Takes the pair of the next sample in the fixed order; without both answers the track halts. */
export function pushPair(track: Track, sample: RunSample, grades: GradeBook): void {
  if (!isOpen(track)) return;
  const pair = grades.pair(sample, track.state.question);
  if (pair === null) {
    track.halted = true;
    return;
  }
  const { baseline, candidate } = pair;
  track.state.push(pair);
  const reason = baseline.grade.missing ?? candidate.grade.missing;
  if (reason !== null) track.missing.set(reason, (track.missing.get(reason) ?? 0) + 1);
  if (baseline.answer.cost === null || candidate.answer.cost === null) return;
  track.spent.baseline += baseline.answer.cost;
  track.spent.candidate += candidate.answer.cost;
  track.spent.pairs += 1;
}
