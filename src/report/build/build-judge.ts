import type { ReportBody, ReportInput } from "../contract.js";
import { scopeName } from "./describe-action.js";
import { judgeBasis } from "./run-basis.js";

type Evaluation = NonNullable<ReportInput["evaluation"]>;
type Calibration = NonNullable<Evaluation["judge"]>["calibration"][number];

/** The judge's own record: contradictions, pull of longer answers, agreement with labels, and where rules took over. */
export function buildJudge(input: ReportInput): ReportBody["judge"] {
  const { evaluation } = input;
  if (evaluation?.judge === undefined) return null;
  const { judge, labels, decisions, alpha } = evaluation;
  const basis = judgeBasis(evaluation);
  return {
    model: judge.model,
    repeats: judge.repeats,
    calls: judge.calls,
    unreadable: judge.unreadable,
    swapped: judge.swapped,
    contradicted: judge.contradicted,
    swapDisagreement: { value: judge.swapDisagreement, unit: "share of swapped pairs", basis },
    swapLimit: judge.swapLimit,
    lengthCorrelation: { value: judge.lengthCorrelation, unit: "correlation, -1 to 1", basis },
    setAside: decisions
      .filter(({ fallback }) => fallback === true)
      .map(({ scope, candidate }) => ({ scope: scopeName(input, scope), candidate })),
    confidence: 1 - alpha,
    calibration: judge.calibration.map((row) => calibrationRow(row, basis)),
    labels: labels === undefined ? null : { chance: labels.chance, wanted: labels.wanted.length },
  };
}

function calibrationRow(row: Calibration, basis: ReturnType<typeof judgeBasis>) {
  const estimate = (unit: string, value: number | null, low: number | null, high: number | null) => ({
    ...{ value, low, high, unit, basis },
  });
  return {
    mode: row.mode,
    samples: row.samples,
    agreement: estimate("share of labels", row.agreement, row.agreementLower, row.agreementUpper),
    decisive: row.decisive,
    discrimination: estimate(
      row.mode === "rubric" ? "pass rate of good answers less that of bad ones" : "preference, -1 to 1",
      row.discrimination,
      row.discriminationLower,
      row.discriminationUpper,
    ),
    bias: estimate("score, judge less label", row.bias, row.biasLower, row.biasUpper),
  };
}
