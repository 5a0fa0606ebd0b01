import { UsageError } from "../../shared/errors.js";
import type { Asker } from "../ask.js";
import type { ModelRef } from "../contract.js";
import { asksForEmbeddings, EmbeddingBook } from "../embeddings/embedding-book.js";
import type { Grading } from "../graders/index.js";
import { findGrader } from "../graders/index.js";
import { refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";
import { LEAST_DISCRIMINATION } from "../judge/calibration.js";
import { JudgeBook } from "../judge/judge-book.js";
import type { JudgeReport } from "../judge/judge-report.js";
import type { JudgeSettings } from "../judge/settings.js";
import { GradeBook } from "./grade-book.js";
import type { LabelBook } from "./label-book.js";

export interface GradeBookSetup {
  readonly asker: Asker;
  /** Those that are asked, in the run's fixed order. */
  readonly samples: readonly RunSample[];
  readonly grading: Grading;
  readonly concurrency: number;
  readonly judge?: JudgeSettings;
  readonly embeddingModel?: ModelRef;
  readonly labels: LabelBook | null;
}

/** @throws UsageError TOP-RUN-JUDGE where a sample asks for a judge and there is none; as `GradeBook`. */
export function openGradeBook(setup: GradeBookSetup): {
  readonly grades: GradeBook;
  readonly judge: JudgeBook | null;
} {
  const { asker, samples, judge: settings, embeddingModel } = setup;
  if (settings === undefined) refuseJudgedSamples(samples);
  const judge = settings === undefined ? null : new JudgeBook({ settings, asker, samples });
  const embeddings = embeddingModel === undefined ? null : new EmbeddingBook(embeddingModel, asker);
  return { grades: new GradeBook({ ...setup, judge, embeddings }), judge };
}

function refuseJudgedSamples(samples: readonly RunSample[]): void {
  const asking = samples.find(({ grader }) => {
    const kind = typeof grader === "string" ? grader : grader?.kind;
    return kind !== undefined && findGrader(kind)?.asks === "judge";
  });
  if (asking === undefined) return;
  throw new UsageError({
    code: "TOP-RUN-JUDGE",
    message: `Sample "${asking.id}" is to be judged by a model, and none is named.`,
    found: "A samples file never chooses where texts are sent, so the judge is named on the command line.",
    fix: "tokenop run --judge PROVIDER/MODEL, or give the sample another grader",
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Modes in which the judge was shown to tell good answers from bad too little to decide anything. */
export function discredited({ calibration }: JudgeReport): { readonly mode: string; readonly why: string }[] {
  return calibration.flatMap(({ mode, decisive, discriminationUpper: upper }) =>
    upper === null || upper >= LEAST_DISCRIMINATION
      ? []
      : [
          {
            mode,
            why: `The judge (${mode}) tells good answers from bad by at most ${percent(upper)} on ${decisive} labelled samples, where ${percent(LEAST_DISCRIMINATION)} is the least to decide by.`,
          },
        ],
  );
}

/** What a reader of the evaluation should know of the models that graded. */
export function gradingWarnings(
  report: JudgeReport | null,
  { samples, embeddingModel }: Pick<GradeBookSetup, "samples" | "embeddingModel">,
  compared: readonly ModelRef[],
): string[] {
  const warnings: string[] = [];
  if (embeddingModel === undefined && samples.some(asksForEmbeddings))
    warnings.push(
      "Samples that ask for embeddings were graded by likeness of wording (embedding-lexical): no --embedding-model was named.",
    );
  if (report === null) return warnings;
  if (compared.some((ref) => refLabel(ref) === report.model))
    warnings.push(`The judge ${report.model} is one of the models compared, and may prefer its own answers.`);
  if (report.calls > 0 && report.calibration.length === 0)
    warnings.push(
      "The judge was not calibrated: no sample has a label (a short reference, or a grader by rules).",
    );
  for (const { mode, decisive, discriminationLower: lower } of report.calibration)
    if (lower === null || lower < LEAST_DISCRIMINATION)
      warnings.push(
        `The judge (${mode}) was not shown to tell good answers from bad: ${decisive} labelled samples tell, lower bound ${lower === null ? "none" : percent(lower)}, ${percent(LEAST_DISCRIMINATION)} would be enough.`,
      );
  return warnings;
}
