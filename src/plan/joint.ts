import {
  levers as allLevers,
  type Books,
  CAUSAL_STAGES,
  type Lever,
  type LeverParameters,
  type ModelRef,
  type Proposal,
} from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import type { ArtifactBody } from "../shared/artifact.js";
import { toCamelKey } from "../shared/case.js";
import { type PicoUsd, ratio } from "../shared/money.js";
import type { planSchema } from "./contract.js";
import { costOf, toMonth } from "./cost.js";

export type PlanBody = ArtifactBody<typeof planSchema>;

/** A proposal with the lever that made it. */
export interface Change {
  readonly lever: Lever;
  readonly proposal: Proposal;
}

/** Causal stage, then lever id, then cluster and model: the one order in which effects compose. */
export function compareCausally(a: Change, b: Change): number {
  const stage = CAUSAL_STAGES.indexOf(a.lever.stage) - CAUSAL_STAGES.indexOf(b.lever.stage);
  if (stage !== 0) return stage;
  const [left, right] = [a, b].map(({ lever, proposal }) =>
    JSON.stringify([lever.id, proposal.fleet ?? "", proposal.cluster, proposal.model]),
  );
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

/** The workload that would have been billed with one more change in place. */
export function applyChange(workload: Workload, { lever, proposal }: Change, books: Books): Workload {
  return lever.apply(workload, proposal, books).workload;
}

/** The workload that would have been billed with every change in place. */
export function applyJointly(workload: Workload, changes: readonly Change[], books: Books): Workload {
  return [...changes]
    .sort(compareCausally)
    .reduce((current, change) => applyChange(current, change, books), workload);
}

/** Requests that each change touches with all the others in place. */
export function touchedJointly<C extends Change>(
  workload: Workload,
  changes: readonly C[],
  books: Books,
): ReadonlyMap<C, number> {
  const touched = new Map<C, number>();
  let current = workload;
  for (const change of [...changes].sort(compareCausally)) {
    const effect = change.lever.apply(current, change.proposal, books);
    touched.set(change, effect.touchedRequests);
    current = effect.workload;
  }
  return touched;
}

export interface SubsetCost {
  readonly baselinePicoUsdMonth: PicoUsd;
  readonly costPicoUsdMonth: PicoUsd;
  readonly savingPicoUsdMonth: PicoUsd;
  /** Of the baseline list cost, 0..1; negative where the subset costs more. */
  readonly savingShare: number;
}

/**
 * Costs some of a plan's actions together, for example those that were certified. The sum of their shares in the
 * full plan would be wrong: actions overlap and reinforce one another.
 *
 * @throws RangeError when an id is not an action of the plan, or its lever is not known.
 */
export function costSubset(
  plan: Pick<PlanBody, "actions">,
  actionIds: readonly string[],
  workload: Workload,
  books: Books,
  levers: readonly Lever[] = allLevers,
): SubsetCost {
  return monthlyCost(workload, applySubset(plan, actionIds, workload, books, levers), books);
}

/**
 * The workload that would have been billed with some of a plan's actions in place.
 *
 * @throws RangeError as `costSubset`.
 */
export function applySubset(
  plan: Pick<PlanBody, "actions">,
  actionIds: readonly string[],
  workload: Workload,
  books: Books,
  levers: readonly Lever[] = allLevers,
): Workload {
  return applyJointly(workload, changesOf(plan, actionIds, levers), books);
}

/**
 * Some of a plan's actions as the changes that they were chosen as.
 *
 * @throws RangeError as `costSubset`.
 */
export function changesOf(
  plan: Pick<PlanBody, "actions">,
  actionIds: readonly string[],
  levers: readonly Lever[],
): Change[] {
  return actionIds.map((id) => {
    const action = plan.actions.find((candidate) => candidate.id === id);
    const lever = levers.find((candidate) => candidate.id === action?.lever);
    if (action === undefined || lever === undefined) {
      throw new RangeError(`not an action of this plan: ${JSON.stringify(id)}`);
    }
    return { lever, proposal: proposalOf(action) };
  });
}

export function monthlyCost(baseline: Workload, changed: Workload, books: Books): SubsetCost {
  return monthlySaving(costOf(baseline, books).amount, costOf(changed, books).amount, baseline.hours);
}

/** Two costs over the observed span as a saving a month. */
export function monthlySaving(before: PicoUsd, after: PicoUsd, hours: number): SubsetCost {
  const baselinePicoUsdMonth = toMonth(before, hours);
  const costPicoUsdMonth = toMonth(after, hours);
  const savingPicoUsdMonth = baselinePicoUsdMonth - costPicoUsdMonth;
  return {
    baselinePicoUsdMonth,
    costPicoUsdMonth,
    savingPicoUsdMonth,
    savingShare: ratio(savingPicoUsdMonth, baselinePicoUsdMonth),
  };
}

function proposalOf(action: PlanBody["actions"][number]): Proposal {
  const parameters: LeverParameters = Object.fromEntries(
    action.parameters.map(({ name, value }) => [toCamelKey(name), value]),
  );
  if (action.cluster === null) return { cluster: null, fleet: action.fleet!, model: null, parameters };
  const model: ModelRef | null = action.model;
  return { cluster: action.cluster, model, parameters };
}
