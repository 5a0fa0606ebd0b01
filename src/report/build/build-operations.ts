import type { ReportBody, ReportInput } from "../contract.js";
import { usd } from "./amounts.js";
import { scopeName } from "./describe-action.js";
import { costBasis, measuredBasis } from "./run-basis.js";

type Evaluation = NonNullable<ReportInput["evaluation"]>;
type Operation = NonNullable<Evaluation["operations"]>[number];

export function buildLatencyTails(input: ReportInput): ReportBody["latencyTails"] {
  const { evaluation } = input;
  if (evaluation === null) return [];
  const ms = (value: number | null) => ({ value, unit: "ms", basis: measuredBasis(evaluation) });
  return (evaluation.operations ?? []).flatMap((operation) =>
    operation.kind !== "latency_p95"
      ? []
      : [
          {
            ...claimOf(input, evaluation, operation),
            targetMs: operation.targetMs,
            exceeded: operation.exceeded,
            baselineP95: ms(operation.baselineP95Ms),
            candidateP95: ms(operation.candidateP95Ms),
            upper: ms(operation.upperMs),
            explanation: operation.explanation,
          },
        ],
  );
}

export function buildAcceptedCosts(input: ReportInput): ReportBody["acceptedCosts"] {
  const { evaluation } = input;
  if (evaluation === null) return [];
  const basis = costBasis(evaluation);
  const each = (value: string | null) => ({
    value: value === null ? null : usd(value),
    unit: "USD for each accepted answer",
    basis,
  });
  const share = (value: number | null) => ({ value, unit: "share of the baseline's", basis });
  return (evaluation.operations ?? []).flatMap((operation) => {
    if (operation.kind !== "cost_per_accepted") return [];
    const most = (side: "baseline" | "candidate") => ({
      value: operation.boundUsd === null ? null : usd(operation.boundUsd[side]),
      unit: "USD a call",
      basis: operation.boundBasis === "assumed" ? ("assumed" as const) : ("estimated" as const),
    });
    return [
      {
        ...claimOf(input, evaluation, operation),
        baselineCost: each(operation.baselineUsd),
        candidateCost: each(operation.candidateUsd),
        saving: share(operation.savingShare),
        savingLower: share(operation.savingShareLower),
        baselineMost: most("baseline"),
        candidateMost: most("candidate"),
        explanation: operation.explanation,
      },
    ];
  });
}

function claimOf(input: ReportInput, evaluation: Evaluation, operation: Operation) {
  const { question, verdict, n, family } = operation;
  const decision = evaluation.decisions.find((candidate) => candidate.question === question);
  return {
    question,
    scope: decision === undefined ? question : scopeName(input, decision.scope),
    baseline: decision?.baseline ?? evaluation.baseline,
    candidate: decision?.candidate ?? question,
    verdict,
    n,
    confidence: 1 - evaluation.alpha / Math.max(1, family),
  };
}
