import type { ReplanOutcome } from "../../pipeline.js";
import type { planSchema } from "../../plan/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, usd, usdNumber, whole } from "./format.js";

type Plan = ArtifactBody<typeof planSchema>;
type Action = Plan["actions"][number];

/** What the evidence does to the plan: what is certified, what left it, what takes its place, what that would take. */
export function renderReplan({ before, certified, open }: ReplanOutcome): string {
  const changes = before === null ? [] : changesBetween(before, open);
  const count = certified.actions.length;
  return [
    `Solved again with this evidence: ${usd(certified.joint.savingUsdMonth)} a month, ${percent(certified.joint.savingShare)}, ` +
      `from ${plural(count, "action")} that ${count === 1 ? "is" : "are"} attested or certified (certified-plan.yaml); ` +
      `${usd(open.joint.savingUsdMonth)} with what is still open (replan.yaml).`,
    ...(before !== null && changes.length === 0
      ? ["The best plan is still the one that was tested."]
      : changes),
    ...(before === null ? [] : notWorthIt(before, certified)),
    ...open.prove.map(
      ({ question, candidate, variant, margin, pairsIfAllTie }) =>
        `To prove next: ${question}, ${nameOf(candidate, variant)}, margin ${percent(margin)}: at least ` +
        `${whole(pairsIfAllTie)} pairs that no round has asked.`,
    ),
    ...(open.evidence?.continuing ?? []).map(
      (id) => `Still open: ${id}. More samples continue its test: the same run with a larger --sample-size.`,
    ),
    ...open.warnings.filter((warning) => warning.includes("grant")).map((warning) => `Note: ${warning}`),
  ].join("\n");
}

function changesBetween(before: Plan, open: Plan): string[] {
  const [old, now] = [before, open].map(({ actions }) => new Set(actions.map(identityOf)));
  const gone = before.actions.filter((action) => !now!.has(identityOf(action)));
  const come = open.actions.filter((action) => !old!.has(identityOf(action)));
  return [
    ...gone.map((action) => `No longer in the plan: ${describe(action)}, ${reasonFor(action, open)}.`),
    ...come.map(
      (action) =>
        `Now in the plan: ${describe(action)}, ${usd(action.standaloneSavingUsd)} a month alone (list price, replayed).`,
    ),
  ];
}

/** Certified changes that the certified plan leaves out, for example where too few are left to share a set-up. */
function notWorthIt(before: Plan, certified: Plan): string[] {
  const kept = new Set(certified.actions.map(identityOf));
  const proven = new Set(
    certified.evidence?.ledger.rounds.flatMap(({ decisions }) =>
      decisions.filter(({ verdict }) => verdict === "certified").map(({ question }) => question),
    ),
  );
  return before.actions
    .filter((action) => action.evidence.kind !== "structural" && proven.has(action.evidence.question))
    .filter((action) => !kept.has(identityOf(action)))
    .map(
      (action) =>
        `Certified, yet not in the certified plan: ${describe(action)}, ${reasonFor(action, certified)}.`,
    );
}

const identityOf = ({ id, fleet, model, parameters }: Action): string =>
  JSON.stringify([id, fleet, model, parameters]);

function reasonFor({ id, parameters }: Action, { considered }: Plan): string {
  const same = considered.find(
    (other) => other.id === id && JSON.stringify(other.parameters) === JSON.stringify(parameters),
  );
  return same?.reason ?? "other changes save more now";
}

function describe({ id, evidence }: Action): string {
  return evidence.kind === "quality" ? `${id} (${nameOf(evidence.candidate, evidence.variant)})` : id;
}

const nameOf = (
  model: { readonly provider: string; readonly model: string },
  variant: string | null,
): string => `${model.provider}/${model.model}${variant === null ? "" : `#${variant}`}`;

export function replanJson(outcome: ReplanOutcome): unknown {
  const { before, certified, open } = outcome;
  const { alpha, continuing = [] } = open.evidence ?? {};
  return {
    certified_saving_usd_month: usdNumber(certified.joint.savingUsdMonth),
    open_saving_usd_month: usdNumber(open.joint.savingUsdMonth),
    certified: certified.actions.map(({ id }) => id),
    continuing: [...continuing],
    proposed: open.prove.map(({ question, candidate, variant, pairsIfAllTie }) => ({
      question,
      candidate: nameOf(candidate, variant),
      pairs_if_all_tie: pairsIfAllTie,
    })),
    differs: before === null ? null : changesBetween(before, open).length > 0,
    alpha: { ...alpha },
  };
}

export const nextRound = ({ open }: ReplanOutcome, dir: string): string =>
  open.prove.length > 0
    ? `tokenop run --dir ${dir} --plan ${dir === "." ? "" : `${dir}/`}replan.yaml --dry-run`
    : `tokenop report --dir ${dir}`;
