import type { Asker } from "../ask.js";
import type { ModelAnswer, ModelRef } from "../contract.js";
import { type Grade, gradeAnswer } from "../graders/index.js";
import { refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";

export type Role = "baseline" | "candidate";

export interface Graded {
  readonly answer: ModelAnswer;
  readonly grade: Grade;
}

/** Grades each answer once, and says what a missing answer means for each side. */
export class GradeBook {
  readonly #asker: Asker;
  readonly #grades = new Map<string, Grade>();

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** null where there is no answer (yet). */
  of(sample: RunSample, ref: ModelRef | null, role: Role): Graded | null {
    if (ref === null) return { answer: NO_ANSWER, grade: missing("no model recorded on the prompt") };
    const answer = this.#asker.answerTo(sample.id, ref);
    if (answer === undefined) return null;
    if (answer.status !== "ok") {
      // Zero for a baseline would count as a win for the candidate.
      const grade =
        role === "candidate" ? FAILED : missing(`baseline call failed: ${answer.failure ?? answer.status}`);
      return { answer, grade };
    }
    if (answer.failure !== null) return { answer, grade: missing(answer.failure) };
    const key = `${sample.id}\0${refLabel(ref)}`;
    const grade = this.#grades.get(key) ?? gradeAnswer(sample, answer);
    this.#grades.set(key, grade);
    return { answer, grade };
  }
}

const FAILED: Grade = { score: 0, grader: "failed-call", missing: null };

const missing = (reason: string): Grade => ({ score: null, grader: null, missing: reason });

const NO_ANSWER: ModelAnswer = {
  text: null,
  score: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  latencyMs: null,
  cost: null,
  status: "ok",
  failure: null,
  cached: false,
};
