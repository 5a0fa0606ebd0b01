import { type Objective, planSchema } from "../plan/contract.js";
import { buildPlan, openHighs, type PlanBody, type PlanDependencies } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, type Workspace, workspaceAt } from "../shared/workspace.js";
import { environmentOf } from "./environment.js";
import {
  hashPresent,
  type InputHash,
  openPlanning,
  openPrices,
  planInputs,
  policyPathOf,
  type StageOptions,
  saveArtifact,
} from "./open.js";
import { matchingTemplates } from "./templates.js";

export interface PlanOptions extends StageOptions {
  /** `--constraints`; else policy.yaml of the workspace, else built-in defaults. */
  readonly constraints?: string;
  readonly seed: number;
  /** Default: `net`. */
  readonly objective?: Objective;
  /** Templates of one's own beside the shipped ones. */
  readonly templatesDir?: string;
}

export interface PlanResult {
  readonly plan: PlanBody;
  readonly written: readonly string[];
}

export const PROFILE_FIRST = "Run it first: tokenop profile";

/** What a plan is computed from, read and opened. */
export interface OpenedPlan {
  readonly dependencies: PlanDependencies;
  readonly workspace: Workspace;
  /** Files that it depends on. */
  readonly inputs: readonly string[];
  /** Those that are there, as they were when they were read. */
  readonly hashes: readonly InputHash[];
}

/** Profile, policy, prices, fleets and templates in; the best allowed combination out. */
export async function plan(options: PlanOptions, context: Context): Promise<PlanResult> {
  const { dependencies, hashes, workspace } = await openPlan(options, context);
  const body = buildPlan(dependencies);
  await saveArtifact(workspace.plan, planSchema, "Plan", body, hashes, workspace, context);
  return { plan: body, written: [workspace.plan] };
}

export async function openPlan(options: PlanOptions, context: Context): Promise<OpenedPlan> {
  const profile = await readArtifact(workspaceAt(options.dir).profile, profileSchema, PROFILE_FIRST);
  const workspace = await openWorkspace(options.dir);
  const policyPath = await policyPathOf(options, workspace);
  const prices = await openPrices(options, workspace);
  const { policy, books, workload } = await openPlanning(workspace, context, profile, prices, policyPath);
  const templates = await matchingTemplates(options, environmentOf(profile, workload, policy, books));
  const dependencies: PlanDependencies = {
    workload,
    policy,
    prices: books,
    milp: await openHighs(),
    seed: options.seed,
    ...(options.objective !== undefined && { objective: options.objective }),
    templates,
  };
  const inputs = planInputs(workspace, policyPath, options);
  return { dependencies, workspace, inputs, hashes: await hashPresent(inputs) };
}
