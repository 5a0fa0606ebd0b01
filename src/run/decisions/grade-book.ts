import type { Asker } from "../ask.js";
import { EMPTY_ANSWER, type ModelAnswer, type ModelCall, type ModelRef } from "../contract.js";
import { asksForEmbeddings, type EmbeddingBook, referencesOf } from "../embeddings/embedding-book.js";
import { checkExec, checkGrader, type Grade, type Grading, gradeAnswer } from "../graders/index.js";
import { baselineFor, type Question, refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";
import type { AskedPair, JudgeBook } from "../judge/judge-book.js";
import type { JudgeTask } from "../judge/settings.js";
import { labelRules } from "../judge/tasks.js";
import type { AnsweredPair } from "./decisions.js";
import type { LabelBook } from "./label-book.js";

export type Role = "baseline" | "candidate";

export interface Graded {
  readonly answer: ModelAnswer;
  readonly grade: Grade;
}

export interface GradeBookOptions {
  readonly asker: Asker;
  readonly samples: readonly RunSample[];
  readonly grading: Grading;
  /** Programs that graders may run at once. */
  readonly concurrency: number;
  readonly judge: JudgeBook | null;
  readonly embeddings: EmbeddingBook | null;
  readonly labels: LabelBook | null;
}

const PAIRWISE = "judge-pairwise";
const RUBRIC = "judge-rubric";

/** Grades each answer once, and says what a missing answer means for each side. */
export class GradeBook {
  readonly #options: GradeBookOptions;
  readonly #samples: ReadonlyMap<string, RunSample>;
  readonly #grades = new Map<string, Grade>();
  /** What rules say where a judge is asked. */
  readonly #rules = new Map<string, Grade>();

  /** @throws UsageError TOP-RUN-EXEC, before anything is asked or run. */
  constructor(options: GradeBookOptions) {
    this.#options = options;
    this.#samples = new Map(options.samples.map((sample) => [sample.id, sample]));
    for (const { id, grader } of options.samples)
      if (grader !== null) checkExec(checkGrader(grader, id).grader, id, options.grading.allowExec);
  }

  /**
   * Grades the answers to `calls` that there are, and has `pairs` judged where that takes a model. An interruption
   * ends programs under way and stops the run; answers that need no program are graded even so. `total` is for
   * progress.
   *
   * @throws as `gradeAnswer` and `Asker.askAll`.
   */
  async gradeAll(calls: readonly ModelCall[], pairs: readonly AskedPair[] = [], total = 0): Promise<void> {
    await this.#gradeLocally(calls);
    await this.#options.judge?.judge(pairs, total);
    await this.#options.embeddings?.embed(this.#answersToEmbed(calls), total);
  }

  /** null where there is no answer, or no grade (yet). */
  of(sample: RunSample, ref: ModelRef | null, role: Role): Graded | null {
    if (ref === null) return { answer: EMPTY_ANSWER, grade: missing("no model recorded on the prompt") };
    const answer = this.#options.asker.answerTo(sample.id, ref);
    if (answer === undefined) return null;
    if (answer.status !== "ok") {
      // Zero for a baseline would count as a win for the candidate.
      const grade =
        role === "candidate" ? FAILED : missing(`baseline call failed: ${answer.failure ?? answer.status}`);
      return { answer, grade };
    }
    if (answer.failure !== null) return { answer, grade: missing(answer.failure) };
    const grade = this.#gradeByModel(sample, answer) ?? this.#grades.get(gradeKey(sample.id, ref));
    return grade === undefined || grade === "open" ? null : { answer, grade };
  }

  /** Both sides of a question on a sample; null where something is still to be asked. */
  pair(sample: RunSample, question: Question): AnsweredPair | null {
    const ref = baselineFor(question, sample);
    const baseline = this.of(sample, ref, "baseline");
    const candidate = this.of(sample, question.candidate, "candidate");
    if (baseline === null || candidate === null) return null;
    const task = this.#taskOf(sample, baseline.answer) ?? this.#taskOf(sample, candidate.answer);
    if (task === null || ref === null) return { baseline, candidate };
    const pair = { sample, baseline: ref, candidate: question.candidate };
    const judged = task.mode === "rubric" ? { baseline, candidate } : this.#compared(pair, task);
    if (judged === null) return null;
    return this.#withRules(pair, { baseline, candidate }, judged);
  }

  /** What rules say of an answer that there is a label for; null without one. */
  labelOf(sample: RunSample, ref: ModelRef): number | null {
    if (labelRules(sample) === null) return null;
    const key = gradeKey(sample.id, ref);
    return (this.#rules.get(key) ?? this.#grades.get(key))?.score ?? null;
  }

  async #gradeLocally(calls: readonly ModelCall[]): Promise<void> {
    const { asker, concurrency, grading } = this.#options;
    const queue = calls.values();
    let fault: unknown = null;
    const work = async (): Promise<void> => {
      for (const call of queue) {
        if (fault !== null) return;
        try {
          await this.#grade(call);
        } catch (error) {
          if (grading.signal.aborted) asker.stop ??= "interrupted";
          else fault ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
    if (fault !== null) throw fault;
  }

  async #grade(call: ModelCall): Promise<void> {
    const { asker, grading, embeddings } = this.#options;
    const sample = this.#samples.get(call.sampleId);
    const answer = asker.answerTo(call.sampleId, call);
    const key = gradeKey(call.sampleId, call);
    if (sample === undefined || answer === undefined || this.#grades.has(key)) return;
    if (answer.status !== "ok" || answer.failure !== null) return;
    const task = this.#taskOf(sample, answer);
    if (task !== null) {
      if (task.rules !== null && !this.#rules.has(key))
        this.#rules.set(key, await gradeAnswer({ ...sample, grader: task.rules }, answer, grading));
      return;
    }
    const grade = await gradeAnswer(sample, answer, grading);
    const isLexical = embeddings === null && grade.grader === "embedding";
    this.#grades.set(key, isLexical ? { ...grade, grader: "embedding-lexical" } : grade);
  }

  /** null: no model grades this answer. "open": it has not been asked. */
  #gradeByModel(sample: RunSample, answer: ModelAnswer): Grade | "open" | null {
    const { judge, embeddings } = this.#options;
    const task = this.#taskOf(sample, answer);
    if (task === null && (embeddings === null || answer.score !== null || !asksForEmbeddings(sample)))
      return null;
    if (answer.text === null) return missing("no answer text");
    if (task === null) {
      const likeness = embeddings!.scoreOf(sample, answer.text);
      return gradeByModel("embedding", likeness, referencesOf(sample).length === 0 ? NO_TEXT : NO_VECTOR);
    }
    if (task.mode === "pairwise") return { score: null, grader: PAIRWISE, missing: null };
    return gradeByModel(RUBRIC, judge!.scoreOf(sample, task, answer.text), NO_OPINION);
  }

  /** Scores of a pair that was judged side by side: 1/2 each for a tie, so that their difference is the preference. */
  #compared({ sample, baseline, candidate }: AskedPair, task: JudgeTask): Judged | null {
    const sides = {
      baseline: this.of(sample, baseline, "baseline")!,
      candidate: this.of(sample, candidate, "candidate")!,
    };
    const scored = (difference: number): Judged => ({
      baseline: {
        ...sides.baseline,
        grade: { score: (1 - difference) / 2, grader: PAIRWISE, missing: null },
      },
      candidate: {
        ...sides.candidate,
        grade: { score: (1 + difference) / 2, grader: PAIRWISE, missing: null },
      },
    });
    if (sides.baseline.grade.missing !== null || sides.candidate.grade.missing !== null) return sides;
    if (sides.candidate.answer.status !== "ok") return scored(-1);
    const [ours, theirs] = [sides.baseline.answer.text!, sides.candidate.answer.text!];
    const preference = this.#options.judge!.preferenceOf(sample, task, ours, theirs);
    if (preference === undefined) return null;
    if (preference === null) {
      const grade = missing(NO_OPINION);
      return { baseline: { ...sides.baseline, grade }, candidate: { ...sides.candidate, grade } };
    }
    const { isAsked, isContradicted } = preference;
    return { ...scored(preference.difference), ...(isAsked && { isContradicted }) };
  }

  #withRules({ sample, baseline, candidate }: AskedPair, sides: Sides, judged: Judged): AnsweredPair {
    const { isContradicted = null, ...graded } = judged;
    const { labels } = this.#options;
    if (labels !== null) {
      // Equal answers have equal labels, whoever gives them; a call that failed has the score that it gets everywhere.
      if (sides.baseline.answer.text === sides.candidate.answer.text)
        return { ...graded, corrected: { value: 0, isLabelled: false } };
      const hasFailed = sides.candidate.answer.status !== "ok";
      const known = (ref: ModelRef): number | null =>
        hasFailed && ref === candidate ? 0 : this.labelOf(sample, ref);
      return { ...graded, corrected: labels.correct({ sample, baseline, candidate }, graded, known) };
    }
    const rulesOn = (ref: ModelRef, side: Graded): Grade =>
      side.answer.status === "ok"
        ? (this.#rules.get(gradeKey(sample.id, ref)) ?? missing(NO_RULES))
        : side.grade;
    const rules = {
      baseline: rulesOn(baseline, sides.baseline),
      candidate: rulesOn(candidate, sides.candidate),
    };
    return { ...graded, judged: { rules, isContradicted } };
  }

  /** null where rules grade the sample, or its recording has a score. */
  #taskOf(sample: RunSample, { score }: ModelAnswer): JudgeTask | null {
    return score === null ? (this.#options.judge?.taskOf(sample) ?? null) : null;
  }

  #answersToEmbed(calls: readonly ModelCall[]): { sample: RunSample; text: string }[] {
    return calls.flatMap((call) => {
      const sample = this.#samples.get(call.sampleId);
      const answer = this.#options.asker.answerTo(call.sampleId, call);
      if (sample === undefined || answer === undefined || answer.status !== "ok") return [];
      const { text, score } = answer;
      const isAsked =
        text !== null && score === null && asksForEmbeddings(sample) && referencesOf(sample).length > 0;
      return isAsked ? [{ sample, text }] : [];
    });
  }
}

interface Sides {
  readonly baseline: Graded;
  readonly candidate: Graded;
}

interface Judged extends Sides {
  /** Absent where nobody was asked in both orders. */
  readonly isContradicted?: boolean;
}

const NO_OPINION = "the judge gave no opinion that can be read";
const NO_VECTOR = "an embedding is not to be had";
const NO_TEXT = "grader embedding cannot use this reference";
const NO_RULES = "no rules for this sample";

function gradeByModel(grader: string, score: number | null | undefined, why: string): Grade | "open" {
  if (score === undefined) return "open";
  return score === null ? missing(why) : { score, grader, missing: null };
}

const gradeKey = (sampleId: string, ref: ModelRef): string => `${sampleId}\0${refLabel(ref)}`;

const FAILED: Grade = { score: 0, grader: "failed-call", missing: null };

const missing = (reason: string): Grade => ({ score: null, grader: null, missing: reason });
