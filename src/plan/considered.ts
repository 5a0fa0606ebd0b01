import { toSnakeKey } from "../shared/case.js";
import { formatExact, formatUsd } from "../shared/money.js";
import { allTiePairs } from "../stats/index.js";
import { toMonth } from "./cost.js";
import type { PlanBody } from "./joint.js";
import type { Candidate } from "./search/candidates.js";

/** More rows than this would hide the ones that matter. */
const ROWS = 50;

export interface ConsideredInput {
  readonly candidates: readonly Candidate[];
  readonly chosen: readonly Candidate[];
  readonly hours: number;
  readonly budget: number;
  readonly alpha: number;
  floor(candidate: Candidate, family: number): number | null;
}

/** Proposals that are not in the plan, largest stand-alone saving first, each with its reason. */
export function considered(input: ConsideredInput): PlanBody["considered"] {
  const chosen = new Set(input.chosen);
  return input.candidates
    .filter((candidate) => !chosen.has(candidate))
    .sort((a, b) => (a.standalone > b.standalone ? -1 : a.standalone < b.standalone ? 1 : 0))
    .slice(0, ROWS)
    .map((candidate) => ({
      id: candidate.id,
      lever: candidate.lever.id,
      cluster: candidate.proposal.cluster,
      fleet: candidate.proposal.fleet ?? null,
      parameters: parametersOf(candidate),
      standaloneSavingUsd: formatExact(toMonth(candidate.standalone, input.hours)),
      reason: reasonFor(candidate, input),
    }));
}

export function parametersOf({ proposal }: Candidate): PlanBody["considered"][number]["parameters"] {
  return Object.entries(proposal.parameters).map(([name, value]) => ({ name: toSnakeKey(name), value }));
}

function reasonFor(candidate: Candidate, input: ConsideredInput): string {
  const { excluded, standalone, question, proposal } = candidate;
  if (excluded !== null) return excluded;
  const rival = input.chosen.find((other) => other.id === candidate.id);
  if (rival !== undefined) return `the chosen ${describe(rival)} saves more in the whole plan`;
  if (standalone < 0n) return `would cost ${formatUsd(toMonth(-standalone, input.hours))} more a month`;
  if (standalone === 0n && proposal.fleet == null) return "saves nothing on this workload";
  // A margin that is fixed already needs no more of the budget than there is.
  if (question !== null && question.fixedMargin === undefined)
    return qualityReason(candidate, question, input);
  return proposal.fleet == null
    ? "adds nothing beside the changes chosen for this cluster, or less than the people's time it takes"
    : "adds nothing beside the changes chosen for this fleet, or less than the people's time it takes";
}

function describe(candidate: Candidate): string {
  return parametersOf(candidate)
    .map(({ name, value }) => `${name} ${value}`)
    .join(", ");
}

function qualityReason(
  candidate: Candidate,
  question: NonNullable<Candidate["question"]>,
  { budget, alpha, floor }: ConsideredInput,
): string {
  const smallest = floor(candidate, 1);
  const affordable = Math.min(budget / question.share, question.maximumMargin);
  if (smallest !== null && smallest <= affordable) {
    return "other changes save more with the same quality budget; it would fit alone";
  }
  const points = (value: number) => `${Number((value * 100).toFixed(2))}`;
  const needed = allTiePairs({ margin: affordable, alpha });
  const pairs = Number.isFinite(needed)
    ? `, which takes ${needed} pairs that all tie; raise run.sample_size`
    : "";
  return (
    `touches ${points(question.share)} % of requests, so the quality budget leaves it a margin of ` +
    `${points(affordable)} points${pairs}`
  );
}
