import { alphaAccount, costSubset, isGranted, loadPolicy, type Policy } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { type Executor, evaluationSchema, type ModelRef } from "../run/contract.js";
import {
  type CertifiedSaving,
  checkConsent,
  createBatchExecutor,
  createLiveExecutor,
  createPricer,
  createReplayExecutor,
  createSimulateExecutor,
  DEFAULT_MAX_OUTPUT_TOKENS,
  type EvaluationBody,
  type EvaluationInputs,
  estimateRun,
  exitCodeOf,
  INTERRUPTED,
  type Journal,
  type LiveProvider,
  missingKeys,
  openJournal,
  type Pricer,
  type RunEstimate,
  readSimulatedModels,
  refLabel,
  runEvaluation,
  runIdentity,
  withLiveGrading,
  writeResults,
} from "../run/index.js";
import type { Context } from "../shared/context.js";
import { EXIT, type ExitCode, UsageError } from "../shared/errors.js";
import { formatExact, parseUsd } from "../shared/money.js";
import { openWorkspace, type Workspace, workspaceAt } from "../shared/workspace.js";
import { type BatchComparison, describeDryRun, describeFirstHour, type WhatIf } from "./first-hour.js";
import { exists, loadOptional, openPrices, saveArtifact } from "./open.js";
import type { OpenedPlan } from "./plan.js";
import type { PreparedRun } from "./prepared-run.js";
import { type ReplanOutcome, reopenPlan, replanAfterRun, withLedger } from "./replan.js";
import { liveModelsOf, readGrading, recipientsOf } from "./run-grading.js";
import {
  callableProviders,
  type PlanArtifact,
  type RunInputs,
  type RunOptions,
  readRunInputs,
} from "./run-inputs.js";

export type { RunOptions } from "./run-inputs.js";

// A batch may take a day, so a wave should decide much: 200 pairs certify a margin of two points where nearly all tie.
const DEFAULT_BATCH_SAMPLES = 200;

export interface RunOutcome {
  readonly mode: RunOptions["mode"];
  /** null after a dry run, or without a key. */
  readonly evaluation: EvaluationBody | null;
  readonly estimate: RunEstimate;
  readonly whatIf: readonly WhatIf[];
  /** What to say where there is no evaluation to show. */
  readonly text: string;
  readonly exitCode: ExitCode;
  readonly written: readonly string[];
  /** The plan solved again with what the run showed; absent where it tested no plan, or was interrupted. */
  readonly replanned?: ReplanOutcome;
  readonly next: string;
}

/** Baseline against candidates on samples; what it proved, or what it would take. */
export async function run(options: RunOptions, context: Context): Promise<RunOutcome> {
  refuseBatchElsewhere(options);
  const prepared = await prepare(options, context);
  const { evaluation, pricer } = prepared;
  const estimate = estimateWith(pricer, evaluation, options);
  if (options.dryRun !== true) refuseSpentAlpha(prepared);
  if (options.dryRun === true) {
    const live = liveModelsOf(evaluation, options.mode);
    const recipients = live.length === 0 ? [] : recipientsOf(evaluation, options.mode, providersOf(prepared));
    const batching = options.batch === true ? await compareBatch(prepared) : null;
    const said = describeDryRun(prepared.inputs, estimate, options.mode, recipients, batching);
    return withoutCalls(said, EXIT.ok, estimate, options);
  }
  if (options.mode === "live") {
    const missing = missingKeys(liveModelsOf(evaluation, options.mode), providersOf(prepared), context.env);
    if (missing.length > 0) {
      const said = await describeFirstHour(prepared, estimate, missing);
      return withoutCalls(said, EXIT.incomplete, estimate, options);
    }
  }
  return evaluate(prepared, estimate);
}

function estimateWith(
  pricer: Pricer,
  evaluation: EvaluationInputs,
  { mode }: Pick<RunOptions, "mode">,
): RunEstimate {
  return estimateRun(evaluation.questions, evaluation.samples, pricer, {
    ...evaluation,
    maxOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    areAnswersFree: mode !== "live",
  });
}

/** @throws UsageError TOP-RUN-BATCH-MODE */
function refuseBatchElsewhere({ batch, batchSamples, mode }: RunOptions): void {
  if (batch === true ? mode === "live" : batchSamples === undefined) return;
  throw new UsageError({
    code: "TOP-RUN-BATCH-MODE",
    message: batch === true ? `--batch does not go with --mode ${mode}.` : "--batch-samples needs --batch.",
    found: "Only live calls can go through a provider's batch interface.",
    fix: "tokenop run --mode live --batch",
  });
}

/** What the same calls would cost one by one, and which models have no batch price. */
async function compareBatch(prepared: PreparedRun): Promise<BatchComparison> {
  const { options, workspace, context, book, evaluation } = prepared;
  const at = await pricingInstant(options, workspace, context);
  const models = liveModelsOf(evaluation, options.mode);
  return {
    callByCall: estimateWith(createPricer(book, at), evaluation, options),
    samples: evaluation.earlyStopping ? evaluation.batchSamples! : null,
    withoutPrice: models
      .filter(({ provider, model }) => book.find({ provider, model, at })?.row.batchDiscount == null)
      .map(refLabel),
  };
}

async function prepare(options: RunOptions, context: Context): Promise<PreparedRun> {
  const workspace = workspaceAt(options.dir);
  const policy = await loadPolicy((await exists(workspace.policy)) ? workspace.policy : null);
  const book = await openPrices(options, workspace);
  const inputs = await readRunInputs(options, workspace, policy, book, context);
  const margin = options.qualityMargin;
  const evaluation: EvaluationInputs = {
    questions:
      margin === undefined ? inputs.questions : inputs.questions.map((question) => ({ ...question, margin })),
    family: inputs.family,
    samples: inputs.samples,
    alpha: options.alpha ?? inputs.plan?.quality.alpha ?? policy.quality.alpha,
    earlyStopping: options.earlyStopping ?? false,
    ...(options.allocation === undefined ? {} : { allocation: options.allocation }),
    ...(options.batch === true && { batchSamples: options.batchSamples ?? DEFAULT_BATCH_SAMPLES }),
    design: inputs.design,
    plan: inputs.plan,
    population: options.population,
    // Recordings cost nothing, so all of them count unless a size is asked for.
    sampleSize: options.sampleSize ?? (options.mode === "replay" ? null : policy.run.sampleSize),
    seed: options.seed,
    ...(await readGrading(options, book, context)),
    ...((options.latencyP95 ?? policy.latency.p95Ms) !== null && {
      latencyTargetMs: options.latencyP95 ?? policy.latency.p95Ms!,
    }),
    ...(inputs.recordings === null ? {} : { isRecorded: recordedIn(inputs.recordings) }),
    ...(inputs.recordings === null || inputs.recordings.repeated === 0
      ? {}
      : {
          warnings: [
            `${inputs.recordings.repeated} recordings repeat a sample and model; the first of each counts.`,
          ],
        }),
  };
  const at = await pricingInstant(options, workspace, context);
  const pricer = createPricer(book, at, { batch: options.batch === true });
  return { options, context, workspace, policy, book, inputs, evaluation, pricer };
}

/**
 * A round may only take what the rounds before it left of the policy's alpha.
 *
 * @throws UsageError TOP-RUN-ALPHA-SPENT
 */
function refuseSpentAlpha({ inputs: { plan, files }, policy, evaluation: { alpha } }: PreparedRun): void {
  if (plan?.evidence === undefined || plan.prove.length === 0) return;
  const total = policy.quality.alpha;
  const { spent } = alphaAccount(plan.evidence.ledger, total);
  if (isGranted({ total, spent, next: alpha })) return;
  throw new UsageError({
    code: "TOP-RUN-ALPHA-SPENT",
    message: `${files[0]} asks a further round of questions, and there is no alpha left for it.`,
    found: `The rounds before it have spent ${spent} of ${total} (quality.alpha); this one takes ${alpha}.`,
    fix: `Accept that chance of a wrong certificate over all rounds: quality.alpha: ${Number((spent + alpha).toFixed(12))} in policy.yaml`,
  });
}

function recordedIn(recordings: NonNullable<RunInputs["recordings"]>) {
  return (sampleId: string, ref: ModelRef): boolean => recordings.find(sampleId, ref) !== undefined;
}

/** Live calls cost today's prices; anything else is priced at the workload's last event, so equal runs stay equal. */
async function pricingInstant(options: RunOptions, workspace: Workspace, context: Context): Promise<Date> {
  if (options.mode === "live") return context.now();
  const profile = await loadOptional(workspace.profile, profileSchema);
  return profile === null ? context.now() : new Date(profile.span.last);
}

async function evaluate(prepared: PreparedRun, estimate: RunEstimate): Promise<RunOutcome> {
  const { options, context, workspace, inputs, evaluation: asked, policy } = prepared;
  await openWorkspace(options.dir);
  const executor = await createExecutor(prepared);
  const journal = await startJournal(prepared, executor);
  const budget = ceilingUsd(options, policy, estimate, executor);
  const { plan } = inputs;
  const opened = plan === null ? null : await reopenPlan(plan, prepared);
  try {
    const { evaluation: decided, results } = await runEvaluation(asked, {
      context,
      executor,
      journal,
      ceilings: {
        usd: budget === null ? null : parseUsd(String(budget)),
        tokens: options.maxTokensTotal ?? null,
        minutes: options.maxMinutes ?? null,
      },
      concurrency: options.concurrency,
      allowExec: options.allowExec ?? false,
      ...(plan !== null && opened !== null && { savingOf: savingWith(plan, opened) }),
    });
    const evaluation =
      plan === null
        ? decided
        : await withLedger(
            decided,
            results.map(({ sampleId }) => sampleId),
            plan,
            prepared,
          );
    await writeResults(workspace.results, results);
    await saveArtifact(
      workspace.evaluation,
      evaluationSchema,
      "Evaluation",
      evaluation,
      inputs.files,
      workspace,
      context,
    );
    const { ledger, stopped } = evaluation;
    const replanned =
      plan === null || opened === null || ledger === undefined || stopped === INTERRUPTED
        ? null
        : await replanAfterRun(ledger, plan, opened, context);
    const plannedActions = plan?.actions.map(({ id }) => id) ?? [];
    return {
      mode: options.mode,
      evaluation,
      estimate,
      whatIf: [],
      text: "",
      exitCode: exitCodeOf(evaluation, {
        requireCertified: options.requireCertified ?? false,
        plannedActions,
      }),
      written: [workspace.evaluation, workspace.results, ...(replanned?.written ?? [])],
      ...(replanned !== null && { replanned }),
      next: await nextStep(evaluation, options, workspace),
    };
  } finally {
    journal?.close();
  }
}

async function nextStep(
  { complete }: EvaluationBody,
  { mode, dir }: RunOptions,
  workspace: Workspace,
): Promise<string> {
  if (!complete) return mode === "replay" ? "the same command again" : "the same command with --resume";
  if (await exists(workspace.profile)) return `tokenop report --dir ${dir}`;
  return "tokenop discover --input-dir <folder>: your own logs say what the change saves";
}

/** Replayed answers are on file already; everything else is written down before it is used. */
async function startJournal(prepared: PreparedRun, executor: Executor): Promise<Journal | null> {
  const { options, workspace, evaluation } = prepared;
  const { mode, hosts } = executor;
  const isLive = hosts.length > 0;
  if (mode === "replay" && !isLive) return null;
  const settings = isLive ? providersOf(prepared).map(({ id, baseUrl }) => [id, baseUrl]) : [];
  const identity = runIdentity(evaluation, { mode, hosts, settings });
  return openJournal({
    folder: workspace.journal,
    identity,
    resume: options.resume ?? false,
    durable: isLive,
  });
}

async function createExecutor(prepared: PreparedRun): Promise<Executor> {
  const { options, evaluation } = prepared;
  if (options.mode === "live") return createLive(prepared);
  const answers = await createOffline(prepared);
  const hasLiveGrading = liveModelsOf(evaluation, options.mode).length > 0;
  return hasLiveGrading ? withLiveGrading(answers, await createLive(prepared)) : answers;
}

async function createOffline({
  options,
  workspace,
  inputs,
  evaluation,
  pricer,
}: PreparedRun): Promise<Executor> {
  if (inputs.recordings !== null) return createReplayExecutor(inputs.recordings, pricer);
  const path = options.simulatedModels ?? `${workspace.dir}/simulated-models.yaml`;
  const models = await readSimulatedModels(path);
  return createSimulateExecutor({ models, samples: evaluation.samples, pricer, seed: options.seed });
}

async function createLive(prepared: PreparedRun): Promise<Executor> {
  const { options, context, workspace, policy, evaluation, pricer } = prepared;
  const models = liveModelsOf(evaluation, options.mode);
  const providers = providersOf(prepared);
  const allow = checkConsent({
    recipients: recipientsOf(evaluation, options.mode, providers),
    sendTo: policy.run.sendTo,
    yesSendTo: options.yesSendTo ?? [],
  });
  const cacheDir = workspace.cache;
  const create = options.batch === true ? createBatchExecutor : createLiveExecutor;
  return create({ models, providers, allow, context, pricer, cacheDir, seed: options.seed });
}

/** The policy's ceiling in USD gives way to one in tokens only where a model has no price to hold it with. */
function ceilingUsd(
  options: RunOptions,
  policy: Policy,
  estimate: RunEstimate,
  { hosts }: Executor,
): number | null {
  if (options.budget !== undefined) return options.budget;
  const isInTokensAlone = options.maxTokensTotal !== undefined && estimate.most.cost === null;
  return hosts.length === 0 || isInTokensAlone ? null : policy.run.budgetUsd;
}

const providersOf = ({ options, context }: PreparedRun): LiveProvider[] =>
  callableProviders(options, context);

/** Costs the certified actions again, jointly, on the workload: their shares of the whole plan would overlap. */
function savingWith(
  plan: PlanArtifact,
  { dependencies: { workload, prices } }: OpenedPlan,
): (actions: readonly string[]) => CertifiedSaving {
  return (actions) => {
    const cost = costSubset(plan, actions, workload, prices);
    return {
      savingUsdMonth: formatExact(cost.savingPicoUsdMonth),
      savingShare: cost.savingShare,
      basis: "certified actions replayed jointly on the workload, at list price",
    };
  };
}

function withoutCalls(
  said: { readonly text: string; readonly whatIf: readonly WhatIf[] },
  exitCode: ExitCode,
  estimate: RunEstimate,
  options: RunOptions,
): RunOutcome {
  const next =
    exitCode === EXIT.ok ? "the same command without --dry-run" : "set the key, then run the same command";
  const { mode } = options;
  return {
    mode,
    evaluation: null,
    estimate,
    whatIf: said.whatIf,
    text: said.text,
    exitCode,
    written: [],
    next,
  };
}
