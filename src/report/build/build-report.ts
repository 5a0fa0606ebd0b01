import { HOURS_PER_MONTH } from "../../profile/contract.js";
import { parseUsd } from "../../shared/money.js";
import type { ReportBody, ReportInput } from "../contract.js";
import { monthlyCalls, monthlyFleets, monthlySpend, unpricedModels, usd } from "./amounts.js";
import { buildCertificates, buildToProve } from "./build-certificates.js";
import { buildEconomics } from "./build-economics.js";
import { buildFleets } from "./build-fleets.js";
import { buildJudge } from "./build-judge.js";
import { buildNextSteps } from "./build-next-steps.js";
import { buildAcceptedCosts, buildLatencyTails } from "./build-operations.js";
import { buildLatencyFrontier, buildOptimality } from "./build-optimality.js";
import { buildActions, buildFrontier, buildLayers, buildSynergy, buildWaterfall } from "./build-plan-view.js";
import { buildVerdict } from "./build-verdict.js";

/**
 * Everything that a report says, from the artifacts alone. Renderers add nothing: a number that is not in here is
 * in no report. Without a plan it is a spend report; without an evaluation it calls every saving uncertified.
 */
export function buildReport(input: ReportInput): ReportBody {
  const { profile, plan, evaluation } = input;
  return {
    title: plan === null ? "Model spend" : "Model spend and savings plan",
    simulated: input.simulated,
    verdict: buildVerdict(input),
    spend: buildSpend(input),
    waterfall: buildWaterfall(input),
    synergy: buildSynergy(plan),
    layers: buildLayers(plan),
    frontier: buildFrontier(plan),
    latencyFrontier: buildLatencyFrontier(plan),
    optimality: buildOptimality(plan),
    fleets: buildFleets(plan),
    economics: buildEconomics(plan),
    certificates: buildCertificates(input),
    latencyTails: buildLatencyTails(input),
    acceptedCosts: buildAcceptedCosts(input),
    judge: buildJudge(input),
    toProve: buildToProve(input),
    actions: buildActions(input),
    reconciliation: profile.reconciliation.map((row) => ({
      provider: row.provider,
      model: row.model,
      month: row.month,
      billedUsd: usd(row.billedUsd),
      listUsd: usd(row.listUsd),
      factor: row.factor,
    })),
    experiment:
      evaluation === null
        ? null
        : {
            mode: evaluation.mode,
            calls: evaluation.calls,
            callsFixedDesign: evaluation.callsFixedDesign,
            paidCalls: evaluation.paidCalls,
            spentUsd: usd(evaluation.spentUsd),
            stopped: evaluation.stopped,
          },
    assumptions: buildAssumptions(input),
    nextSteps: buildNextSteps(input),
    patches: input.patches.map(({ file, summary, actions }) => ({ file, summary, actions: [...actions] })),
    patchNote: buildPatchNote(input),
    costRows: { baseline: [...input.costRows.baseline], optimized: [...input.costRows.optimized] },
    priceBook: { ...profile.priceBook },
    warnings: [...new Set([...profile.warnings, ...(plan?.warnings ?? []), ...(evaluation?.warnings ?? [])])],
  };
}

function buildSpend(input: ReportInput): ReportBody["spend"] {
  const { profile, plan } = input;
  const { totals, span } = profile;
  const cost = usd(totals.costUsd);
  const drivers = (["intent", "model", "tenant", "hour"] as const).map((dimension) => ({
    dimension,
    rows: profile.drivers[dimension].map((row) => ({
      key: row.key,
      costUsd: usd(row.costUsd),
      share: row.share,
      events: row.events,
    })),
  }));
  return {
    month: { value: monthlySpend(input), unit: "USD a month", basis: "estimated" },
    calls: { value: monthlyCalls(profile), unit: "USD a month", basis: "estimated" },
    fleets: { value: monthlyFleets(plan), unit: "USD a month", basis: "replayed" },
    // Tokens at list price are an estimate of the bill; only a wholly billed span is a measurement.
    observed: { value: cost, unit: "USD", basis: isBilled(profile) ? "measured" : "estimated" },
    first: span.first,
    last: span.last,
    scaling:
      plan?.baseline.scaling ??
      `${Number(span.hours.toFixed(1))} observed hours scaled to ${HOURS_PER_MONTH} hours, one month.`,
    events: totals.events,
    inputTokens: totals.inputTokens,
    outputTokens: totals.outputTokens,
    drivers,
    unpriced: unpricedModels(input).map(({ provider, model, events }) => ({ provider, model, events })),
  };
}

const isBilled = ({ totals }: ReportInput["profile"]): boolean =>
  parseUsd(totals.billedCostUsd) === parseUsd(totals.costUsd) && parseUsd(totals.costUsd) > 0n;

function buildAssumptions({ profile, plan }: ReportInput): ReportBody["assumptions"] {
  const listed = isBilled(profile)
    ? []
    : [
        {
          text: `Calls without a billed cost are priced at list price: ${profile.priceBook.source}, ${profile.priceBook.date}.`,
          basis: "estimated" as const,
        },
      ];
  const all = [
    ...listed,
    { text: "The observed span is typical of a month.", basis: "assumed" as const },
    ...profile.priceFallbacks.map((text) => ({ text, basis: "assumed" as const })),
    ...(plan?.actions ?? []).flatMap((action) => action.assumptions),
  ];
  const seen = new Set<string>();
  return all
    .filter(({ text }) => !seen.has(text) && seen.add(text))
    .map(({ text, basis }) => ({ text, basis }));
}

/** Says why nothing can be merged, so that an empty patches folder never looks like a fault. */
function buildPatchNote({ plan, evaluation, patches }: ReportInput): string | null {
  if (plan === null) return "There is no plan yet, so there is nothing to patch.";
  const routes = plan.actions
    .filter((action) => action.evidence.kind !== "structural")
    .map((action) => action.id);
  if (patches.some((patch) => patch.actions.some((id) => routes.includes(id)))) return null;
  if (routes.length === 0)
    return patches.length > 0 ? null : "The plan changes nothing that a patch could put in place.";
  if (evaluation === null)
    return "No route patch was written: no route was tested yet, and only certified routes are written.";
  return routes.some((id) => evaluation.certified?.actions.includes(id))
    ? "No route patch was written: what is certified is best put in place without its routes (certified-plan.yaml)."
    : "No route patch was written: no route of the plan is certified.";
}
