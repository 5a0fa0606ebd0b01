import type { ArtifactBody } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { formatExact } from "../shared/money.js";
import { Asker } from "./ask.js";
import { DEFAULT_BETA } from "./certify.js";
import type { Executor, evaluationSchema, ModelCall } from "./contract.js";
import { type CertifiedSaving, certifiedActions } from "./decisions/certified-actions.js";
import { QuestionState } from "./decisions/decisions.js";
import { GradeBook } from "./decisions/grade-book.js";
import { type Result, resultsOf } from "./decisions/results.js";
import {
  baselineFor,
  type Draw,
  type DrawOptions,
  drawFor,
  type PlanBody,
  type Question,
  RECORDED_BASELINE,
  refLabel,
} from "./inputs/questions.js";
import type { RunSample } from "./inputs/samples.js";
import type { Journal } from "./journal/journal.js";
import type { Ceilings } from "./spend/budget.js";

/** What decides the evaluation; fixed before any answer is seen. */
export interface EvaluationInputs extends DrawOptions {
  readonly questions: readonly Question[];
  /** K: tests that share alpha; at least the number of questions. */
  readonly family: number;
  /** In the run's fixed order. */
  readonly samples: readonly RunSample[];
  readonly alpha: number;
  readonly beta?: number;
  /** Stop a question at its first boundary. Off, all samples enter scores and bounds. */
  readonly earlyStopping: boolean;
  /** How the samples were drawn, in words. */
  readonly design: string;
  /** The plan whose actions the questions prove; null: models were named instead. */
  readonly plan: Pick<PlanBody, "actions" | "joint"> | null;
  /** What reading the inputs had to say. */
  readonly warnings?: readonly string[];
}

/** How it is carried out; none of this changes a decision. */
export interface EvaluationDeps {
  readonly context: Pick<Context, "signal" | "log">;
  readonly executor: Executor;
  readonly journal: Journal | null;
  readonly ceilings: Ceilings;
  readonly concurrency: number;
  readonly graceMs?: number;
  /** The planner's saving of these actions alone. Without it, their shares of the joint saving are added. */
  readonly savingOf?: (actions: readonly string[]) => CertifiedSaving;
}

export type EvaluationBody = ArtifactBody<typeof evaluationSchema>;

export interface EvaluationResult {
  readonly evaluation: EvaluationBody;
  /** Every answer that was got, in sample order. Content-bearing. */
  readonly results: readonly Result[];
}

/**
 * Samples asked between two looks at the verdicts while stopping early. Fixed, so that which calls are made depends
 * neither on concurrency nor on the speed of any answer.
 */
const WAVE_SAMPLES = 8;

interface Track {
  readonly state: QuestionState;
  readonly draw: Draw;
  /** Ids of the samples drawn. */
  readonly drawn: ReadonlySet<string>;
  /** Why pairs have no grade, counted. */
  readonly missing: Map<string, number>;
  /** True once an answer is not to be had: later pairs would no longer be in the fixed order. */
  halted: boolean;
}

/**
 * Asks baseline and candidates the same samples in the same order, grades, and decides every question. Answers are
 * shared between questions, and decisions follow the fixed order whatever the order in which calls finish.
 *
 * A failed call of a candidate scores 0; a failed call of a baseline leaves the pair without a grade, since counting
 * it as 0 would favour the candidate. An interruption or an exhausted budget leaves a usable evaluation.
 *
 * @throws UsageError TOP-RUN-NO-SAMPLES, TOP-RUN-UNPRICED, TOP-RUN-GRADER*; UpstreamError TOP-RUN-SILENT,
 * TOP-RUN-PROVIDER; the executor's errors.
 */
export async function runEvaluation(
  inputs: EvaluationInputs,
  deps: EvaluationDeps,
): Promise<EvaluationResult> {
  const tracks = inputs.questions.map((question) => trackOf(question, inputs));
  const tracksOf = (sample: RunSample): Track[] => tracks.filter(({ drawn }) => drawn.has(sample.id));
  const samples = inputs.samples.filter((sample) => tracksOf(sample).length > 0);
  const fixedDesign = samples.flatMap((sample) => callsFor(sample, tracksOf(sample)));
  const asker = new Asker(deps);
  asker.refuseUnpriced(fixedDesign);
  const grades = new GradeBook(asker);

  const wave = inputs.earlyStopping ? WAVE_SAMPLES : Math.max(1, samples.length);
  for (let start = 0; start < samples.length && asker.stop === null; start += wave) {
    const batch = samples
      .slice(start, start + wave)
      .map((sample) => ({ sample, open: tracksOf(sample).filter(isOpen) }));
    await asker.askAll(
      batch.flatMap(({ sample, open }) => callsFor(sample, open)),
      fixedDesign.length,
    );
    for (const { sample, open } of batch) for (const track of open) pushPair(track, sample, grades);
  }

  const decisions = tracks.map(({ state }) => state.decision());
  return {
    evaluation: {
      mode: deps.executor.mode,
      baseline: baselineLabel(inputs.questions),
      alpha: inputs.alpha,
      beta: inputs.beta ?? DEFAULT_BETA,
      seed: inputs.seed,
      design: inputs.design,
      decisions,
      calls: new Set(tracks.flatMap(callsUsedBy)).size,
      callsFixedDesign: fixedDesign.length,
      paidCalls: deps.executor.mode === "replay" ? 0 : asker.budget.spent.calls,
      spentUsd: formatExact(deps.executor.mode === "replay" ? 0n : asker.budget.spent.usd),
      spentTokens: deps.executor.mode === "replay" ? 0 : asker.budget.spent.tokens,
      budgetUsd: deps.ceilings.usd === null ? null : formatExact(deps.ceilings.usd),
      complete: asker.stop === null,
      stopped: asker.stop,
      certified: certifiedActions(inputs.plan, decisions, deps.savingOf),
      warnings: [...(inputs.warnings ?? []), ...warningsOf(tracks)],
    },
    results: samples.flatMap((sample) =>
      resultsOf(
        sample,
        tracksOf(sample).map(({ state }) => state.question),
        grades,
      ),
    ),
  };
}

function trackOf(question: Question, inputs: EvaluationInputs): Track {
  const draw = drawFor(question, inputs.samples, inputs);
  if (draw.samples.length === 0) {
    throw new UsageError({
      code: "TOP-RUN-NO-SAMPLES",
      message: `There is no sample to test "${question.id}" on.`,
      found: `Scope "${question.scope}"; ${inputs.samples.length} samples on file.`,
      fix: "Draw samples: tokenop profile --prompts prompts.jsonl, or give recordings: --recordings FILE",
    });
  }
  const state = new QuestionState(question, {
    alpha: inputs.alpha,
    family: Math.max(inputs.family, inputs.questions.length),
    margin: question.margin,
    beta: inputs.beta,
    population: inputs.population,
    populationSize: draw.populationSize,
    earlyStopping: inputs.earlyStopping,
    planned: draw.samples.length,
  });
  return { state, draw, drawn: new Set(draw.samples.map(({ id }) => id)), missing: new Map(), halted: false };
}

const isOpen = (track: Track): boolean => !track.halted && !track.state.finished;

/** Each model once a sample: the baseline first, then the candidates. */
function callsFor(sample: RunSample, tracks: readonly Track[]): ModelCall[] {
  const sides = tracks.map(({ state: { question } }) => question);
  const refs = [
    ...sides.map((question) => baselineFor(question, sample)),
    ...sides.map(({ candidate }) => candidate),
  ];
  const distinct = new Map(refs.filter((ref) => ref !== null).map((ref) => [refLabel(ref), ref]));
  const { id: sampleId, cluster, messages, maxTokens } = sample;
  return [...distinct.values()].map(({ provider, model }) => ({
    sampleId,
    cluster,
    provider,
    model,
    messages,
    maxTokens,
  }));
}

function pushPair(track: Track, sample: RunSample, grades: GradeBook): void {
  if (!isOpen(track)) return;
  const { question } = track.state;
  const baseline = grades.of(sample, baselineFor(question, sample), "baseline");
  const candidate = grades.of(sample, question.candidate, "candidate");
  if (baseline === null || candidate === null) {
    track.halted = true;
    return;
  }
  track.state.push({ baseline, candidate });
  const reason = baseline.grade.missing ?? candidate.grade.missing;
  if (reason !== null) track.missing.set(reason, (track.missing.get(reason) ?? 0) + 1);
}

function callsUsedBy({ state, draw }: Track): string[] {
  return draw.samples
    .slice(0, state.pairs)
    .flatMap((sample) =>
      [baselineFor(state.question, sample), state.question.candidate]
        .filter((ref) => ref !== null)
        .map((ref) => `${sample.id}\0${refLabel(ref)}`),
    );
}

function baselineLabel(questions: readonly Question[]): string {
  const labels = questions.map(({ baseline }) =>
    baseline === null ? RECORDED_BASELINE : refLabel(baseline),
  );
  return [...new Set(labels)].join(", ");
}

function warningsOf(tracks: readonly Track[]): string[] {
  const warnings: string[] = [];
  for (const { state, draw, missing } of tracks) {
    if (draw.thinned) {
      const kept = `${draw.populationSize} samples kept`;
      warnings.push(`${state.question.id}: samples were thinned to equal chances before the test, ${kept}.`);
    }
    for (const [reason, count] of missing) {
      warnings.push(`${state.question.id}: ${count} of ${state.pairs} pairs have no grade (${reason}).`);
    }
  }
  return warnings;
}
