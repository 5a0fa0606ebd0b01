import { formatExact, parseUsd } from "../../shared/money.js";
import type { Verdict } from "../contract.js";
import type { PlanBody } from "../inputs/questions.js";

/** Saving of a set of plan actions: exact decimal USD a month, share of the bill, and how it came to be. */
export interface CertifiedSaving {
  readonly savingUsdMonth: string;
  readonly savingShare: number;
  readonly basis: string;
}

export type CertifiedBlock = CertifiedSaving & { readonly actions: string[] };

/**
 * The plan's actions whose evidence holds: structural ones with attested conditions, and those whose question was
 * certified, in this round or in one before it. An action with a condition that is only assumed is left out. null without a plan.
 */
export function certifiedActions(
  plan: (Pick<PlanBody, "actions" | "joint"> & Partial<Pick<PlanBody, "evidence">>) | null,
  decisions: readonly { readonly question: string; readonly verdict: Verdict }[],
  savingOf?: (actions: readonly string[]) => CertifiedSaving,
): CertifiedBlock | null {
  if (plan === null) return null;
  const proven = new Set(
    decisions.filter(({ verdict }) => verdict === "certified").map(({ question }) => question),
  );
  const before = new Set(plan.evidence?.certified ?? []);
  const holding = plan.actions.filter(({ id, evidence }) =>
    evidence.kind === "structural" ? evidence.attested : before.has(id) || proven.has(evidence.question),
  );
  const actions = holding.map(({ id }) => id);
  if (savingOf !== undefined) return { actions, ...savingOf(actions) };
  if (actions.length === plan.actions.length) {
    const { savingUsdMonth, savingShare } = plan.joint;
    return {
      actions,
      savingUsdMonth,
      savingShare,
      basis: "joint saving of the plan: every action is certified",
    };
  }
  const saving = holding.reduce((sum, action) => sum + parseUsd(action.shapleySavingUsd), 0n);
  const joint = parseUsd(plan.joint.savingUsdMonth);
  return {
    actions,
    savingUsdMonth: formatExact(saving),
    savingShare: joint === 0n ? 0 : (plan.joint.savingShare * Number(saving)) / Number(joint),
    basis:
      "estimate: certified actions' shares of the joint saving; plan again with this evidence for the exact figure",
  };
}
