import { basename } from "node:path";
import { planSchema } from "../plan/contract.js";
import {
  type Ledger,
  objectiveOf,
  type PlanBody,
  type Replanned,
  recordRound,
  replan,
} from "../plan/index.js";
import { type EvaluationBody, evaluationSchema } from "../run/contract.js";
import { hashFile, readArtifact } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import type { Workspace } from "../shared/workspace.js";
import { exists, saveArtifact } from "./open.js";
import { type OpenedPlan, openPlan, type PlanOptions } from "./plan.js";
import type { PreparedRun } from "./prepared-run.js";
import type { PlanArtifact } from "./run-inputs.js";

export interface ReplanOutcome extends Replanned {
  /** The plan that the run was about; null where there is none at hand. */
  readonly before: PlanBody | null;
  readonly written: readonly string[];
}

/** An evaluation with the account of its rounds: what a later plan needs of it. */
export async function withLedger(
  evaluation: EvaluationBody,
  asked: readonly string[],
  plan: PlanArtifact,
  { inputs, workspace }: PreparedRun,
): Promise<EvaluationBody & { readonly ledger: Ledger }> {
  const known = plan.evidence?.ledger ?? null;
  const claim = known?.claim ?? (await hashFile(inputs.files[0]!)).sha256;
  const former = await ledgerOnFile(workspace);
  const previous = former?.claim === claim && covers(former, known) ? former : known;
  const round = (known?.rounds.at(-1)?.round ?? 0) + 1;
  const { alpha, seed, decisions } = evaluation;
  return { ...evaluation, ledger: recordRound(previous, { claim, round, alpha, seed, decisions, asked }) };
}

const covers = (former: Ledger, known: Ledger | null): boolean =>
  former.rounds.length >= (known?.rounds.length ?? 0);

/** Of the evaluation that is about to be replaced; null where there is none that can be read. */
async function ledgerOnFile({ evaluation }: Workspace): Promise<Ledger | null> {
  if (!(await exists(evaluation))) return null;
  const read = readArtifact(evaluation, evaluationSchema, "Run again: tokenop run");
  return read.then(
    ({ ledger = null }) => ledger,
    () => null,
  );
}

/** What `plan` was made from, opened once for a run: what it certifies is costed and solved again on one workload. */
export function reopenPlan(
  plan: PlanArtifact,
  { options: { dir, prices }, context }: PreparedRun,
): Promise<OpenedPlan> {
  return openPlan({ dir, prices, seed: 1, objective: objectiveOf(plan) }, context);
}

/**
 * Solves the plan again after its run, and writes both results beside it. null where the plan was made from a policy or
 * prices that are not the workspace's: the same must then be done by hand, with the same flags.
 */
export async function replanAfterRun(
  ledger: Ledger,
  plan: PlanArtifact,
  opened: OpenedPlan,
  context: Context,
): Promise<ReplanOutcome | null> {
  const evaluation = opened.workspace.evaluation;
  const known = new Set([...opened.inputs, evaluation].map((path) => basename(path)));
  const foreign = plan.inputs.find(({ name }) => !known.has(name));
  if (foreign === undefined)
    return { ...(await solveAgain(ledger, opened, evaluation, context)), before: plan };
  context.log.warn(
    `The plan was made from ${foreign.name}, which is not the workspace's, so it was not solved again. By hand: ` +
      "tokenop plan --evidence evaluation.yaml, with the flags that it was planned with.",
  );
  return null;
}

/**
 * `tokenop plan --evidence FILE`.
 *
 * @throws UsageError TOP-PLAN-EVIDENCE where the evaluation tested no plan.
 */
export async function planWithEvidence(
  options: PlanOptions & { readonly evidence: string },
  context: Context,
): Promise<ReplanOutcome> {
  const { ledger } = await readArtifact(options.evidence, evaluationSchema, "Make it: tokenop run");
  if (ledger === undefined) {
    throw new UsageError({
      code: "TOP-PLAN-EVIDENCE",
      message: `${options.evidence} holds no evidence on a plan.`,
      found: "It has no ledger: named models were compared, or it was made by an earlier version.",
      fix: "Test the plan's own questions: tokenop plan && tokenop run",
    });
  }
  const opened = await openPlan(options, context);
  return { ...(await solveAgain(ledger, opened, options.evidence, context)), before: null };
}

async function solveAgain(
  ledger: Ledger,
  { dependencies, hashes, workspace }: OpenedPlan,
  evidence: string,
  context: Context,
): Promise<Replanned & { readonly written: readonly string[] }> {
  const solved = replan(dependencies, ledger);
  const files = [...hashes, evidence];
  const { replan: open, certifiedPlan: certified } = workspace;
  await saveArtifact(open, planSchema, "Plan", solved.open, files, workspace, context);
  await saveArtifact(certified, planSchema, "Plan", solved.certified, files, workspace, context);
  return { ...solved, written: [open, certified] };
}

/** Both plans, where they were made from the evaluation on file; else null. */
export async function readReplanned(
  workspace: Workspace,
): Promise<{ readonly certified: PlanArtifact; readonly open: PlanArtifact } | null> {
  const { certifiedPlan, replan: openPlanPath, evaluation } = workspace;
  for (const path of [certifiedPlan, openPlanPath, evaluation]) if (!(await exists(path))) return null;
  const fix = "Make it again: tokenop plan --evidence evaluation.yaml";
  const certified = await readArtifact(certifiedPlan, planSchema, fix);
  const open = await readArtifact(openPlanPath, planSchema, fix);
  const { sha256 } = await hashFile(evaluation);
  const isCurrent = [certified, open].every(({ inputs }) => inputs.some((input) => input.sha256 === sha256));
  return isCurrent ? { certified, open } : null;
}

/** Equal for actions that do the same: ids name a slot, whose parameters may change between plans. */
export const identityOf = ({ id, fleet, model, parameters }: PlanBody["actions"][number]): string =>
  JSON.stringify([id, fleet, model, parameters]);
