import type { z } from "zod";
import { type Camel, toFileShape } from "../../shared/case.js";
import { formatExact } from "../../shared/money.js";
import { writeContent } from "../../shared/workspace.js";
import { type ModelRef, resultSchema } from "../contract.js";
import type { Grade } from "../graders/index.js";
import { baselineFor, type Question, refLabel } from "../inputs/questions.js";
import type { RunSample } from "../inputs/samples.js";
import type { GradeBook, Role } from "./grade-book.js";

export type Result = Camel<z.infer<typeof resultSchema>>;

/** One line an answer: the baseline's first. A model that is both is listed once, as baseline. */
export function resultsOf(sample: RunSample, questions: readonly Question[], grades: GradeBook): Result[] {
  const sides: [ModelRef | null, Role][] = [
    ...questions.map((question): [ModelRef | null, Role] => [baselineFor(question, sample), "baseline"]),
    ...questions.map((question): [ModelRef | null, Role] => [question.candidate, "candidate"]),
  ];
  const listed = new Set<string>();
  const results: Result[] = [];
  for (const [ref, role] of sides) {
    if (ref === null || listed.has(refLabel(ref))) continue;
    listed.add(refLabel(ref));
    const graded = grades.of(sample, ref, role);
    if (graded === null) continue;
    const { answer } = graded;
    const grade =
      role === "baseline" ? graded.grade : (gradeBeside(sample, ref, questions, grades) ?? graded.grade);
    results.push({
      sampleId: sample.id,
      cluster: sample.cluster,
      provider: ref.provider,
      model: ref.model,
      role,
      response: answer.text,
      score: grade.score,
      grader: grade.grader,
      inputTokens: answer.inputTokens,
      outputTokens: answer.outputTokens,
      latencyMs: answer.latencyMs,
      ttftMs: answer.ttftMs,
      truncated: answer.truncated,
      costUsd: answer.cost === null ? null : formatExact(answer.cost),
      status: answer.status,
    });
  }
  return results;
}

/** A candidate judged in pairs has its score in the first question that it is the candidate of. */
function gradeBeside(
  sample: RunSample,
  ref: ModelRef,
  questions: readonly Question[],
  grades: GradeBook,
): Grade | undefined {
  const question = questions.find(({ candidate }) => refLabel(candidate) === refLabel(ref));
  return question === undefined ? undefined : grades.pair(sample, question)?.candidate.grade;
}

/** How many answers of each model the output limit cut short; they are graded as they stand. */
export function truncationWarnings(results: readonly Result[]): string[] {
  const counts = new Map<string, { answers: number; cut: number }>();
  for (const result of results) {
    if (result.status !== "ok") continue;
    const count = counts.get(refLabel(result)) ?? { answers: 0, cut: 0 };
    counts.set(refLabel(result), count);
    count.answers += 1;
    if (result.truncated) count.cut += 1;
  }
  return [...counts]
    .filter(([, { cut }]) => cut > 0)
    .map(
      ([model, { answers, cut }]) =>
        `${model}: ${cut} of ${answers} answers were cut at the output limit and graded as they stand; raise max_tokens of the prompts.`,
    );
}

/** Writes results.jsonl, readable by its owner only. */
export async function writeResults(path: string, results: readonly Result[]): Promise<void> {
  const lines = results.map((result) => JSON.stringify(resultSchema.parse(toFileShape(result))));
  await writeContent(path, lines.map((line) => `${line}\n`).join(""));
}
