import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { formatExact } from "../shared/money.js";
import type { Allocation } from "./allocation/allocation.js";
import { askInWaves, type WaveOptions } from "./allocation/ask-in-waves.js";
import { describeEnding, type Ending, endingOf } from "./allocation/endings.js";
import { allocationNamed, DEFAULT_ALLOCATION } from "./allocation/registry.js";
import { callsFor, pushPair, startTrack, type Track } from "./allocation/track.js";
import { Asker } from "./ask.js";
import { DEFAULT_BETA } from "./certify.js";
import type { AllocationName, EvaluationBody, Executor, ModelCall } from "./contract.js";
import { type CertifiedSaving, certifiedActions } from "./decisions/certified-actions.js";
import { type Decision, QuestionState } from "./decisions/decisions.js";
import { GradeBook } from "./decisions/grade-book.js";
import { type Result, resultsOf, truncationWarnings } from "./decisions/results.js";
import {
  baselineFor,
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
  /** Which open question takes the next wave of samples; acts only with early stopping. */
  readonly allocation?: AllocationName;
  /** How the samples were drawn, in words. */
  readonly design: string;
  /** The plan whose actions the questions prove; null: models were named instead. */
  readonly plan: (Pick<PlanBody, "actions" | "joint"> & Partial<Pick<PlanBody, "prove">>) | null;
  /** What reading the inputs had to say. */
  readonly warnings?: readonly string[];
}

/** How it is carried out; none of this changes a decision. */
export interface EvaluationDeps {
  readonly context: Pick<Context, "signal" | "log" | "env">;
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
 * @throws UsageError TOP-RUN-NO-SAMPLES, TOP-RUN-UNPRICED, TOP-RUN-GRADER*, TOP-RUN-EXEC, TOP-RUN-COMMAND; UpstreamError TOP-RUN-SILENT,
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
  const { context, concurrency, allowExec = false } = deps;
  const grading = { env: context.env, signal: context.signal, allowExec };
  const grades = new GradeBook({ asker, samples, grading, concurrency });

  const total = fixedDesign.length;
  const log = inputs.earlyStopping
    ? await askInWaves(tracks, { ...wavesOf(inputs), asker, grades, total })
    : await askAtOnce(tracks, { samples, tracksOf, asker, grades, calls: fixedDesign });

  const decisions = tracks.map((track) => decisionOf(track, log));
  const results = samples.flatMap((sample) =>
    resultsOf(
      sample,
      tracksOf(sample).map(({ state }) => state.question),
      grades,
    ),
  );
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
      log,
      calls: new Set(tracks.flatMap(callsUsedBy)).size,
      callsFixedDesign: fixedDesign.length,
      paidCalls: deps.executor.mode === "replay" ? 0 : asker.budget.spent.calls,
      spentUsd: formatExact(deps.executor.mode === "replay" ? 0n : asker.budget.spent.usd),
      spentTokens: deps.executor.mode === "replay" ? 0 : asker.budget.spent.tokens,
      budgetUsd: deps.ceilings.usd === null ? null : formatExact(deps.ceilings.usd),
      complete: asker.stop === null,
      stopped: asker.stop,
      certified: certifiedActions(inputs.plan, decisions, deps.savingOf),
      warnings: [...(inputs.warnings ?? []), ...warningsOf(tracks), ...truncationWarnings(results)],
    },
    results,
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
  return startTrack(state, draw);
}

function allocationOf({ allocation = DEFAULT_ALLOCATION.name }: EvaluationInputs): Allocation {
  return allocationNamed(allocation);
}

function wavesOf(inputs: EvaluationInputs): Pick<WaveOptions, "allocation" | "seed" | "prove"> {
  const { plan, seed } = inputs;
  return { allocation: allocationOf(inputs), seed, prove: plan === null ? null : (plan.prove ?? []) };
}

/** Every sample to every question that drew it. */
async function askAtOnce(
  tracks: readonly Track[],
  options: {
    readonly samples: readonly RunSample[];
    readonly tracksOf: (sample: RunSample) => readonly Track[];
    readonly asker: Asker;
    readonly grades: GradeBook;
    readonly calls: readonly ModelCall[];
  },
): Promise<Ending[]> {
  const { samples, tracksOf, asker, grades, calls } = options;
  await asker.askAll(calls, calls.length);
  await grades.gradeAll(calls);
  for (const sample of samples) for (const track of tracksOf(sample)) pushPair(track, sample, grades);
  return tracks.map((track) => endingOf(track, 1));
}

function decisionOf({ state }: Track, log: readonly Ending[]): Decision {
  const decision = state.decision();
  const ending = log.find(({ question }) => question === decision.question);
  if (ending === undefined || !state.stopsEarly) return decision;
  return { ...decision, explanation: `${decision.explanation} ${describeEnding(ending)}` };
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
