import { createRandom } from "../../shared/random.js";
import type { Asker } from "../ask.js";
import type { GradeBook } from "../decisions/grade-book.js";
import type { Allocation } from "./allocation.js";
import { endDearerRivals } from "./competition.js";
import { type Ending, endingOf } from "./endings.js";
import { openQuestions, type Prove } from "./stakes.js";
import { callsFor, isOpen, pairsFor, pushPair, type Track } from "./track.js";

/**
 * Samples asked between two choices. Fixed, so that which calls are made depends neither on concurrency nor on the
 * speed of any answer.
 */
export const WAVE_SAMPLES = 8;

export interface WaveOptions {
  readonly asker: Asker;
  readonly grades: GradeBook;
  readonly allocation: Allocation;
  readonly seed: number;
  /** What the plan says its questions are worth; null: candidates were named, so that those for the same traffic compete. */
  readonly prove: readonly Prove[] | null;
  /** Calls of a run over all samples, for progress. */
  readonly total: number;
}

/**
 * Gives one wave after another to the question that the allocation chooses, until none is open or the run has to
 * stop. A plan's questions do not compete: its actions are wanted together.
 *
 * Returns why each question ended, in the order in which they did.
 */
export async function askInWaves(tracks: readonly Track[], options: WaveOptions): Promise<Ending[]> {
  const { asker, grades, allocation, seed, prove, total } = options;
  const endings: Ending[] = [];
  let wave = 0;
  while (asker.stop === null) {
    const open = tracks.filter(isOpen);
    if (open.length === 0) break;
    wave += 1;
    const random = createRandom(`${seed}\0wave\0${wave}`);
    const chosen = open[allocation.choose(openQuestions(open, prove ?? []), random)]!;
    const { pairs } = chosen.state;
    const samples = chosen.draw.samples.slice(pairs, pairs + WAVE_SAMPLES);
    const calls = samples.flatMap((sample) => callsFor(sample, [chosen]));
    // Another question may have had the baseline's answer already: it is not paid for again.
    await asker.askAll(
      calls.filter((call) => asker.answerTo(call.sampleId, call) === undefined),
      total,
    );
    await grades.gradeAll(calls, pairsFor(samples, chosen), total);
    for (const sample of samples) pushPair(chosen, sample, grades);
    if (allocation.eliminates && prove === null) endDearerRivals(chosen, tracks, asker);
    // The question that ended at its own verdict comes before those that it made needless.
    const ended = [chosen, ...open.filter((track) => track !== chosen)].filter((track) => !isOpen(track));
    endings.push(...ended.map((track) => endingOf(track, wave)));
  }
  const logged = new Set(endings.map(({ question }) => question));
  const left = tracks.filter(({ state }) => !logged.has(state.question.id));
  return [...endings, ...left.map((track) => endingOf(track, wave))];
}
