import type { Asker } from "../ask.js";
import type { ModelAnswer, ModelCall, ModelRef } from "../contract.js";
import { refLabel } from "../inputs/questions.js";
import { callKey, type RunSample } from "../inputs/samples.js";
import { median, readPairwise, readRubric } from "./opinions.js";
import { pairwiseCalls, rubricCalls } from "./prompts.js";
import type { JudgeMode, JudgeSettings, JudgeTask } from "./settings.js";
import { calibrationTask, judgeTask, labelRules } from "./tasks.js";

/** Two answers to one sample that are held against each other. */
export interface AskedPair {
  readonly sample: RunSample;
  readonly baseline: ModelRef;
  readonly candidate: ModelRef;
}

/** The judge's opinion on a pair, from the candidate's side: 1 it wins, -1 it loses. */
export interface Preference {
  readonly difference: number;
  /** True where the opinions contradict each other once the answers change places; the pair then counts as a tie. */
  readonly isContradicted: boolean;
  /** False where the answers are equal, so that nobody was asked. */
  readonly isAsked: boolean;
}

/** Where answers and opinions come from. */
export type Answers = Pick<Asker, "answerTo" | "askAll">;

export interface JudgeBookOptions {
  readonly settings: JudgeSettings;
  readonly asker: Answers;
  /** In the run's fixed order. */
  readonly samples: readonly RunSample[];
}

/**
 * Asks the judge, and reads its opinions. Which calls there are follows from the answers alone; their replies are
 * kept, journalled and paid for like any answer's (`ask.ts`).
 */
export class JudgeBook {
  readonly settings: JudgeSettings;
  readonly #asker: Answers;
  readonly #tasks: ReadonlyMap<string, JudgeTask>;
  readonly #calibrating: ReadonlySet<string>;
  readonly #modes: readonly JudgeMode[];
  readonly #pairs = new Map<string, AskedPair>();

  constructor({ settings, asker, samples }: JudgeBookOptions) {
    this.settings = settings;
    this.#asker = asker;
    const tasks = samples.map((sample) => [sample.id, judgeTask(sample)] as const);
    this.#tasks = new Map(tasks.filter((entry): entry is [string, JudgeTask] => entry[1] !== null));
    this.#modes = [...new Set([...this.#tasks.values()].map(({ mode }) => mode))].sort();
    const labelled = samples.filter((sample) => !this.#tasks.has(sample.id) && labelRules(sample) !== null);
    // Without a sample to judge there is nothing to calibrate for.
    const wanted = this.#modes.length === 0 ? 0 : settings.calibration;
    this.#calibrating = new Set(labelled.slice(0, wanted).map(({ id }) => id));
  }

  /** Every pair that was brought before the judge, calibration included. */
  get pairs(): readonly AskedPair[] {
    return [...this.#pairs.values()];
  }

  taskOf({ id }: RunSample): JudgeTask | null {
    return this.#tasks.get(id) ?? null;
  }

  /** Tasks that compare the judge with this sample's label. */
  calibrationTasks(sample: RunSample): JudgeTask[] {
    const own = this.taskOf(sample);
    if (own !== null) return labelRules(sample) === null ? [] : [own];
    if (!this.#calibrating.has(sample.id)) return [];
    return this.#modes.map((mode) => calibrationTask(sample, mode)).filter((task) => task !== null);
  }

  /** Calls on these pairs at most, for progress and estimates. */
  mostCalls(pairs: readonly AskedPair[]): number {
    const calls = new Map<string, number>();
    for (const { sample, baseline, candidate } of pairs) {
      for (const { mode } of this.#tasksOn(sample)) {
        if (mode === "pairwise")
          calls.set(pairKey({ sample, baseline, candidate }), 2 * this.settings.repeats);
        else
          for (const ref of [baseline, candidate])
            calls.set(`${sample.id}\0${refLabel(ref)}`, this.settings.repeats);
      }
    }
    return [...calls.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Asks what there is to ask on these pairs, in their order. */
  async judge(pairs: readonly AskedPair[], total: number): Promise<void> {
    const calls = this.callsOn(pairs);
    if (calls.length > 0) await this.#asker.askAll(calls, total);
  }

  /** What is still to be asked on these pairs, each call once. */
  callsOn(pairs: readonly AskedPair[]): ModelCall[] {
    const calls = new Map<string, ModelCall>();
    for (const pair of pairs) {
      const tasks = this.#tasksOn(pair.sample);
      if (tasks.length > 0) this.#pairs.set(pairKey(pair), pair);
      for (const call of tasks.flatMap((task) => this.#callsOn(pair, task)))
        if (this.#answerTo(call) === undefined) calls.set(callKey(call), call);
    }
    return [...calls.values()];
  }

  /** Score in 0..1 of one answer by the rubric; null where no opinion can be read. undefined: not asked yet. */
  scoreOf(sample: RunSample, task: JudgeTask, text: string): number | null | undefined {
    return this.#opinion(rubricCalls(sample, task, text, this.settings), (reply) => readRubric(reply, task));
  }

  /** null where no opinion can be read in either order. undefined: not asked yet. */
  preferenceOf(
    sample: RunSample,
    task: JudgeTask,
    baseline: string,
    candidate: string,
  ): Preference | null | undefined {
    if (baseline === candidate) return { difference: 0, isContradicted: false, isAsked: false };
    const [ahead, behind] = this.#orders(sample, task, baseline, candidate).map((calls) =>
      this.#opinion(calls, readPairwise),
    );
    if (ahead === undefined || behind === undefined) return undefined;
    if (ahead === null || behind === null) return null;
    return { difference: (ahead - behind) / 2, isContradicted: ahead * behind > 0, isAsked: true };
  }

  /** Replies to the judge's calls so far, and how many of them cannot be read. */
  replies(): { readonly calls: number; readonly unreadable: number } {
    const seen = new Map<string, boolean>();
    for (const pair of this.pairs) {
      for (const task of this.#tasksOn(pair.sample)) {
        for (const call of this.#callsOn(pair, task)) {
          const text = this.#answerTo(call)?.text;
          if (text === undefined || text === null) continue;
          const opinion = task.mode === "rubric" ? readRubric(text, task) : readPairwise(text);
          seen.set(callKey(call), opinion === null);
        }
      }
    }
    return { calls: seen.size, unreadable: [...seen.values()].filter(Boolean).length };
  }

  /** Text of an answer that is there to be judged; null for failures and recorded scores. */
  textOf({ id }: RunSample, ref: ModelRef): string | null {
    const answer = this.#asker.answerTo(id, ref);
    return answer === undefined ? null : judgedText(answer);
  }

  #tasksOn(sample: RunSample): JudgeTask[] {
    const own = this.taskOf(sample);
    return own === null ? this.calibrationTasks(sample) : [own];
  }

  #callsOn({ sample, baseline, candidate }: AskedPair, task: JudgeTask): ModelCall[] {
    const texts = [baseline, candidate].map((ref) => this.textOf(sample, ref));
    if (task.mode === "rubric")
      return texts.flatMap((text) => (text === null ? [] : rubricCalls(sample, task, text, this.settings)));
    const [ours, theirs] = texts;
    if (ours == null || theirs == null || ours === theirs) return [];
    return this.#orders(sample, task, ours, theirs).flat();
  }

  /** The candidate shown first, then second. */
  #orders(sample: RunSample, task: JudgeTask, baseline: string, candidate: string): ModelCall[][] {
    return [
      pairwiseCalls(sample, task, [candidate, baseline], this.settings),
      pairwiseCalls(sample, task, [baseline, candidate], this.settings),
    ];
  }

  #opinion(calls: readonly ModelCall[], read: (reply: string) => number | null): number | null | undefined {
    const replies = calls.map((call) => this.#answerTo(call));
    if (replies.some((reply) => reply === undefined)) return undefined;
    return median(replies.map((reply) => (reply?.text == null ? null : read(reply.text))));
  }

  #answerTo(call: ModelCall): ModelAnswer | undefined {
    return this.#asker.answerTo(call.sampleId, call, call.part);
  }
}

function judgedText({ status, failure, text, score }: ModelAnswer): string | null {
  return status === "ok" && failure === null && score === null ? text : null;
}

const pairKey = ({ sample, baseline, candidate }: AskedPair): string =>
  `${sample.id}\0${refLabel(baseline)}\0${refLabel(candidate)}`;
