import { type Objective, planSchema } from "../plan/contract.js";
import { buildPlan, openHighs, type PlanBody } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, workspaceAt } from "../shared/workspace.js";
import { environmentOf } from "./environment.js";
import { openPlanning, openPrices, policyPathOf, type StageOptions, saveArtifact } from "./open.js";
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

/** Profile, policy, prices, fleets and templates in; the best allowed combination out. */
export async function plan(options: PlanOptions, context: Context): Promise<PlanResult> {
  const profile = await readArtifact(workspaceAt(options.dir).profile, profileSchema, PROFILE_FIRST);
  const workspace = await openWorkspace(options.dir);
  const policyPath = await policyPathOf(options, workspace);
  const opened = await openPrices(options, workspace);
  const { policy, books, workload } = await openPlanning(workspace, context, profile, opened, policyPath);
  const templates = await matchingTemplates(options, environmentOf(profile, workload, policy, books));
  const body = buildPlan({
    workload,
    policy,
    prices: books,
    milp: await openHighs(),
    seed: options.seed,
    ...(options.objective !== undefined && { objective: options.objective }),
    templates,
  });
  const inputs = [workspace.profile, ...(policyPath === null ? [] : [policyPath]), workspace.fleet];
  await saveArtifact(workspace.plan, planSchema, "Plan", body, inputs, workspace, context);
  return { plan: body, written: [workspace.plan] };
}
