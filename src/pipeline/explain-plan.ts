import { planSchema } from "../plan/contract.js";
import { type Explanation, explainAction, stalePlan } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, workspaceAt } from "../shared/workspace.js";
import {
  hashPresent,
  openPlanning,
  openPrices,
  planInputs,
  policyPathOf,
  type StageOptions,
} from "./open.js";
import { PROFILE_FIRST } from "./plan.js";

export interface ExplainPlanOptions extends StageOptions {
  /** As given to `plan`. */
  readonly constraints?: string;
  /** Action id of plan.yaml. */
  readonly action: string;
}

/** The arithmetic of one action of plan.yaml, recomputed from the workload that it was planned on. Writes nothing. */
export async function explainPlan(options: ExplainPlanOptions, context: Context): Promise<Explanation> {
  const plan = await readArtifact(workspaceAt(options.dir).plan, planSchema, "Plan first: tokenop plan");
  const profile = await readArtifact(workspaceAt(options.dir).profile, profileSchema, PROFILE_FIRST);
  const workspace = await openWorkspace(options.dir);
  const policyPath = await policyPathOf(options, workspace);
  await refuseStale(plan.inputs, planInputs(workspace, policyPath, options));
  const prices = await openPrices(options, workspace);
  const { workload, books } = await openPlanning(workspace, context, profile, prices, policyPath);
  return explainAction(options.action, { plan, workload, books });
}

/** @throws UsageError TOP-PLAN-STALE when a file that the plan was made from has changed, gone or come since. */
async function refuseStale(
  inputs: readonly { readonly name: string; readonly sha256: string }[],
  now: readonly string[],
): Promise<void> {
  const found = await hashPresent(now);
  const known = new Map(inputs.map(({ name, sha256 }) => [name, sha256]));
  const changed = found.find(({ name, sha256 }) => known.get(name) !== sha256);
  if (changed !== undefined) throw stalePlan(`${changed.name} is not the one that it was made from.`);
  const gone = inputs.find(({ name }) => found.every((file) => file.name !== name));
  if (gone !== undefined) throw stalePlan(`${gone.name}, which it was made from, is not at hand.`);
}
