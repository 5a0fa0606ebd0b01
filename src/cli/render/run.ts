import type { evaluationSchema } from "../../run/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, points, usd, whole } from "./format.js";
import { table } from "./table.js";

type Evaluation = ArtifactBody<typeof evaluationSchema>;

const score = (value: number | null): string => (value === null ? "-" : percent(value));

export function renderEvaluation(evaluation: Evaluation): string {
  const rows = evaluation.decisions.map((decision) => [
    decision.scope,
    decision.candidate,
    decision.verdict.toUpperCase(),
    whole(decision.n),
    score(decision.baselineScore),
    score(decision.candidateScore),
    points(decision.lower),
    percent(decision.margin),
  ]);
  const head = ["scope", "candidate", "verdict", "pairs", "baseline", "score", "lower", "margin"];
  const lines = [
    table(head, rows, ["left", "left", "left", "right", "right", "right", "right", "right"]),
    "",
    ...evaluation.decisions.map(
      (decision) => `${decision.scope} -> ${decision.candidate}: ${decision.explanation}`,
    ),
    "",
    `${plural(evaluation.calls, "call")} used of ${whole(evaluation.callsFixedDesign)} in a fixed design; ` +
      `${whole(evaluation.paidCalls)} paid, ${usd(evaluation.spentUsd)}.`,
  ];
  if (evaluation.certified !== null) {
    lines.push(
      `Certified: ${usd(evaluation.certified.savingUsdMonth)} a month, ${percent(evaluation.certified.savingShare)} ` +
        `(${evaluation.certified.basis}).`,
    );
  }
  if (evaluation.stopped !== null) lines.push(`Stopped early: ${evaluation.stopped}.`);
  return [...lines, ...evaluation.warnings.map((warning) => `Note: ${warning}`)].join("\n");
}
