import { createRandom } from "../../shared/random.js";
import type { Asker } from "../ask.js";
import type { ModelCall } from "../contract.js";
import type { GradeBook } from "../decisions/grade-book.js";
import { callKey, type RunSample } from "../inputs/samples.js";
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
  /** Where calls are batched, every open question takes this many samples in each wave: a batch may take a day. */
  readonly batchSamples?: number;
  /** What the plan says its questions are worth; null: candidates were named, so that those for the same traffic compete. */
  readonly prove: readonly Prove[] | null;
  /** Calls of a run over all samples, for progress. */
  readonly total: number;
}

/**
 * Gives one wave after another to the question that the allocation chooses (to every open one, where calls are batched),
 * until none is open or the run has to stop. A plan's questions do not compete: its actions are wanted together.
 *
 * Returns why each question ended, in the order in which they did.
 */
export async function askInWaves(tracks: readonly Track[], options: WaveOptions): Promise<Ending[]> {
  const { asker, grades, allocation, batchSamples, prove, total } = options;
  const endings: Ending[] = [];
  let wave = 0;
  while (asker.stop === null) {
    const open = tracks.filter(isOpen);
    if (open.length === 0) break;
    wave += 1;
    const chosen = batchSamples === undefined ? [chooseOne(open, wave, options)] : open;
    const asked = chosen.map((track) => ({ track, samples: nextOf(track, batchSamples ?? WAVE_SAMPLES) }));
    const calls = callsOf(asked);
    // Another question may have had the baseline's answer already: it is not paid for again.
    await asker.askAll(
      calls.filter((call) => asker.answerTo(call.sampleId, call) === undefined),
      total,
    );
    const pairs = asked.flatMap(({ track, samples }) => pairsFor(samples, track));
    await grades.gradeAll(calls, pairs, total);
    for (const { track, samples } of asked) for (const sample of samples) pushPair(track, sample, grades);
    if (allocation.eliminates && prove === null)
      for (const track of chosen) endDearerRivals(track, tracks, asker);
    // The questions that ended at their own verdict come before those that they made needless.
    const rest = open.filter((track) => !chosen.includes(track));
    const ended = [...chosen, ...rest].filter((track) => !isOpen(track));
    endings.push(...ended.map((track) => endingOf(track, wave)));
  }
  const logged = new Set(endings.map(({ question }) => question));
  const left = tracks.filter(({ state }) => !logged.has(state.question.id));
  return [...endings, ...left.map((track) => endingOf(track, wave))];
}

function chooseOne(open: readonly Track[], wave: number, { allocation, seed, prove }: WaveOptions): Track {
  const random = createRandom(`${seed}\0wave\0${wave}`);
  return open[allocation.choose(openQuestions(open, prove ?? []), random)]!;
}

interface Asked {
  readonly track: Track;
  readonly samples: readonly RunSample[];
}

function nextOf({ state, draw }: Track, size: number): readonly RunSample[] {
  return draw.samples.slice(state.pairs, state.pairs + size);
}

/** Each call once, whatever number of questions it answers. */
function callsOf(asked: readonly Asked[]): ModelCall[] {
  const calls = asked.flatMap(({ track, samples }) => samples.flatMap((sample) => callsFor(sample, [track])));
  return [...new Map(calls.map((call) => [callKey(call), call])).values()];
}
