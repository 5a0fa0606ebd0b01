import type { Effect, Lever, Proposal } from "../../levers/index.js";
import type { PriceBook } from "../../pricing/contract.js";
import type { Workload } from "../../profile/contract.js";
import { type PicoUsd, ratio } from "../../shared/money.js";
import { costOf } from "../cost.js";
import type { Rules } from "../policy/rules.js";

/** What a quality test of this candidate would have to show. */
export interface Question {
  /** Share of all requests that the change touches. */
  readonly share: number;
  /** Pairs that may be expected to be graded. */
  readonly pairs: number;
  /** Largest margin that the policy grants. */
  readonly maximumMargin: number;
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
  book: PriceBook,
): Candidate[] {
  const baseline = costOf(workload, book).amount;
  const requests = workload.cells.reduce((sum, cell) => sum + cell.requests, 0);
  return levers
    .filter((lever) => rules.allowsLever(lever.id))
    .flatMap((lever) => {
      const proposals = lever.propose(workload, rules.limits, book);
      return proposals.map((proposal): Candidate => {
        const { workload: changed, ...effect } = lever.apply(workload, proposal, book);
        const standalone = baseline - costOf(changed, book).amount;
        const { cluster } = proposal;
        const question =
          effect.evidence.kind === "quality"
            ? {
                share: requests === 0 ? 0 : effect.touchedRequests / requests,
                pairs: rules.pairsExpected(cluster),
                maximumMargin: rules.maximumMargin(cluster),
              }
            : null;
        const share = ratio(standalone, baseline);
        return {
          id: actionId(lever, proposal, proposals),
          lever,
          proposal,
          effect,
          standalone,
          question,
          excluded: exclusion(effect, question, share, rules.maximumMargin(cluster)),
        };
      });
    });
}

/** `route/summarize`; with the model behind it where the lever proposes for several models of the cluster. */
function actionId(lever: Lever, { cluster, model }: Proposal, all: readonly Proposal[]): string {
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
): string | null {
  if (maximumMargin === 0) {
    if (question !== null) return "the policy protects this intent: no change that could affect quality";
    if (effect.evidence.kind === "structural" && !effect.evidence.attested) {
      return "the policy protects this intent, and the conditions of this change are only assumed";
    }
  }
  if (question !== null && savingShare < SMALLEST_QUESTION) {
    return `saves less than ${SMALLEST_QUESTION * 100} % of the bill, too little for a quality question of its own`;
  }
  return null;
}
