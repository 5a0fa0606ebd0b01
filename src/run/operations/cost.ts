import { formatExact, type PicoUsd, scale } from "../../shared/money.js";
import { type CostPair, certifiedSaving } from "../../stats/index.js";
import { TOLERATED_MISSING_SHARE } from "../certify.js";
import type { AnsweredPair } from "../decisions/decisions.js";
import type { CostBound, Operation, OperationOptions } from "./operations.js";

type Cost = Extract<Operation, { kind: "cost_per_accepted" }>;

/** Score from which an answer counts as accepted. */
const ACCEPTED = 0.5;

/** A pair with both grades, costs in picodollars. */
interface GradedCosts extends CostPair {
  readonly baselinePico: PicoUsd;
  readonly candidatePico: PicoUsd;
}

/**
 * Whether the candidate costs less for each accepted answer, and how much less is shown (`certifiedSaving`). Where a
 * cost is not known the baseline's counts as nothing and the candidate's as the bound: neither helps the claim.
 */
export function certifyCost(pairs: readonly AnsweredPair[], options: OperationOptions): Cost {
  const { question, family, bound } = options;
  const graded = pairs.flatMap((pair) => gradedCosts(pair, bound?.candidate ?? 0n) ?? []);
  const missing = pairs.length - graded.length;
  const [baseline, candidate] = [perAccepted(graded, "baseline"), perAccepted(graded, "candidate")];
  const entry = {
    ...({ kind: "cost_per_accepted", question: question.id, n: pairs.length, family } as const),
    baselineUsd: baseline === null ? null : formatExact(baseline),
    candidateUsd: candidate === null ? null : formatExact(candidate),
    savingShare:
      baseline === null || candidate === null || baseline === 0n
        ? null
        : 1 - Number(candidate) / Number(baseline),
    boundUsd:
      bound === null
        ? null
        : { baseline: formatExact(bound.baseline), candidate: formatExact(bound.candidate) },
    boundBasis: bound?.basis ?? null,
  };
  const open = (why: string): Cost => ({ ...entry, verdict: null, savingShareLower: null, explanation: why });
  if (bound === null || bound.baseline === 0n || bound.candidate === 0n || baseline === null)
    return open("Costs are not known, or nothing is paid.");
  if (missing > TOLERATED_MISSING_SHARE * pairs.length)
    return open(
      `${missing} of ${pairs.length} pairs have no grade, too many for a claim about accepted answers.`,
    );
  if (graded.some((pair) => pair.baselinePico > bound.baseline || pair.candidatePico > bound.candidate))
    return open("A call cost more than its bound, so nothing is claimed.");
  const { verdict, lower } = decide(graded, options, bound);
  return {
    ...entry,
    verdict,
    savingShareLower: lower,
    explanation: explain(entry, { verdict, lower }, options),
  };
}

interface Decided {
  readonly verdict: "certified" | "rejected" | "inconclusive";
  readonly lower: number | null;
}

function decide(graded: readonly GradedCosts[], options: OperationOptions, bound: CostBound): Decided {
  const { alpha, beta, family, population, populationSize } = options;
  if (population === "samples") return census(graded, graded.length === populationSize);
  const [ours, theirs] = [Number(bound.baseline), Number(bound.candidate)];
  const lower = certifiedSaving(graded, {
    baselineBound: ours,
    candidateBound: theirs,
    alpha: alpha / family,
  });
  if (lower !== null) return { verdict: "certified", lower };
  const isDearer =
    certifiedSaving(graded.map(mirrored), { baselineBound: theirs, candidateBound: ours, alpha: beta }) !==
    null;
  return { verdict: isDearer ? "rejected" : "inconclusive", lower: null };
}

/** With all of these samples asked, what was observed is what there is; before that nothing is claimed about them. */
function census(graded: readonly GradedCosts[], isWhole: boolean): Decided {
  const [baseline, candidate] = [perAccepted(graded, "baseline"), perAccepted(graded, "candidate")];
  if (!isWhole || baseline === null || candidate === null) return { verdict: "inconclusive", lower: null };
  if (candidate > baseline) return { verdict: "rejected", lower: null };
  return { verdict: "certified", lower: 1 - Number(candidate) / Number(baseline) };
}

function gradedCosts({ baseline, candidate }: AnsweredPair, bound: PicoUsd): GradedCosts | null {
  const [ours, theirs] = [baseline.grade.score, candidate.grade.score];
  if (ours === null || theirs === null) return null;
  const baselinePico = baseline.answer.cost ?? 0n;
  // A call that was refused was not billed; one that timed out may have been.
  const unknown = candidate.answer.status === "error" ? 0n : bound;
  const candidatePico = candidate.answer.cost ?? unknown;
  return {
    ...{
      baselinePico,
      candidatePico,
      baselineCost: Number(baselinePico),
      candidateCost: Number(candidatePico),
    },
    baselineAccepted: ours >= ACCEPTED ? 1 : 0,
    candidateAccepted: theirs >= ACCEPTED ? 1 : 0,
  };
}

function mirrored(pair: GradedCosts): CostPair {
  return {
    ...{ baselineCost: pair.candidateCost, baselineAccepted: pair.candidateAccepted },
    ...{ candidateCost: pair.baselineCost, candidateAccepted: pair.baselineAccepted },
  };
}

/** null where no answer was accepted, or nothing was paid on either side: then nothing is known of costs. */
function perAccepted(graded: readonly GradedCosts[], side: "baseline" | "candidate"): PicoUsd | null {
  let [cost, accepted] = [0n, 0n];
  for (const pair of graded) {
    cost += pair[`${side}Pico`];
    accepted += BigInt(pair[`${side}Accepted`]);
  }
  return accepted === 0n ? null : scale(cost, 1n, accepted);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function explain(
  {
    baselineUsd,
    candidateUsd,
    savingShare,
    boundUsd,
    boundBasis,
  }: Pick<Cost, "baselineUsd" | "candidateUsd" | "savingShare" | "boundUsd" | "boundBasis">,
  { verdict, lower }: Decided,
  { alpha, family, population }: OperationOptions,
): string {
  const seen =
    candidateUsd === null
      ? "No answer of the candidate was accepted."
      : `USD ${candidateUsd} against USD ${baselineUsd} for each accepted answer, ${percent(savingShare ?? 0)} less.`;
  const level = population === "samples" ? "on these samples" : `at level ${alpha} / ${family}`;
  const basis =
    population === "samples"
      ? ""
      : ` No call is taken to cost more than USD ${boundUsd?.candidate} (baseline USD ${boundUsd?.baseline}; ${boundBasis === "limit" ? "prompt and output limit at list price" : "assumed: twice the largest recorded cost of each"}).`;
  if (verdict === "certified")
    return `${seen} At least ${percent(lower ?? 0)} less is shown ${level}.${basis}`;
  if (verdict === "rejected") return `${seen} It costs more for each.${basis}`;
  return `${seen} That it costs less is not shown ${level}.${basis}`;
}
