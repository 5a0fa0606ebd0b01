import { parseUsd, ratio } from "../../shared/money.js";
import type { ReportBody, ReportInput } from "../contract.js";
import { usd } from "./amounts.js";
import { describeAction, describeEvidence, isCertified, stateOf } from "./describe-action.js";

/** From the baseline to the plan's cost. Steps are Shapley shares, so they add up to the joint saving. */
export function buildWaterfall(input: ReportInput): ReportBody["waterfall"] {
  const { plan } = input;
  if (plan === null || plan.actions.length === 0) return [];
  const total = (label: string, kind: "start" | "end", amount: string) => ({
    label,
    kind,
    layer: null,
    amountUsdMonth: usd(amount),
    evidence: null,
    certified: null,
  });
  return [
    total("Today, at list price", "start", plan.baseline.listCostUsdMonth),
    ...inOrder(plan).map((action) => ({
      label: describeAction(input, action),
      kind: "saving" as const,
      layer: action.layer,
      amountUsdMonth: usd(action.shapleySavingUsd),
      evidence: describeEvidence(input, action),
      certified: isCertified(input, action.id),
    })),
    total("With the whole plan", "end", plan.joint.costUsdMonth),
  ];
}

export function buildActions(input: ReportInput): ReportBody["actions"] {
  if (input.plan === null) return [];
  return inOrder(input.plan).map((action) => ({
    id: action.id,
    summary: describeAction(input, action),
    layer: action.layer,
    standaloneUsdMonth: usd(action.standaloneSavingUsd),
    shareUsdMonth: usd(action.shapleySavingUsd),
    evidence: describeEvidence(input, action),
    state: stateOf(input, action),
    certified: isCertified(input, action.id),
    assumptions: action.assumptions.map(({ text, basis }) => ({ text, basis })),
  }));
}

const inOrder = (plan: NonNullable<ReportInput["plan"]>) =>
  [...plan.actions].sort((left, right) => left.order - right.order);

export function buildSynergy(plan: ReportInput["plan"]): ReportBody["synergy"] {
  const figure = (amount: string | undefined) => ({
    value: amount === undefined ? null : usd(amount),
    unit: "USD a month",
    basis: plan?.joint.basis ?? ("estimated" as const),
  });
  return {
    amount: figure(plan?.joint.synergyUsdMonth),
    standaloneSum: figure(plan?.joint.standaloneSumUsdMonth),
    joint: figure(plan?.joint.savingUsdMonth),
    explained: plan?.joint.synergyExplained ?? "There is no plan yet.",
  };
}

/** Shares of the joint saving; layers without a part in it are left out. */
export function buildLayers(plan: ReportInput["plan"]): ReportBody["layers"] {
  if (plan === null) return [];
  const joint = parseUsd(plan.joint.savingUsdMonth);
  return plan.layers
    .filter(({ savingUsdMonth }) => parseUsd(savingUsdMonth) !== 0n)
    .map(({ layer, savingUsdMonth }) => ({
      layer,
      savingUsdMonth: usd(savingUsdMonth),
      share: ratio(parseUsd(savingUsdMonth), joint),
    }));
}

export function buildFrontier(plan: ReportInput["plan"]): ReportBody["frontier"] {
  if (plan === null) return [];
  const chosen = new Set(plan.actions.map((action) => action.id));
  return plan.frontier.map((point) => ({
    qualityBudgetUsed: point.qualityBudgetUsed,
    costUsdMonth: usd(point.costUsdMonth),
    savingShare: point.savingShare,
    actions: point.actions.length,
    chosen: point.actions.length === chosen.size && point.actions.every((id) => chosen.has(id)),
  }));
}
