import type { Asker } from "../ask.js";
import { EMPTY_ANSWER, type ModelAnswer, type ModelCall, type ModelRef } from "../contract.js";
import { checkExec, checkGrader, type Grade, type Grading, gradeAnswer } from "../graders/index.js";
import { refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";

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
}

/** Grades each answer once, and says what a missing answer means for each side. */
export class GradeBook {
  readonly #options: GradeBookOptions;
  readonly #samples: ReadonlyMap<string, RunSample>;
  readonly #grades = new Map<string, Grade>();

  /** @throws UsageError TOP-RUN-EXEC, before anything is asked or run. */
  constructor(options: GradeBookOptions) {
    this.#options = options;
    this.#samples = new Map(options.samples.map((sample) => [sample.id, sample]));
    for (const { id, grader } of options.samples)
      if (grader !== null) checkExec(checkGrader(grader, id).grader, id, options.grading.allowExec);
  }

  /**
   * Grades the answers to `calls` that there are. An interruption ends programs under way and stops the run; answers
   * that need no program are graded even so.
   *
   * @throws as `gradeAnswer`.
   */
  async gradeAll(calls: readonly ModelCall[]): Promise<void> {
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
    const { asker, grading } = this.#options;
    const sample = this.#samples.get(call.sampleId);
    const answer = asker.answerTo(call.sampleId, call);
    const key = gradeKey(call.sampleId, call);
    if (sample === undefined || answer === undefined || this.#grades.has(key)) return;
    if (answer.status !== "ok" || answer.failure !== null) return;
    this.#grades.set(key, await gradeAnswer(sample, answer, grading));
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
    const grade = this.#grades.get(gradeKey(sample.id, ref));
    return grade === undefined ? null : { answer, grade };
  }
}

const gradeKey = (sampleId: string, ref: ModelRef): string => `${sampleId}\0${refLabel(ref)}`;

const FAILED: Grade = { score: 0, grader: "failed-call", missing: null };

const missing = (reason: string): Grade => ({ score: null, grader: null, missing: reason });
