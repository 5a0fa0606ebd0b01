import type { Context } from "../shared/context.js";
import { formatExact } from "../shared/money.js";
import type { Allocation } from "./allocation/allocation.js";
import { askInWaves, type WaveOptions } from "./allocation/ask-in-waves.js";
import { describeEnding, type Ending, endingOf } from "./allocation/endings.js";
import { openTracks, unaskedState } from "./allocation/open-tracks.js";
import { allocationNamed, DEFAULT_ALLOCATION } from "./allocation/registry.js";
import { callsFor, pairsFor, pushPair, type Track } from "./allocation/track.js";
import { Asker } from "./ask.js";
import { DEFAULT_BETA } from "./certify.js";
import type { AllocationName, EvaluationBody, Executor, ModelRef } from "./contract.js";
import { type CertifiedSaving, certifiedActions } from "./decisions/certified-actions.js";
import type { Decision } from "./decisions/decisions.js";
import type { GradeBook } from "./decisions/grade-book.js";
import { discredited, gradingWarnings, openGradeBook } from "./decisions/open-grade-book.js";
import { type Result, resultsOf, truncationWarnings } from "./decisions/results.js";
import { asksForEmbeddings } from "./embeddings/embedding-book.js";
import type { BatchRecord } from "./executors/batch/contract.js";
import type { Labels } from "./inputs/labels.js";
import {
  baselineFor,
  type DrawOptions,
  drawFor,
  modelsOf,
  type PlanBody,
  type Question,
  RECORDED_BASELINE,
  refLabel,
} from "./inputs/questions.js";
import type { RunSample } from "./inputs/samples.js";
import type { Journal } from "./journal/journal.js";
import { reportOn } from "./judge/judge-report.js";
import type { JudgeSettings } from "./judge/settings.js";
import { certifyOperations } from "./operations/operations.js";
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
  /** Which open question takes the next wave of samples; acts only with early stopping. */
  readonly allocation?: AllocationName;
  /** Samples of each open question that are asked together, where calls are batched; absent: they are not. */
  readonly batchSamples?: number;
  /** How the samples were drawn, in words. */
  readonly design: string;
  /** Grades what no rule can, and what asks for it; absent: nobody does. */
  readonly judge?: JudgeSettings;
  /** Model of the embedding grader; absent: likeness of wording. */
  readonly embeddingModel?: ModelRef;
  /** Labels that correct the judge: how many on average, and those at hand. */
  readonly labels?: { readonly count: number; readonly given?: Labels };
  /** Claim that at most 5 % of a candidate's calls take longer; absent: only a bound is given. */
  readonly latencyTargetMs?: number;
  /** The plan whose actions the questions prove; null: models were named instead. */
  readonly plan: (Pick<PlanBody, "actions" | "joint"> & Partial<Pick<PlanBody, "prove" | "evidence">>) | null;
  /** What reading the inputs had to say. */
  readonly warnings?: readonly string[];
}

/** How it is carried out; none of this changes a decision. */
export interface EvaluationDeps {
  readonly context: Pick<Context, "signal" | "log" | "env" | "now">;
  readonly executor: Executor;
  readonly journal: Journal | null;
  readonly ceilings: Ceilings;
  readonly concurrency: number;
  /** Graders may run programs on this machine; false where absent. */
  readonly allowExec?: boolean;
  readonly graceMs?: number;
  /** The planner's saving of these actions alone. Without it, their shares of the joint saving are added. */
  readonly savingOf?: (actions: readonly string[]) => CertifiedSaving;
}

export interface EvaluationResult {
  readonly evaluation: EvaluationBody;
  /** Every answer that was got, in sample order. Content-bearing. */
  readonly results: readonly Result[];
}

/**
 * Asks baseline and candidates the same samples in the same order, grades, and decides every question. Answers are
 * shared between questions, and decisions follow the fixed order whatever the order in which calls finish.
 *
 * A failed call of a candidate scores 0; a failed call of a baseline leaves the pair without a grade, since counting
 * it as 0 would favour the candidate. An interruption or an exhausted budget leaves a usable evaluation.
 *
 * @throws UsageError TOP-RUN-NO-SAMPLES, TOP-RUN-UNPRICED, TOP-RUN-GRADER*, TOP-RUN-EXEC, TOP-RUN-COMMAND, TOP-RUN-JUDGE, TOP-RUN-LABELS; UpstreamError TOP-RUN-SILENT,
 * TOP-RUN-PROVIDER; the executor's errors.
 */
export async function runEvaluation(
  inputs: EvaluationInputs,
  deps: EvaluationDeps,
): Promise<EvaluationResult> {
  const obstacles = new Map(
    inputs.questions.map((question) => [question, obstacleTo(question, inputs, deps)]),
  );
  const { tracks, labels } = openTracks(
    inputs.questions.filter((question) => obstacles.get(question) === null),
    inputs,
  );
  const tracksOf = (sample: RunSample): Track[] => tracks.filter(({ drawn }) => drawn.has(sample.id));
  const samples = inputs.samples.filter((sample) => tracksOf(sample).length > 0);
  const fixedDesign = samples.flatMap((sample) => callsFor(sample, tracksOf(sample)));
  const asker = new Asker(deps);
  asker.refuseUnpriced(fixedDesign);
  const { context, concurrency, allowExec = false } = deps;
  const grading = { env: context.env, signal: context.signal, allowExec };
  const setup = { ...inputs, asker, samples, grading, concurrency, labels };
  const { grades, judge } = openGradeBook(setup);

  const judgements = judge?.mostCalls(tracks.flatMap((track) => pairsFor(track.draw.samples, track))) ?? 0;
  const total = fixedDesign.length + judgements;
  const isEmbedded = inputs.embeddingModel !== undefined && samples.some(asksForEmbeddings);
  const asksToGrade = judgements > 0 || isEmbedded;
  const log = inputs.earlyStopping
    ? await askInWaves(tracks, { ...wavesOf(inputs), asker, grades, total })
    : await askAtOnce(tracks, {
        ...{ samples, tracksOf, asker, grades, total },
        size: asksToGrade ? (inputs.batchSamples ?? GRADED_TOGETHER) : Math.max(1, samples.length),
      });

  const labelOf = (sample: RunSample, ref: ModelRef) => grades.labelOf(sample, ref);
  const report = judge === null ? null : reportOn(judge, labelOf, inputs.alpha);
  for (const { mode, why } of report === null ? [] : discredited(report))
    for (const { state } of tracks) state.discredit(mode, why);
  const decisions = inputs.questions.map((question) => {
    const track = tracks.find(({ state }) => state.question === question);
    if (track !== undefined) return decisionOf(track, log);
    const explanation = `Nothing was asked. ${obstacles.get(question)}`;
    return { ...unaskedState(question, inputs).decision(), explanation };
  });
  const results = samples.flatMap((sample) =>
    resultsOf(
      sample,
      tracksOf(sample).map(({ state }) => state.question),
      grades,
    ),
  );
  const compared = modelsOf(inputs.questions, samples);
  const batches = deps.executor.together?.batches().map((batch) => ({ ...batch })) ?? null;
  return {
    evaluation: {
      mode: deps.executor.mode,
      baseline: baselineLabel(inputs.questions),
      alpha: inputs.alpha,
      beta: inputs.beta ?? DEFAULT_BETA,
      seed: inputs.seed,
      allocation: inputs.earlyStopping ? allocationOf(inputs).name : null,
      design: inputs.design,
      decisions,
      operations: certifyOperations(tracks, inputs, deps.executor),
      log,
      ...(report !== null && { judge: report }),
      ...(labels !== null && { labels: { chance: labels.chance, wanted: labels.wanted } }),
      calls: new Set(tracks.flatMap(callsUsedBy)).size,
      callsFixedDesign: fixedDesign.length,
      paidCalls: asker.budget.spent.calls,
      ...(batches !== null && { batches }),
      spentUsd: formatExact(asker.budget.spent.usd),
      spentTokens: asker.budget.spent.tokens,
      budgetUsd: deps.ceilings.usd === null ? null : formatExact(deps.ceilings.usd),
      complete: asker.stop === null,
      stopped: asker.stop,
      certified: certifiedActions(inputs.plan, decisions, deps.savingOf),
      warnings: [
        ...(inputs.warnings ?? []),
        ...warningsOf(tracks),
        ...gradingWarnings(report, setup, compared),
        ...truncationWarnings(results),
        ...batchWarnings(batches ?? []),
      ],
    },
    results,
  };
}

function allocationOf({ allocation = DEFAULT_ALLOCATION.name }: EvaluationInputs): Allocation {
  return allocationNamed(allocation);
}

function wavesOf(
  inputs: EvaluationInputs,
): Pick<WaveOptions, "allocation" | "seed" | "prove" | "batchSamples"> {
  const { plan, seed, batchSamples } = inputs;
  const prove = plan === null ? null : (plan.prove ?? []);
  return {
    allocation: allocationOf(inputs),
    seed,
    prove,
    ...(batchSamples !== undefined && { batchSamples }),
  };
}

/** Samples between two visits to a model that grades: what a budget leaves ungraded is paid for in vain. */
const GRADED_TOGETHER = 32;

/** Every sample to every question that drew it. */
async function askAtOnce(
  tracks: readonly Track[],
  options: {
    readonly samples: readonly RunSample[];
    readonly tracksOf: (sample: RunSample) => readonly Track[];
    readonly asker: Asker;
    readonly grades: GradeBook;
    readonly total: number;
    /** Samples between two visits to a model that grades. */
    readonly size: number;
  },
): Promise<Ending[]> {
  const { samples, tracksOf, asker, grades, total, size } = options;
  for (let from = 0; from < samples.length && asker.stop === null; from += size) {
    const some = samples.slice(from, from + size);
    const calls = some.flatMap((sample) => callsFor(sample, tracksOf(sample)));
    await asker.askAll(calls, total);
    const pairs = some.flatMap((sample) => tracksOf(sample).flatMap((track) => pairsFor([sample], track)));
    await grades.gradeAll(calls, pairs, total);
  }
  for (const sample of samples) for (const track of tracksOf(sample)) pushPair(track, sample, grades);
  return tracks.map((track) => endingOf(track, 1));
}

function decisionOf({ state }: Track, log: readonly Ending[]): Decision {
  const decision = state.decision();
  const ending = log.find(({ question }) => question === decision.question);
  // Asking ended at a verdict that does not stand.
  if (ending === undefined || !state.stopsEarly || state.isDiscredited) return decision;
  return { ...decision, explanation: `${decision.explanation} ${describeEnding(ending)}` };
}

/** Why nobody can be asked about a question here; null where somebody can. */
function obstacleTo(
  question: Question,
  inputs: EvaluationInputs,
  { executor: { mode } }: EvaluationDeps,
): string | null {
  const how = "tokenop run --mode replay --plan PLAN --recordings FILE";
  if (mode !== "replay")
    return question.variant === undefined
      ? null
      : `${refLabel(question.candidate)} differs in more than its model (${question.variant}), so it cannot be asked by name: record its answers and replay them, ${how}.`;
  // Models that were named are wanted; of a plan, recordings may answer some questions and not others.
  const isRecorded = inputs.plan === null || drawFor(question, inputs.samples, inputs).samples.length > 0;
  return isRecorded ? null : `No answers to its samples are recorded: add them to the recordings, ${how}.`;
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

function batchWarnings(batches: readonly BatchRecord[]): string[] {
  return batches
    .filter(({ ended }) => !ended)
    .map(
      ({ id, host, model, requests }) =>
        `Batch ${id ?? "without a name yet"} goes on at ${host}: ${requests} requests to ${model}, counted at their worst case since they are or will be billed. tokenop run --resume takes it up.`,
    );
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
