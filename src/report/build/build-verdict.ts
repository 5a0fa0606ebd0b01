import type { ReportBody, ReportInput } from "../contract.js";
import { formatFactor, formatMoney, formatPoints } from "../format.js";
import { monthlySpend, plural, usd } from "./amounts.js";
import { describeWorth } from "./build-economics.js";

type Verdict = ReportBody["verdict"];
type Status = Verdict["status"];

export function buildVerdict(input: ReportInput): Verdict {
  const { plan, evaluation } = input;
  const basis = plan?.joint.basis ?? "estimated";
  const certified = evaluation?.certified ?? null;
  const planned = plan === null ? null : usd(plan.joint.savingUsdMonth);
  const status = statusOf(input);
  return {
    headline: headlineOf(input, status),
    detail: detailOf(input, status),
    status,
    plannedSaving: { value: planned, unit: "USD a month", basis },
    plannedShare: { value: plan?.joint.savingShare ?? null, unit: "share of list price cost", basis },
    certifiedSaving: {
      value: certified === null ? null : usd(certified.savingUsdMonth),
      unit: "USD a month",
      basis,
    },
    certifiedShare: { value: certified?.savingShare ?? null, unit: "share of list price cost", basis },
    worth: describeWorth(plan),
  };
}

/** Certified means every action of the plan; one action short of that is "partly". */
function statusOf({ plan, evaluation }: ReportInput): Status {
  if (plan === null) return "spend_only";
  if (plan.decision === "do_nothing" || plan.actions.length === 0) return "nothing_to_do";
  const certified = new Set(evaluation?.certified?.actions ?? []);
  const held = plan.actions.filter((action) => certified.has(action.id)).length;
  if (held === 0) return "uncertified";
  return held === plan.actions.length ? "certified" : "partly_certified";
}

function headlineOf(input: ReportInput, status: Status): string {
  const { plan, evaluation } = input;
  const month = formatMoney(monthlySpend(input));
  if (plan === null) return `You spend about ${month} a month on models.`;
  const planned = formatMoney(usd(plan.joint.savingUsdMonth));
  const certified = formatMoney(usd(evaluation?.certified?.savingUsdMonth ?? "0"));
  switch (status) {
    case "nothing_to_do":
      return plan.considered.length === 0
        ? "Keep what you run: no change within the policy saves money."
        : "Keep what you run for now: no change that saves money fits the policy and its evidence.";
    case "certified":
      return `The whole plan is certified: it saves ${certified} a month.`;
    case "partly_certified":
      return `${certified} a month is certified. The whole plan would save ${planned}; the rest is not shown yet.`;
    default:
      return evaluation === null
        ? `The plan would save ${planned} a month. Nothing has been tested yet.`
        : `The plan would save ${planned} a month. None of it is certified yet.`;
  }
}

function detailOf({ profile, plan, evaluation }: ReportInput, status: Status): string {
  if (plan === null || status === "nothing_to_do") {
    const kinds = `${plural(profile.clusters.length, "kind")} of request`;
    const seen = `${kinds} between ${day(profile.span.first)} and ${day(profile.span.last)}.`;
    return evaluation === null ? seen : `${seen} ${testedOf(evaluation.decisions)}`;
  }
  const hasFleets = plan.fleets.length > 0;
  const rates = hasFleets ? "list price, GPU-hours at the fleets' rates" : "list price";
  const sentences = [`The plan has ${plural(plan.actions.length, "change")}; savings are at ${rates}.`];
  const factor = plan.joint.billedFactor;
  if (factor !== null && hasFleets) {
    sentences.push(
      `Your calls are billed at ${formatFactor(factor)} of list price, so what they save scales by that; what fleets save does not.`,
    );
  } else if (factor !== null) {
    const expected = usd(evaluation?.certified?.savingUsdMonth ?? plan.joint.savingUsdMonth) * factor;
    const kind = evaluation?.certified ? "certified" : "planned";
    sentences.push(
      `Your bill runs at ${formatFactor(factor)} of list price, so expect the ${kind} saving to be about ${formatMoney(expected)} on it.`,
    );
  }
  sentences.push(
    `Quality budget: ${formatPoints(plan.quality.budget)} points over the fleet, of which the plan puts ${formatPoints(plan.quality.spent)} at risk.`,
  );
  return sentences.join(" ");
}

/** A run can answer questions of its own; without a plan they are worth no stated saving. */
function testedOf(decisions: NonNullable<ReportInput["evaluation"]>["decisions"]): string {
  const certified = decisions.filter(({ verdict }) => verdict === "certified").length;
  return `${plural(decisions.length, "question")} tested, ${certified} certified; a plan gives them their worth.`;
}

const day = (instant: string): string => instant.slice(0, 10);
