import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { LEARNED_ROUTER_FILES, learnedRouterPatches } from "../patches/index.js";
import { loadPolicy } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { evaluationSchema, routingSchema } from "../run/contract.js";
import {
  createPricer,
  learnRouting as learn,
  type RoutingBody,
  type RunSample,
  readPrompts,
  readRecordedFeedback,
  readResultFeedback,
  readSamples,
} from "../run/index.js";
import { type Artifact, hashFile, readArtifact, writeAtomically } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { EXIT, type ExitCode, UsageError } from "../shared/errors.js";
import { openWorkspace, type Workspace } from "../shared/workspace.js";
import { exists, loadOptional, openPrices, type StageOptions, saveArtifact } from "./open.js";

export interface LearnRoutingOptions extends StageOptions {
  /** Graded answers; else results.jsonl of the workspace. */
  readonly results?: string;
  /** Recorded scores in place of results: of every model, or a router's log with propensities. */
  readonly recordings?: string;
  /** Prompts, for their wording; else samples.jsonl and prompts.jsonl of the workspace. */
  readonly input?: string;
  readonly baseline?: string;
  readonly qualityMargin?: number;
  readonly alpha?: number;
  readonly trainingShare: number;
  readonly leastPropensity: number;
  readonly seed: number;
}

export interface LearnRoutingResult {
  readonly routing: RoutingBody;
  readonly written: readonly string[];
  readonly exitCode: ExitCode;
  readonly next: string;
}

/** Learns whom to send which request from results at hand; calls nobody. */
export async function learnRouting(
  options: LearnRoutingOptions,
  context: Context,
): Promise<LearnRoutingResult> {
  const workspace = await openWorkspace(options.dir);
  const source = options.recordings ?? options.results ?? workspace.results;
  if (!(await exists(source))) throw nothingToLearnFrom(source);
  if (source === workspace.results) await checkEvaluation(workspace);
  const policy = await loadPolicy((await exists(workspace.policy)) ? workspace.policy : null);
  const settings = {
    margin: options.qualityMargin ?? policy.quality.budget,
    alpha: options.alpha ?? policy.quality.alpha,
    seed: options.seed,
    trainingShare: options.trainingShare,
    leastPropensity: options.leastPropensity,
  };
  await checkFirstLook(workspace, source, settings);
  const { prompts, files } = await readTexts(options, workspace, context);
  const reading = { baseline: options.baseline ?? null, prompts, signal: context.signal };
  const data =
    options.recordings === undefined
      ? await readResultFeedback(source, reading)
      : await readRecordedFeedback(source, await pricerOf(options, workspace, context), reading);
  const routing = learn(data, settings);
  await saveArtifact(
    workspace.routing,
    routingSchema,
    "Routing",
    routing,
    [source, ...files],
    workspace,
    context,
  );
  const patches = await writeOwnPatches(workspace);
  return {
    routing,
    written: [workspace.routing, ...patches],
    exitCode: exitCodeOf(routing),
    next: nextOf(routing),
  };
}

/** routing.yaml, as long as the results that it was learned on are still the ones at hand. */
export async function currentRouting(workspace: Workspace): Promise<Artifact<typeof routingSchema> | null> {
  const routing = await loadOptional(workspace.routing, routingSchema);
  const results = routing?.inputs.find(({ name }) => name === RESULTS);
  if (routing === null || results === undefined || !(await exists(workspace.results))) return routing;
  return (await hashFile(workspace.results)).sha256 === results.sha256 ? routing : null;
}

const RESULTS = "results.jsonl";

/** A run that stopped at its first verdicts has chosen its samples by what they showed. */
async function checkEvaluation(workspace: Workspace): Promise<void> {
  const evaluation = await loadOptional(workspace.evaluation, evaluationSchema);
  const allocation = evaluation?.allocation ?? null;
  if (allocation === null) return;
  throw new UsageError({
    code: "TOP-ROUTING-STOPPED",
    message: "The run stopped early, so its samples were chosen by their own results.",
    found: `evaluation.yaml: allocation ${allocation}.`,
    fix: "Run the same command without --early-stopping; answers that are in the cache cost nothing again",
  });
}

interface Settings {
  readonly margin: number;
  readonly alpha: number;
  readonly seed: number;
  readonly trainingShare: number;
}

/** Held-out samples judge once: trying seeds or margins until one certifies would make alpha a fiction. */
async function checkFirstLook(workspace: Workspace, source: string, settings: Settings): Promise<void> {
  if (!(await exists(workspace.routing))) return;
  const fix = "Delete routing.yaml, if its certificate was never used.";
  const earlier = await readArtifact(workspace.routing, routingSchema, fix);
  const { sha256 } = await hashFile(source);
  if (earlier.inputs[0]?.sha256 !== sha256) return;
  const margin = earlier.certificate?.margin ?? settings.margin;
  const before = { margin, alpha: earlier.alpha, seed: earlier.seed, trainingShare: earlier.trainingShare };
  const changed = (Object.keys(before) as (keyof Settings)[]).filter((key) => before[key] !== settings[key]);
  if (changed.length === 0) return;
  throw new UsageError({
    code: "TOP-ROUTING-AGAIN",
    message: "A routing was learned on these results before, with other settings.",
    found: `${changed.map((key) => `${key} ${before[key]}, now ${settings[key]}`).join("; ")}. Its held-out samples have been looked at.`,
    fix: `Run more samples and learn on the new results; the same settings give the same routing again. ${fix}`,
  });
}

async function readTexts(
  options: LearnRoutingOptions,
  workspace: Workspace,
  { signal }: Context,
): Promise<{ readonly prompts: readonly RunSample[]; readonly files: readonly string[] }> {
  if (options.input !== undefined) {
    return { prompts: await readPrompts(options.input, options.seed, signal), files: [options.input] };
  }
  const prompts: RunSample[] = [];
  const files: string[] = [];
  for (const [path, read] of [
    [workspace.prompts, (file: string) => readPrompts(file, options.seed, signal)],
    // Last, so that what is known of a drawn sample wins over the prompt that it was drawn from.
    [workspace.samples, (file: string) => readSamples(file, signal)],
  ] as const) {
    if (!(await exists(path))) continue;
    prompts.push(...(await read(path)));
    files.push(path);
  }
  return { prompts, files };
}

/** Recorded tokens are priced as a replay prices them: at the workload's last event, so equal inputs stay equal. */
async function pricerOf(options: LearnRoutingOptions, workspace: Workspace, context: Context) {
  const profile = await loadOptional(workspace.profile, profileSchema);
  const at = profile === null ? context.now() : new Date(profile.span.last);
  return createPricer(await openPrices(options, workspace), at);
}

/** Beside what `report` has written; a policy that is no longer certified takes its files along. */
async function writeOwnPatches(workspace: Workspace): Promise<string[]> {
  const patches = learnedRouterPatches(await loadOptional(workspace.routing, routingSchema));
  for (const file of LEARNED_ROUTER_FILES) await rm(join(workspace.patches, file), { force: true });
  if (patches.length > 0) await mkdir(workspace.patches, { recursive: true });
  for (const { file, text } of patches) await writeAtomically(join(workspace.patches, file), text);
  return patches.map(({ file }) => join(workspace.patches, file));
}

function exitCodeOf({ certificate }: RoutingBody): ExitCode {
  const isOpen = certificate !== null && ["inconclusive", "futile"].includes(certificate.verdict);
  return isOpen ? EXIT.incomplete : EXIT.ok;
}

function nextOf({ certificate }: RoutingBody): string {
  if (certificate?.verdict === "certified") return "merge what patches/ holds, a tenth of the requests first";
  if (certificate === null) return "nothing to change: keep the baseline";
  return "more samples: tokenop run --sample-size N, then the same command";
}

function nothingToLearnFrom(path: string): UsageError {
  return new UsageError({
    code: "TOP-ROUTING-RESULTS",
    message: "There are no results to learn from.",
    found: `Looked for ${path}.`,
    fix: "tokenop run, then tokenop learn-routing; or name a file: --results FILE, --recordings FILE",
  });
}
