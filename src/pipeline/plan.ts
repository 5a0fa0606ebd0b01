import { planSchema } from "../plan/contract.js";
import { buildPlan, loadPolicy, type PlanBody, tenantsOf } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, workspaceAt } from "../shared/workspace.js";
import { exists, openPrices, openWorkload, type StageOptions, saveArtifact } from "./open.js";

export interface PlanOptions extends StageOptions {
  /** `--constraints`; else policy.yaml of the workspace, else built-in defaults. */
  readonly constraints?: string;
  readonly seed: number;
}

export interface PlanResult {
  readonly plan: PlanBody;
  readonly written: readonly string[];
}

export const PROFILE_FIRST = "Run it first: tokenop profile";

/** Profile, policy and prices in; the cheapest allowed combination out. */
export async function plan(options: PlanOptions, context: Context): Promise<PlanResult> {
  const profile = await readArtifact(workspaceAt(options.dir).profile, profileSchema, PROFILE_FIRST);
  const workspace = await openWorkspace(options.dir);
  const policyPath = options.constraints ?? ((await exists(workspace.policy)) ? workspace.policy : null);
  const policy = await loadPolicy(policyPath);
  const prices = await openPrices(options, workspace);
  const workload = await openWorkload(workspace, context, profile, prices, tenantsOf(policy));
  const body = buildPlan({ workload, policy, prices, seed: options.seed });
  const inputs = [workspace.profile, ...(policyPath === null ? [] : [policyPath])];
  await saveArtifact(workspace.plan, planSchema, "Plan", body, inputs, workspace, context);
  return { plan: body, written: [workspace.plan] };
}
