import type { Workload } from "../profile/contract.js";
import { formatExact } from "../shared/money.js";
import { allTiePairs } from "../stats/index.js";
import type { Attribution } from "./attribution/attribute.js";
import { toMonth } from "./cost.js";
import type { PlanBody } from "./joint.js";
import type { Candidate } from "./search/candidates.js";
import { allotMargins, floorsOf } from "./search/margins.js";
import { asksAnew } from "./search/problem.js";

/**
 * Allotted before the data of their own round: the budget is spent once, over all questions of the plan. Those that an
 * earlier round fixed keep their margin.
 */
export function chooseMargins(
  chosen: readonly Candidate[],
  budget: number,
  alpha: number,
): ReadonlyMap<Candidate, number> {
  const asked = chosen.filter(({ question }) => question !== null);
  const floors = floorsOf(alpha);
  const family = asked.filter(asksAnew).length;
  const margins = allotMargins(
    asked.map((candidate) => ({
      share: candidate.question!.share,
      floor: floors(candidate, family)!,
      ceiling: candidate.question!.fixedMargin ?? candidate.question!.maximumMargin,
    })),
    budget,
  );
  return new Map(asked.map((candidate, index) => [candidate, margins[index]!]));
}

/** Questions that share alpha. */
export const familyOf = (margins: ReadonlyMap<Candidate, number>): number =>
  [...margins.keys()].filter(asksAnew).length;

/** Id under which a candidate's question is asked, in this round or in the one that fixed its margin. */
export const questionOf = ({ id, question }: Candidate): string => question?.name ?? id;

/** To nine digits, so that sums of doubles read as what they mean. */
export function spentBudget(margins: ReadonlyMap<Candidate, number>): number {
  const spent = [...margins].reduce((sum, [{ question }, margin]) => sum + question!.share * margin, 0);
  return Number(spent.toFixed(9));
}

/** What `run` must prove in this round, in the order of the actions. */
export function describeQuestions(
  { order, marginals }: Attribution,
  margins: ReadonlyMap<Candidate, number>,
  alpha: number,
  workload: Workload,
): PlanBody["prove"] {
  return order.flatMap((candidate) => {
    const margin = margins.get(candidate);
    const { id, question } = candidate;
    const subject = subjectOf(candidate, workload);
    if (margin === undefined || question === null || subject === null || !asksAnew(candidate)) return [];
    return [
      {
        question: questionOf(candidate),
        action: id,
        ...subject,
        margin,
        requestShare: question.share,
        savingUsdMonth: formatExact(toMonth(marginals.get(candidate)!, workload.hours)),
        pairsIfAllTie: allTiePairs({ margin, alpha, family: familyOf(margins) }),
      },
    ];
  });
}

/** Whose answers are compared with whose; samples of the whole cluster speak for a tenant that is planned apart. */
export function subjectOf(
  { effect: { evidence } }: Candidate,
  { clusters, fleets }: Workload,
): Pick<PlanBody["prove"][number], "cluster" | "baseline" | "candidate" | "variant"> | null {
  if (evidence.kind === "structural") return null;
  if (evidence.kind === "quality") {
    const { cluster, baseline, candidate, variant = null } = evidence;
    const samples = clusters.find(({ id }) => id === cluster)?.baseCluster ?? cluster;
    return { cluster: samples, baseline: { ...baseline }, candidate: { ...candidate }, variant };
  }
  const { provider, model } = fleets.find(({ id }) => id === evidence.fleet)!;
  return {
    cluster: null,
    baseline: { provider, model },
    candidate: { provider, model },
    variant: evidence.variant,
  };
}

export function sampleWarnings(prove: PlanBody["prove"], { clusters }: Workload): string[] {
  return prove.flatMap(({ question, cluster, pairsIfAllTie }) => {
    const own = clusters.filter(({ id }) => cluster === null || id === cluster);
    const samples = own.reduce((sum, info) => sum + info.samples, 0);
    return samples >= pairsIfAllTie
      ? []
      : [
          `${question}: ${samples} samples on file, at least ${pairsIfAllTie} pairs are needed to certify its margin`,
        ];
  });
}
