import { type Books, type Effect, groupBy, type Lever, type Proposal } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { type PicoUsd, ratio } from "../../shared/money.js";
import { costOf } from "../cost.js";
import type { Rules } from "../policy/rules.js";

export interface Question {
  /** Share of all requests that the change touches, at most. */
  readonly share: number;
  /** Pairs that may be expected to be graded. */
  readonly pairs: number;
  /** Largest margin that the policy grants. */
  readonly maximumMargin: number;
  /** Id under which it is asked; absent: the candidate's. */
  readonly name?: string;
  /** Margin that an earlier round of runs has certified, or still tests with its own share of alpha. */
  readonly fixedMargin?: number;
}

/** A proposal with what it does alone. */
export interface Candidate {
  /** Lever and scope: the id of the action it would become; parameter points of one action share it. */
  readonly id: string;
  readonly lever: Lever;
  readonly proposal: Proposal;
  readonly effect: Omit<Effect, "workload">;
  /** Saving alone against the baseline, over the observed span; negative where it costs more. */
  readonly standalone: PicoUsd;
  /** null for structural changes. */
  readonly question: Question | null;
  /** Why it may not enter a plan at all; null where it may. */
  readonly excluded: string | null;
}

/**
 * A quality question that saves less than this share of the bill is not asked: every question takes alpha and budget
 * from all others.
 */
export const SMALLEST_QUESTION = 0.005;

export function buildCandidates(
  workload: Workload,
  levers: readonly Lever[],
  rules: Rules,
  books: Books,
): Candidate[] {
  const baseline = costOf(workload, books).amount;
  const requests = workload.cells.reduce((sum, cell) => sum + cell.requests, 0);
  const served = clustersByFleet(workload);
  return levers
    .filter((lever) => rules.allowsLever(lever.id))
    .flatMap((lever) => {
      const attests = rules.attestsFleets(lever.id);
      const proposals = lever
        .propose(workload, rules.limits, books)
        .map((one): Proposal => (one.cluster === null && attests ? { ...one, attested: true } : one));
      return proposals.map((proposal): Candidate => {
        const { workload: changed, ...effect } = lever.apply(workload, proposal, books);
        const standalone = baseline - costOf(changed, books).amount;
        const scope = proposal.cluster === null ? (served.get(proposal.fleet) ?? []) : [proposal.cluster];
        const maximumMargin = Math.min(1, ...scope.map(rules.maximumMargin));
        const touched = touchedAtMost(workload, proposal, effect);
        const question =
          effect.evidence.kind === "structural"
            ? null
            : {
                share: requests === 0 ? 0 : touched / requests,
                pairs: scope.reduce((sum, cluster) => sum + rules.pairsExpected(cluster), 0),
                maximumMargin,
              };
        return {
          id: actionId(lever, proposal, proposals),
          lever,
          proposal,
          effect,
          standalone,
          question,
          excluded:
            rules.refusal(lever, proposal.cluster) ??
            rules.breach(changed) ??
            exclusion(effect, question, ratio(standalone, baseline), maximumMargin, proposal),
        };
      });
    });
}

/** Clusters with cells on each fleet of the baseline. */
function clustersByFleet(workload: Workload): ReadonlyMap<string, readonly string[]> {
  const onFleet = workload.cells.filter((cell) => cell.fleet !== undefined);
  return new Map(
    [...groupBy(onFleet, (cell) => cell.fleet!)].map(([fleet, cells]) => [
      fleet,
      [...new Set(cells.map((cell) => cell.cluster))],
    ]),
  );
}

/**
 * A change of the answers of a fleet touches all that the fleet answers; other changes of the plan only take requests
 * away from it, since nothing joins a fleet whose answers are themselves in question.
 */
function touchedAtMost(workload: Workload, { fleet }: Proposal, effect: Omit<Effect, "workload">): number {
  if (effect.evidence.kind !== "fleet-quality") return effect.touchedRequests;
  return workload.cells.reduce((sum, cell) => (cell.fleet === fleet ? sum + cell.requests : sum), 0);
}

/** `route/summarize`; with the model behind it where the lever proposes for several models of the cluster. */
function actionId(lever: Lever, proposal: Proposal, all: readonly Proposal[]): string {
  if (proposal.cluster === null) return `${lever.id}/${proposal.fleet}`;
  const { cluster, model } = proposal;
  const models = new Set(
    all
      .filter((other) => other.cluster === cluster && other.model !== null)
      .map((other) => JSON.stringify([other.model!.provider, other.model!.model])),
  );
  if (model === null || models.size < 2) return `${lever.id}/${cluster}`;
  const sameName = [...models].filter((text) => (JSON.parse(text) as string[])[1] === model.model).length > 1;
  return `${lever.id}/${cluster}/${sameName ? `${model.provider}/` : ""}${model.model}`;
}

function exclusion(
  effect: Omit<Effect, "workload">,
  question: Question | null,
  savingShare: number,
  maximumMargin: number,
  { fleet }: Proposal,
): string | null {
  const { evidence } = effect;
  if (evidence.kind === "fleet-quality" && question!.share === 0) {
    return "the fleet answers nothing yet, so there is nothing to prove it on";
  }
  if (maximumMargin === 0) {
    if (question !== null) return "the policy protects this intent: no change that could affect quality";
    if (evidence.kind === "structural" && !evidence.attested) {
      return "the policy protects this intent, and the conditions of this change are only assumed";
    }
  }
  // A fleet's change may save only beside another one (a smaller GPU count), so alone it proves nothing.
  if (question !== null && fleet == null && savingShare < SMALLEST_QUESTION) {
    return `saves less than ${SMALLEST_QUESTION * 100} % of the bill, too little for a quality question of its own`;
  }
  return null;
}
