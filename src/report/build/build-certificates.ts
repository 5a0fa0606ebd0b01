import type { ReportBody, ReportInput } from "../contract.js";
import { usd } from "./amounts.js";
import { scopeName } from "./describe-action.js";
import { judgeBasis } from "./run-basis.js";

export function buildCertificates(input: ReportInput): ReportBody["certificates"] {
  const { evaluation } = input;
  if (evaluation === null) return [];
  return evaluation.decisions.map((decision) => ({
    question: decision.question,
    scope: scopeName(input, decision.scope),
    baseline: decision.baseline,
    candidate: decision.candidate,
    verdict: decision.verdict,
    population: decision.population,
    n: decision.n,
    decidedAt: decision.decidedAt,
    confidence: 1 - evaluation.alpha / Math.max(1, decision.family),
    baselineScore: decision.baselineScore,
    candidateScore: decision.candidateScore,
    difference: decision.difference,
    lower: decision.lower,
    upper: decision.upper,
    margin: decision.margin,
    certifiableMargin: decision.certifiableMargin,
    samplesNeeded: decision.samplesNeeded,
    graders: (decision.graders ?? []).map(({ grader, pairs }) => ({ grader, pairs })),
    swapDisagreement:
      decision.swapDisagreement == null
        ? null
        : {
            value: decision.swapDisagreement,
            unit: "share of swapped pairs",
            basis: judgeBasis(evaluation),
          },
    fallback: decision.fallback ?? false,
    explanation: decision.explanation,
    path: decision.path.map(({ n, difference, lower, upper }) => ({ n, difference, lower, upper })),
  }));
}

/** What the plan hopes for and nobody has shown: with the verdict so far and the pairs that are still missing. */
export function buildToProve(input: ReportInput): ReportBody["toProve"] {
  const { plan, evaluation } = input;
  return (plan?.prove ?? []).flatMap((item) => {
    const decision = evaluation?.decisions.find(({ question }) => question === item.question);
    if (decision?.verdict === "certified") return [];
    return [
      {
        question: item.question,
        scope: item.cluster === null ? fleetName(input, item.action) : scopeName(input, item.cluster),
        candidate: candidateName(item),
        margin: item.margin,
        savingUsdMonth: usd(item.savingUsdMonth),
        state: decision?.verdict ?? "untested",
        // Before any data the best case is all there is to say; afterwards the evaluation's own estimate.
        samplesNeeded: decision === undefined ? item.pairsIfAllTie : decision.samplesNeeded,
      },
    ];
  });
}

/** A question without a cluster changes what a fleet of GPUs answers. */
function fleetName({ plan }: ReportInput, id: string): string {
  const fleet = plan?.actions.find((action) => action.id === id)?.fleet ?? null;
  return fleet === null ? "the whole fleet" : `fleet ${fleet}`;
}

type Question = NonNullable<ReportInput["plan"]>["prove"][number];

/** A variant is the same model asked, or run, in another way. */
const candidateName = ({ candidate, variant }: Question): string =>
  `${candidate.provider}/${candidate.model}${variant === null ? "" : ` with ${variant}`}`;
