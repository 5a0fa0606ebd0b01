import type { Workload } from "../profile/contract.js";
import { formatExact, type PicoUsd } from "../shared/money.js";
import type { Attribution } from "./attribution/attribute.js";
import { settle } from "./attribution/settle.js";
import { parametersOf } from "./considered.js";
import { toMonth } from "./cost.js";
import type { PlanBody } from "./joint.js";
import { approvalsOf } from "./policy/approvals.js";
import { peopleHours } from "./policy/economics.js";
import type { Policy } from "./policy/load-policy.js";
import type { Rules } from "./policy/rules.js";
import { questionOf } from "./questions.js";
import type { Candidate } from "./search/candidates.js";

type ActionBody = PlanBody["actions"][number];

/** A template of the catalogue that names some of the plan's levers. */
export interface TemplateMatch {
  readonly id: string;
  readonly levers: readonly string[];
  /** How well the environment matches, 0..1. */
  readonly score: number;
}

export interface ActionsInput {
  readonly attribution: Attribution;
  readonly margins: ReadonlyMap<Candidate, number>;
  readonly touched: ReadonlyMap<Candidate, number>;
  readonly jointMonth: PicoUsd;
  readonly workload: Workload;
  readonly rules: Rules;
  readonly policy: Policy;
  readonly templates: readonly TemplateMatch[];
}

/** The chosen changes in their order, each with its share of the joint saving; shares sum to it exactly. */
export function describeActions(input: ActionsInput): { body: ActionBody; share: PicoUsd }[] {
  const { attribution, workload, jointMonth } = input;
  const monthly = settle(
    attribution.order.map((candidate) => toMonth(attribution.shares.get(candidate)!, workload.hours)),
    jointMonth,
  );
  const hours = peopleHours(attribution.order, input.rules.economics);
  return attribution.order.map((candidate, index) => ({
    share: monthly[index]!,
    body: describeAction(candidate, index + 1, monthly[index]!, hours.get(candidate)!, input),
  }));
}

function describeAction(
  candidate: Candidate,
  order: number,
  share: PicoUsd,
  hours: number,
  { margins, touched, workload, rules, policy, templates }: ActionsInput,
): ActionBody {
  const { id, lever, proposal, effect, standalone } = candidate;
  const requests = workload.cells.reduce((sum, cell) => sum + cell.requests, 0);
  const people = (rules.economics.hourlyRatePicoUsd * BigInt(Math.round(hours * 60))) / 60n;
  return {
    id,
    name: lever.name,
    lever: lever.id,
    layer: lever.layer,
    cluster: proposal.cluster,
    fleet: proposal.fleet ?? null,
    model: proposal.model === null ? null : { ...proposal.model },
    parameters: parametersOf(candidate),
    risk: lever.risk,
    effortHours: hours,
    approvals: approvalsOf(
      { lever: lever.id, layer: lever.layer, risk: lever.risk, savingPicoUsdMonth: share },
      policy,
    ),
    templates: templates
      .filter(({ levers }) => levers.includes(lever.id))
      .map(({ id: name, score }) => ({ id: name, score })),
    order,
    standaloneSavingUsd: formatExact(toMonth(standalone, workload.hours)),
    shapleySavingUsd: formatExact(share),
    oneOffUsd: formatExact(people + effect.oneOff),
    touchedRequestShare: requests === 0 ? 0 : Math.min(1, (touched.get(candidate) ?? 0) / requests),
    evidence: describeEvidence(candidate, margins.get(candidate) ?? 0),
    assumptions: effect.assumptions.map((assumption) => ({ ...assumption })),
  };
}

function describeEvidence(candidate: Candidate, margin: number): ActionBody["evidence"] {
  const { evidence } = candidate.effect;
  const question = questionOf(candidate);
  switch (evidence.kind) {
    case "structural":
      return { ...evidence, conditions: [...evidence.conditions] };
    case "quality": {
      const { kind, cluster, baseline, variant = null } = evidence;
      return {
        kind,
        cluster,
        baseline: { ...baseline },
        candidate: { ...evidence.candidate },
        variant,
        margin,
        question,
      };
    }
    case "fleet-quality":
      return { ...evidence, margin, question };
  }
}
