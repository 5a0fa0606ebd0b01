import type { planSchema } from "../../plan/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, usd, usdNumber, whole } from "./format.js";
import { table } from "./table.js";

const LEFT_OUT_SHOWN = 3;

type Plan = ArtifactBody<typeof planSchema>;

export function renderPlan(plan: Plan): string {
  const { baseline, joint } = plan;
  if (plan.decision === "do_nothing") {
    const spent = `${usd(baseline.listCostUsdMonth)} a month (list price, replayed)`;
    return [
      plan.considered.length === 0
        ? `Do nothing: no allowed change saves money on the ${spent}.`
        : `Do nothing for now: no change that saves money on the ${spent} fits the policy, its evidence and people's time.`,
      ...plan.considered.slice(0, LEFT_OUT_SHOWN).map(leftOut),
      ...plan.warnings.map((warning) => `Note: ${warning}`),
    ].join("\n");
  }
  const lines = [
    `${usd(baseline.listCostUsdMonth)} a month now, ${usd(joint.costUsdMonth)} with the plan: ` +
      `${usd(joint.savingUsdMonth)} saved, ${percent(joint.savingShare)} (list price, ${joint.basis}).`,
    `Layers: ${plan.layers.map(({ layer, savingUsdMonth }) => `${layer} ${usd(savingUsdMonth)}`).join(", ")}.`,
    `Synergy ${usd(joint.synergyUsdMonth)}: ${joint.synergyExplained}`,
    ...economics(plan),
    optimality(plan),
    ...plan.warnings.map((warning) => `Note: ${warning}`),
  ];
  const rows = plan.actions.map((action) => [
    String(action.order),
    action.id,
    usd(action.standaloneSavingUsd),
    usd(action.shapleySavingUsd),
    evidence(action, plan),
  ]);
  return [
    lines.join("\n"),
    table(["", "action", "alone", "share", "evidence"], rows, ["right", "left", "right", "right", "left"]),
    ...fleets(plan),
    proofs(plan),
  ].join("\n\n");
}

function evidence(
  { id, evidence: held, approvals }: Plan["actions"][number],
  { evidence: shown }: Plan,
): string {
  const standing = shown?.certified.includes(id)
    ? "certified"
    : shown?.continuing.includes(id)
      ? "still open"
      : "to prove";
  const basis =
    held.kind === "structural"
      ? `by construction${held.attested ? "" : " (conditions assumed)"}`
      : `${standing}, margin ${percent(held.margin)}`;
  return approvals.length === 0 ? basis : `${basis}; approval: ${approvals.join(", ")}`;
}

/** What it costs to get there and when that is earned back; a spread of 5 % to 95 % over stated uncertainties. */
function economics({ economics: worth }: Plan): string[] {
  if (worth === null) return [];
  const { oneOffUsd, npvUsd, paybackMonths, engineeringHours, horizonMonths, chanceOfLoss } = worth;
  const back =
    paybackMonths.mid === null
      ? `not paid back within ${horizonMonths} months`
      : `paid back in ${months(paybackMonths.mid)} (${months(paybackMonths.low)} to ${paybackMonths.high === null ? `beyond ${horizonMonths}` : months(paybackMonths.high)})`;
  return [
    `One-off ${usd(oneOffUsd.mid.toFixed(2))} for ${engineeringHours} people's hours and the proof (assumed), ${back}; net present ` +
      `value over ${horizonMonths} months ${usd(npvUsd.mid.toFixed(2))} (${usd(npvUsd.low.toFixed(2))} to ${usd(npvUsd.high.toFixed(2))}, estimated), chance of a loss ${percent(chanceOfLoss)}.`,
  ];
}

const months = (value: number): string => `${Number(value.toFixed(1))} months`;

function optimality({ search }: Plan): string {
  return search.optimal
    ? `Proven optimal: no plan within the policy has a lower objective (${whole(search.combinations)} combinations priced).`
    : `Not proven optimal: a better plan could save up to ${usd(search.gapUsdMonth)} a month more (${whole(search.combinations)} combinations priced).`;
}

function fleets({ fleets: all }: Plan): string[] {
  if (all.length === 0) return [];
  const words = (state: Plan["fleets"][number]["before"]) =>
    state === null
      ? "none"
      : `${state.replicas} x ${state.gpusPerReplica} ${state.gpu}, ${state.engine} ${state.precision}, ${usd(state.costUsdMonth)}`;
  const rows = all.map((fleet) => [fleet.id, words(fleet.before), words(fleet.after)]);
  return [table(["fleet", "now", "with the plan (sizing estimated)"], rows, ["left", "left", "left"])];
}

function leftOut(candidate: Plan["considered"][number]): string {
  const named = candidate.parameters.find(({ name }) => name === "candidate_model")?.value;
  const what = named === undefined ? candidate.id : `${candidate.id} to ${named}`;
  return `Left out: ${what}, ${usd(candidate.standaloneSavingUsd)} a month alone: ${candidate.reason}.`;
}

/** What to type after a plan: what is attested too is certified by a run, which then asks nothing. */
export function nextStep({ prove, actions }: Plan, dir: string): string {
  if (prove.length > 0) return `tokenop run --dir ${dir} --dry-run`;
  const isAttested = actions.some(({ evidence }) => evidence.kind === "structural" && evidence.attested);
  return isAttested ? `tokenop run --dir ${dir}` : `tokenop report --dir ${dir}`;
}

function proofs(plan: Plan): string {
  if (plan.prove.length === 0) return "Nothing to prove by a run.";
  const most = Math.max(...plan.prove.map((question) => question.pairsIfAllTie));
  return (
    `${plural(plan.prove.length, "question")} for a run, sharing alpha ${plan.quality.alpha}; ` +
    `up to ${whole(most)} pairs each if every answer ties.`
  );
}

/** The JSON of `tokenop plan`. */
export const planJson = (
  { decision, baseline, joint, actions, prove }: Plan,
  written: readonly string[],
) => ({
  decision,
  baseline_usd_month: usdNumber(baseline.listCostUsdMonth),
  cost_usd_month: usdNumber(joint.costUsdMonth),
  saving_usd_month: usdNumber(joint.savingUsdMonth),
  saving_share: joint.savingShare,
  synergy_usd_month: usdNumber(joint.synergyUsdMonth),
  actions: actions.map(({ id, lever, cluster }) => ({ id, lever, cluster })),
  prove: prove.map(({ question }) => question),
  written,
});
