import { UsageError } from "../../shared/errors.js";
import { QuestionState } from "../decisions/decisions.js";
import { LabelBook } from "../decisions/label-book.js";
import type { EvaluationInputs } from "../evaluate.js";
import { NO_LABELS } from "../inputs/labels.js";
import { type Draw, drawFor, type Question } from "../inputs/questions.js";
import { judgedBy, judgeTask } from "../judge/tasks.js";
import { startTrack, type Track } from "./track.js";

/**
 * A track a question, with the samples it drew and the test that its margin, its share of alpha and its graders make.
 *
 * @throws UsageError TOP-RUN-NO-SAMPLES; TOP-RUN-LABELS where labels have nothing to correct.
 */
export function openTracks(
  questions: readonly Question[],
  inputs: EvaluationInputs,
): { readonly tracks: readonly Track[]; readonly labels: LabelBook | null } {
  const draws = questions.map((question) => drawOf(question, inputs));
  const labels = labelsFor(draws, inputs);
  return { tracks: questions.map((question, at) => trackOf(question, draws[at]!, inputs, labels)), labels };
}

/** The decision on a question that nobody can be asked about here. */
export function unaskedState(question: Question, inputs: EvaluationInputs): QuestionState {
  return new QuestionState(question, certifyOptions(question, 1, inputs));
}

function certifyOptions(question: Question, populationSize: number, inputs: EvaluationInputs) {
  return {
    alpha: inputs.alpha,
    family: Math.max(inputs.family, inputs.questions.length),
    margin: question.margin,
    beta: inputs.beta,
    population: inputs.population,
    populationSize,
    earlyStopping: inputs.earlyStopping,
  };
}

function drawOf(question: Question, inputs: EvaluationInputs): Draw {
  const draw = drawFor(question, inputs.samples, inputs);
  if (draw.samples.length > 0) return draw;
  throw new UsageError({
    code: "TOP-RUN-NO-SAMPLES",
    message: `There is no sample to test "${question.id}" on.`,
    found: `Scope "${question.scope}"; ${inputs.samples.length} samples on file.`,
    fix: "Draw samples: tokenop profile --prompts prompts.jsonl, or give recordings: --recordings FILE",
  });
}

function trackOf(question: Question, draw: Draw, inputs: EvaluationInputs, labels: LabelBook | null): Track {
  const { isJudged, hasRules } = judgedBy(inputs.judge === undefined ? [] : draw.samples);
  const options = { ...certifyOptions(question, draw.populationSize, inputs), planned: draw.samples.length };
  const grading =
    isJudged && labels !== null
      ? { bound: labels.bound }
      : { hasRules, ...(isJudged && { swapLimit: inputs.judge!.swapLimit }) };
  return startTrack(new QuestionState(question, options, grading), draw);
}

function labelsFor(draws: readonly Draw[], inputs: EvaluationInputs): LabelBook | null {
  if (inputs.labels === undefined) return null;
  const judged = new Set(draws.flatMap(({ samples }) => samples.filter((one) => judgeTask(one) !== null)));
  const { count, given = NO_LABELS } = inputs.labels;
  if (inputs.judge !== undefined && inputs.population === "traffic")
    return new LabelBook({ count, labels: given, seed: inputs.seed }, judged.size);
  throw new UsageError({
    code: "TOP-RUN-LABELS",
    message: "Labels correct a judge, for a claim about traffic.",
    found: inputs.judge === undefined ? "No judge is named." : "The claim is about these samples.",
    fix: "tokenop run --judge PROVIDER/MODEL --labels N --population traffic",
  });
}
