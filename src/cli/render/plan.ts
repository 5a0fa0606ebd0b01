import type { planSchema } from "../../plan/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, usd, whole } from "./format.js";
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
        : `Do nothing for now: no change that saves money on the ${spent} fits the policy and its evidence.`,
      ...plan.considered.slice(0, LEFT_OUT_SHOWN).map(leftOut),
      ...plan.warnings.map((warning) => `Note: ${warning}`),
    ].join("\n");
  }
  const lines = [
    `${usd(baseline.listCostUsdMonth)} a month now, ${usd(joint.costUsdMonth)} with the plan: ` +
      `${usd(joint.savingUsdMonth)} saved, ${percent(joint.savingShare)} (list price, ${joint.basis}).`,
    `Synergy ${usd(joint.synergyUsdMonth)}: ${joint.synergyExplained}`,
    ...plan.warnings.map((warning) => `Note: ${warning}`),
  ];
  const rows = plan.actions.map((action) => [
    String(action.order),
    action.id,
    usd(action.standaloneSavingUsd),
    usd(action.shapleySavingUsd),
    action.evidence.kind === "quality"
      ? `to prove, margin ${percent(action.evidence.margin)}`
      : `by construction${action.evidence.attested ? "" : " (conditions assumed)"}`,
  ]);
  return [
    lines.join("\n"),
    table(["", "action", "alone", "share", "evidence"], rows, ["right", "left", "right", "right", "left"]),
    proofs(plan),
  ].join("\n\n");
}

function leftOut(candidate: Plan["considered"][number]): string {
  const named = candidate.parameters.find(({ name }) => name === "candidate_model")?.value;
  const what = named === undefined ? candidate.id : `${candidate.id} to ${named}`;
  return `Left out: ${what}, ${usd(candidate.standaloneSavingUsd)} a month alone: ${candidate.reason}.`;
}

function proofs(plan: Plan): string {
  if (plan.prove.length === 0) return "Nothing to prove by a run.";
  const most = Math.max(...plan.prove.map((question) => question.pairsIfAllTie));
  return (
    `${plural(plan.prove.length, "question")} for a run, sharing alpha ${plan.quality.alpha}; ` +
    `up to ${whole(most)} pairs each if every answer ties.`
  );
}
