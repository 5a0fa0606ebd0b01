import type { z } from "zod";
import type { graderSpec } from "../../profile/contract.js";
import { UsageError } from "../../shared/errors.js";
import type { GradeHost, Grader, ModelAnswer, Score } from "../contract.js";
import { isNumberText } from "./numeric.js";
import { recordedScore } from "./recorded-score.js";
import { findGrader, GRADERS } from "./registry.js";

export type GraderSpec = z.infer<typeof graderSpec>;

/** What grading needs to know of a sample. */
export interface GradedSample {
  readonly id: string;
  readonly reference?: unknown;
  readonly grader: GraderSpec | null;
}

/** `missing` says why there is no score, in words that hold no content; null when there is one. */
export interface Grade {
  readonly score: number | null;
  readonly grader: string | null;
  readonly missing: string | null;
}

/** What grading may do on this machine. */
export interface Grading extends GradeHost {
  /** `--allow-exec`: graders that run programs may. */
  readonly allowExec: boolean;
}

/** Longer references are prose, and prose is never equal word for word. */
export const SHORT_REFERENCE_CHARACTERS = 80;

/**
 * Grades one answer: a recorded score as it is; else the sample's grader; else numeric or exact where the reference
 * is short; else the grade is missing, with its reason. A failed call has no text to grade: see `runEvaluation`.
 *
 * @throws UsageError TOP-RUN-GRADER, TOP-RUN-GRADER-OPTIONS, TOP-RUN-EXEC, as `checkGrader` and `checkExec`;
 * TOP-RUN-COMMAND; the reason of `grading.signal` where it ended a program.
 */
export async function gradeAnswer(
  sample: GradedSample,
  answer: Pick<ModelAnswer, "text" | "score">,
  grading: Grading,
): Promise<Grade> {
  // The scale of a recorded score was checked when the recording was read.
  if (answer.score !== null) return { score: answer.score, grader: recordedScore.id, missing: null };
  if (answer.text === null) return { score: null, grader: null, missing: "no answer text" };
  const spec = sample.grader ?? defaultGrader(sample.reference);
  if (spec === null) return { score: null, grader: null, missing: missingReason(sample.reference) };
  const { grader, options } = checkGrader(spec, sample.id);
  checkExec(grader, sample.id, grading.allowExec);
  const input = { response: answer.text, reference: sample.reference, options, host: grading };
  return gradeOf(grader.id, await grader.grade(input));
}

function gradeOf(grader: string, score: Score): Grade {
  if (typeof score === "number") return { score, grader, missing: null };
  const reason = score === null ? "cannot use this reference or pattern" : score.missing;
  return { score: null, grader, missing: `grader ${grader} ${reason}` };
}

/**
 * Refuses graders that run programs where nobody allowed that: a samples file may come from anywhere.
 *
 * @throws UsageError TOP-RUN-EXEC
 */
export function checkExec(grader: Grader, sampleId: string, allowExec: boolean): void {
  if (grader.executes !== true || allowExec) return;
  throw new UsageError({
    code: "TOP-RUN-EXEC",
    message: `Sample "${sampleId}" asks for the grader "${grader.id}", which runs programs on this machine.`,
    found: "Nothing was run. Programs have your rights: files and network are open to them.",
    fix: "If you trust the samples file and what it starts: the same command with --allow-exec",
  });
}

/** Resolves a grader and its options. Called for every sample before anything is paid for. */
export function checkGrader(
  spec: GraderSpec,
  sampleId: string,
): { readonly grader: Grader; readonly options: Readonly<Record<string, unknown>> } {
  const { kind, ...given } = typeof spec === "string" ? { kind: spec } : spec;
  const grader = findGrader(kind);
  if (grader === undefined) {
    throw new UsageError({
      code: "TOP-RUN-GRADER",
      message: `Sample "${sampleId}" asks for a grader that does not exist: "${kind}".`,
      found: `Graders: ${GRADERS.map((known) => known.id).join(", ")}.`,
      fix: "Correct the sample's grader; tokenop run --list-graders shows each with its options.",
    });
  }
  const parsed = grader.options.safeParse(given);
  if (parsed.success) return { grader, options: given };
  const issue = parsed.error.issues[0]!;
  throw new UsageError({
    code: "TOP-RUN-GRADER-OPTIONS",
    message: `Sample "${sampleId}": options of grader "${kind}" do not fit.`,
    found: `${issue.path.join(".") || "options"}: ${issue.message}.`,
    fix: "Correct the sample's grader; tokenop run --list-graders shows each with its options.",
  });
}

/** Numeric for numbers, exact for other short scalars (or a list of them), else none. */
export function defaultGrader(reference: unknown): GraderSpec | null {
  if (typeof reference === "number") return "numeric";
  if (typeof reference === "boolean") return "exact";
  if (Array.isArray(reference)) {
    return reference.length > 0 && reference.every((item) => defaultGrader(item) !== null) ? "exact" : null;
  }
  if (typeof reference !== "string" || reference.trim() === "") return null;
  if (isNumberText(reference)) return "numeric";
  return reference.length <= SHORT_REFERENCE_CHARACTERS && !/\n/.test(reference.trim()) ? "exact" : null;
}

function missingReason(reference: unknown): string {
  return reference === undefined || reference === null
    ? "no reference and no grader"
    : "no grader for a long reference";
}
