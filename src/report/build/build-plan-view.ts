import { parseUsd, ratio } from "../../shared/money.js";
import type { ReportBody, ReportInput } from "../contract.js";
import { usd } from "./amounts.js";
import {
  describeAction,
  describeEvidence,
  describeSettings,
  isCertified,
  stateOf,
} from "./describe-action.js";

/**
 * From the baseline to the plan's cost, by layer. Steps are Shapley shares, so they add up to the joint saving in any
 * order.
 */
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
    ...byLayer(plan).map((action) => ({
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
    order: action.order,
    summary: describeAction(input, action),
    layer: action.layer,
    lever: action.lever,
    settings: describeSettings(action),
    risk: action.risk,
    effortHours: action.effortHours,
    oneOffUsd: usd(action.oneOffUsd),
    touchedShare: action.touchedRequestShare,
    approvals: [...action.approvals],
    templates: action.templates.map(({ id, score }) => ({ id, score })),
    standaloneUsdMonth: usd(action.standaloneSavingUsd),
    shareUsdMonth: usd(action.shapleySavingUsd),
    evidence: describeEvidence(input, action),
    state: stateOf(input, action),
    certified: isCertified(input, action.id),
    assumptions: action.assumptions.map(({ text, basis }) => ({ text, basis })),
  }));
}

type Plan = NonNullable<ReportInput["plan"]>;

const inOrder = (plan: Plan) => [...plan.actions].sort((left, right) => left.order - right.order);

function byLayer(plan: Plan) {
  const place = new Map(plan.layers.map(({ layer }, index) => [layer, index]));
  const placeOf = ({ layer }: Plan["actions"][number]) => place.get(layer) ?? place.size;
  return inOrder(plan).sort((left, right) => placeOf(left) - placeOf(right));
}

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

/** Subtotals of the layers that the plan changes, with their shares of the joint saving. */
export function buildLayers(plan: ReportInput["plan"]): ReportBody["layers"] {
  if (plan === null) return [];
  const joint = parseUsd(plan.joint.savingUsdMonth);
  return plan.layers.map(({ layer, savingUsdMonth }) => ({
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
