import { planSchema } from "../plan/contract.js";
import { type Policy, readAccess } from "../plan/index.js";
import type { PriceBook } from "../pricing/contract.js";
import { capabilityPeers } from "../pricing/index.js";
import type { AllocationName, ModelRef, Population, RunMode } from "../run/contract.js";
import {
  type LiveProvider,
  liveProviders,
  parseLiveModel,
  parseModelRef,
  parseProvider,
  type Question,
  questionsFromFlags,
  questionsFromPlan,
  type Recordings,
  type RunSample,
  readPrompts,
  readRecordings,
  readSamples,
  refLabel,
} from "../run/index.js";
import { type Artifact, readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import type { Workspace } from "../shared/workspace.js";
import { exists, type StageOptions } from "./open.js";

export interface RunOptions extends StageOptions {
  readonly mode: RunMode;
  readonly plan?: string;
  readonly input?: string;
  readonly recordings?: string;
  readonly simulatedModels?: string;
  readonly baseline?: string;
  readonly candidates?: readonly string[];
  readonly scope: "fleet" | "intent";
  readonly population: Population;
  readonly sampleSize?: number;
  readonly qualityMargin?: number;
  readonly alpha?: number;
  readonly earlyStopping?: boolean;
  readonly allocation?: AllocationName;
  readonly budget?: number;
  readonly maxTokensTotal?: number;
  readonly maxMinutes?: number;
  /** Target of the latency certificate, in milliseconds. */
  readonly latencyP95?: number;
  /** Model that judges what no rule grades. */
  readonly judge?: string;
  readonly judgeRepeats?: number;
  readonly judgeSwapLimit?: number;
  readonly judgeCalibration?: number;
  readonly embeddingModel?: string;
  /** Labels that correct the judge, on average. */
  readonly labels?: number;
  readonly labelsFile?: string;
  readonly concurrency: number;
  /** Ask through the providers' batch interfaces; only in live mode. */
  readonly batch?: boolean;
  /** Samples of each open question in one batch. */
  readonly batchSamples?: number;
  readonly baseUrl?: string;
  /** OpenAI-compatible servers of the user's own, each `name=URL[,KEY_ENV]`. */
  readonly provider?: readonly string[];
  readonly yesSendTo?: readonly string[];
  /** Graders may run programs on this machine. */
  readonly allowExec?: boolean;
  readonly seed: number;
  readonly resume?: boolean;
  readonly requireCertified?: boolean;
  readonly dryRun?: boolean;
}

export type PlanArtifact = Artifact<typeof planSchema>;

/** What a run asks, of whom, on what. */
export interface RunInputs {
  readonly questions: readonly Question[];
  readonly family: number;
  readonly samples: readonly RunSample[];
  readonly recordings: Recordings | null;
  readonly plan: PlanArtifact | null;
  /** Files that the evaluation depends on, for its input hashes. */
  readonly files: readonly string[];
  readonly design: string;
}

/** Where models can be reached: the known providers and those of `--provider`, at their addresses. */
export function callableProviders({ baseUrl, provider = [] }: RunOptions, context: Context): LiveProvider[] {
  return liveProviders(context.env, parseBaseUrl(baseUrl), provider.map(parseProvider));
}

/** `--base-url URL` is the OpenAI-compatible one; `--base-url anthropic=URL` names another provider. */
function parseBaseUrl(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const named = /^([a-z0-9_-]+)=(.+)$/.exec(text);
  return named === null ? { openai: text } : { [named[1]!]: named[2]! };
}

/** Default candidates per model seen, at most: beyond that alpha is spread too thin to certify anything. */
const DEFAULT_CANDIDATES = 3;

/**
 * Ways in: recordings with named models, or with a plan's questions; prompts, with named models or cheaper peers of the models they were
 * answered by; else the plan's own questions on the profile's samples.
 */
export async function readRunInputs(
  options: RunOptions,
  workspace: Workspace,
  policy: Policy,
  book: PriceBook,
  context: Context,
): Promise<RunInputs> {
  if (options.mode === "replay" && options.plan !== undefined)
    return fromRecordedPlan(options.plan, options, workspace, context);
  if (options.mode === "replay") return fromRecordings(options, policy, context);
  const planPath = options.plan ?? workspace.plan;
  const named = options.candidates !== undefined || options.input !== undefined;
  if (!named && (await exists(planPath))) return fromPlan(planPath, workspace, context);
  return fromPrompts(options, workspace, policy, book, context);
}

async function fromRecordings(options: RunOptions, policy: Policy, context: Context): Promise<RunInputs> {
  if (
    options.recordings === undefined ||
    options.baseline === undefined ||
    options.candidates === undefined
  ) {
    throw new UsageError({
      code: "TOP-RUN-RECORDINGS",
      message: "Replay needs recordings, a baseline and candidates.",
      found: `--recordings ${options.recordings ?? "missing"}, --baseline ${options.baseline ?? "missing"}, --candidates ${options.candidates?.join(",") ?? "missing"}.`,
      fix: "tokenop run --mode replay --recordings R.jsonl --baseline MODEL --candidates MODEL[,MODEL], or with --plan PLAN",
    });
  }
  const recordings = await readRecordings(options.recordings, options.seed, context.signal);
  const known = recordings.models;
  const questions = questionsFromFlags({
    baseline: parseModelRef(options.baseline, known),
    candidates: options.candidates.map((name) => parseModelRef(name, known)),
    scope: options.scope,
    margin: options.qualityMargin ?? policy.quality.budget,
    samples: recordings.samples,
  });
  const design = "every recorded sample once, in one seeded random order";
  const files = [options.recordings];
  return {
    questions,
    family: questions.length,
    samples: recordings.samples,
    recordings,
    plan: null,
    files,
    design,
  };
}

/** The plan's questions, answered by recordings: variants can be proven in no other way. */
async function fromRecordedPlan(
  planPath: string,
  { recordings: path, seed }: RunOptions,
  workspace: Workspace,
  context: Context,
): Promise<RunInputs> {
  if (path === undefined) {
    throw new UsageError({
      code: "TOP-RUN-RECORDINGS",
      message: "Replay needs recordings.",
      found: "--recordings is missing.",
      fix: `tokenop run --mode replay --plan ${planPath} --recordings R.jsonl`,
    });
  }
  const plan = await readArtifact(planPath, planSchema, "Make it again: tokenop plan");
  const recordings = await readRecordings(path, seed, context.signal);
  const drawn = (await exists(workspace.samples)) ? await readSamples(workspace.samples, context.signal) : [];
  const known = new Map(drawn.map((sample) => [sample.id, sample]));
  return {
    questions: questionsFromPlan(plan),
    family: plan.quality.family,
    samples: freshFor(plan, recordings.samples).map((sample) => recordedSample(sample, known.get(sample.id))),
    recordings,
    plan,
    files: [planPath, path, ...(drawn.length > 0 ? [workspace.samples] : [])],
    design: "recorded samples of each cluster, in one seeded random order for all candidates",
  };
}

/** What no earlier round has asked: a later round's questions were chosen after those answers were seen. */
function freshFor({ evidence }: PlanArtifact, samples: readonly RunSample[]): RunSample[] {
  const asked = new Set(evidence?.ledger.rounds.flatMap((round) => round.asked));
  return samples.filter(({ id }) => !asked.has(id));
}

/** A recorded sample with what samples.jsonl says of it; what the recording says itself wins. */
function recordedSample(recorded: RunSample, drawn: RunSample | undefined): RunSample {
  if (drawn === undefined) return recorded;
  const { reference = drawn.reference, grader } = recorded;
  return { ...drawn, reference, grader: grader ?? drawn.grader };
}

async function fromPlan(planPath: string, workspace: Workspace, context: Context): Promise<RunInputs> {
  const plan = await readArtifact(planPath, planSchema, "Make it again: tokenop plan");
  const questions = questionsFromPlan(plan);
  const present = await exists(workspace.samples);
  const samples = present ? await readSamples(workspace.samples, context.signal) : [];
  if (questions.length > 0 && samples.length === 0) {
    throw new UsageError({
      code: "TOP-RUN-NO-PROMPTS",
      message: "The plan has questions to prove, and there are no prompts to ask.",
      found: `${questions.length} questions, 0 samples in ${workspace.samples}.`,
      fix: "Put prompts.jsonl (tokenop schema prompt) into the workspace, then: tokenop profile && tokenop plan",
    });
  }
  const design =
    "uniform draws within each cluster (samples.jsonl), in one seeded random order for all candidates";
  const files = [planPath, workspace.samples];
  const fresh = freshFor(plan, samples);
  return { questions, family: plan.quality.family, samples: fresh, recordings: null, plan, files, design };
}

async function fromPrompts(
  options: RunOptions,
  workspace: Workspace,
  policy: Policy,
  book: PriceBook,
  context: Context,
): Promise<RunInputs> {
  const path = options.input ?? workspace.prompts;
  if (!(await exists(path))) {
    throw new UsageError({
      code: "TOP-RUN-NOTHING",
      message: "There is nothing to run: no plan, no prompts, no recordings.",
      found: `Looked for ${options.plan ?? workspace.plan} and ${path}.`,
      fix: "tokenop plan, or tokenop run --input prompts.jsonl, or tokenop run --mode replay --recordings FILE",
    });
  }
  const read = await readPrompts(path, options.seed, context.signal);
  const callable = callableProviders(options, context).map(({ id }) => id);
  const samples = options.mode === "live" ? withProviders(read, book, callable, context) : read;
  const refs = modelReader(options, samples, book, callable, context);
  const baseline = options.baseline === undefined ? null : refs.parse(options.baseline);
  const answering = baseline === null ? refs.seen : [baseline];
  if (answering.length === 0) throw noBaseline(samples.length);
  const candidates =
    options.candidates?.map(refs.parse) ?? defaultCandidates(answering, policy, book, context.now());
  const questions = questionsFromFlags({
    baseline,
    candidates,
    scope: options.scope,
    margin: options.qualityMargin ?? policy.quality.budget,
    samples,
  });
  const design = "every prompt once, in one seeded random order for all candidates";
  return {
    questions,
    family: questions.length,
    samples,
    recordings: null,
    plan: null,
    files: [path],
    design,
  };
}

/** Candidates' answers would be paid for, and there would be nothing to compare them with. */
function noBaseline(prompts: number): UsageError {
  return new UsageError({
    code: "TOP-RUN-BASELINE",
    message: "There is no baseline to compare candidates with.",
    found: `None of ${prompts} prompts names the model that answers it now, and --baseline is missing.`,
    fix: 'Name it: --baseline MODEL, or add "model" to the prompts',
  });
}

/**
 * Gives a prompt that names its model alone the provider that can be called for it: `provider` is optional in
 * prompts.jsonl. One that cannot be told stays open, and is refused only where that model would be called.
 */
function withProviders(
  samples: readonly RunSample[],
  book: PriceBook,
  callable: readonly string[],
  context: Context,
): RunSample[] {
  return samples.map((sample) => {
    if (sample.model === null || sample.provider !== null) return sample;
    const seller = book.find({ provider: null, model: sample.model, at: context.now() })?.row.provider;
    return seller === undefined || !callable.includes(seller) ? sample : { ...sample, provider: seller };
  });
}

function modelReader(
  options: RunOptions,
  samples: readonly RunSample[],
  book: PriceBook,
  providers: readonly string[],
  context: Context,
) {
  const seen = seenModels(samples);
  const at = context.now();
  const parse = (name: string): ModelRef => {
    if (options.mode === "live") return parseLiveModel(name, { providers, seen, book, at });
    const slash = name.indexOf("/");
    return slash < 0
      ? { provider: "", model: name }
      : { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  };
  return { seen, parse };
}

/** Distinct models that the samples were answered by. */
export function seenModels(samples: readonly RunSample[]): ModelRef[] {
  const distinct = new Map<string, ModelRef>();
  for (const { provider, model } of samples) {
    if (model === null) continue;
    const ref = { provider: provider ?? "", model };
    distinct.set(refLabel(ref), ref);
  }
  return [...distinct.values()];
}

/** Cheaper models of the same capability class, for each model that answers now, that the policy allows. */
function defaultCandidates(seen: readonly ModelRef[], policy: Policy, book: PriceBook, at: Date): ModelRef[] {
  const cells = seen.map(({ provider }) => ({ provider, region: null }));
  const access = readAccess(policy, { cells, pricedAt: at }, book);
  const allowed = ({ provider, model }: ModelRef): boolean => access.modelRefusal(provider, model) === null;
  const peers = seen.flatMap((ref) => {
    const row = book.find({ provider: ref.provider === "" ? null : ref.provider, model: ref.model, at })?.row;
    if (row === undefined) return [];
    return capabilityPeers(book, row, allowed, at).slice(0, DEFAULT_CANDIDATES);
  });
  const named = [
    ...policy.candidates.filter(allowed),
    ...peers.map(({ provider, model }) => ({ provider, model })),
  ];
  const distinct = new Map(named.map((ref) => [refLabel(ref), ref]));
  return [...distinct.values()].filter((ref) => !(seen.length === 1 && refLabel(seen[0]!) === refLabel(ref)));
}
