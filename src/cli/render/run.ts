import type { RunOutcome } from "../../pipeline.js";
import type { evaluationSchema } from "../../run/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, points, usd, whole } from "./format.js";
import { renderReplan } from "./replan.js";
import { table } from "./table.js";

type Evaluation = ArtifactBody<typeof evaluationSchema>;

const score = (value: number | null): string => (value === null ? "-" : percent(value));

/** What ended a run, with the flag that sets it. */
const STOPS: Readonly<Record<string, string>> = {
  budget: "the budget in money ran out (--budget)",
  tokens: "the ceiling of tokens was reached (--max-tokens-total)",
  time: "the time was up (--max-minutes)",
};

const OPERATIONS = { latency_p95: "latency (p95)", cost_per_accepted: "cost per accepted answer" } as const;

function describeOperations({ operations = [], decisions }: Evaluation): string[] {
  const said = operations.map(({ question, kind, verdict, explanation }) => {
    const candidate = decisions.find((decision) => decision.question === question)?.candidate ?? question;
    return `${candidate}, ${OPERATIONS[kind]}${verdict === null ? "" : `, ${verdict.toUpperCase()}`}: ${explanation}`;
  });
  return said.length === 0 ? [] : [...said, ""];
}

function describeJudge({ judge, labels }: Evaluation): string[] {
  if (judge === undefined) return [];
  const { swapDisagreement, calibration, swapped } = judge;
  const swaps =
    swapDisagreement === null
      ? ""
      : `; contradicted itself on ${percent(swapDisagreement)} of ${plural(swapped, "swapped pair")}`;
  const calibrations = calibration.map(describeCalibration);
  const wanted = labels?.wanted.length ?? 0;
  return [
    `Judge ${judge.model}: ${plural(judge.calls, "opinion")}${swaps}${calibrations.join("")}.`,
    ...(wanted === 0
      ? []
      : [
          `Labels wanted: ${plural(wanted, "sample")}, listed in evaluation.yaml; give them with --labels-file.`,
        ]),
    "",
  ];
}

function describeCalibration(one: NonNullable<Evaluation["judge"]>["calibration"][number]): string {
  const { mode, samples, agreement, agreementLower, agreementUpper, bias, biasLower, biasUpper } = one;
  const { decisive, discrimination, discriminationLower, discriminationUpper } = one;
  const tells =
    discrimination === null
      ? "no labelled sample shows whether it tells good answers from bad"
      : `tells good answers from bad by ${percent(discrimination)} on ${whole(decisive)} of them ` +
        `(${percent(discriminationLower ?? 0)} to ${percent(discriminationUpper ?? 0)})`;
  return (
    `; agrees (${mode}) with ${percent(agreement)} of labels on ${plural(samples, "sample")} ` +
    `(${percent(agreementLower)} to ${percent(agreementUpper)}), bias ${points(bias)} ` +
    `(${points(biasLower)} to ${points(biasUpper)}), ${tells}`
  );
}

/** Decisions, and what they do to the plan. */
export function renderRun({ evaluation, replanned, text }: RunOutcome): string {
  if (evaluation === null) return text;
  const said = renderEvaluation(evaluation);
  return replanned === undefined ? said : `${said}\n\n${renderReplan(replanned)}`;
}

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
    ...describeOperations(evaluation),
    ...describeJudge(evaluation),
    `${plural(evaluation.calls, "call")} used of ${whole(evaluation.callsFixedDesign)} in a fixed design; ` +
      `${whole(evaluation.paidCalls)} paid, ${usd(evaluation.spentUsd)}.`,
  ];
  if (evaluation.certified !== null) {
    lines.push(
      `Certified: ${usd(evaluation.certified.savingUsdMonth)} a month, ${percent(evaluation.certified.savingShare)} ` +
        `(${evaluation.certified.basis}).`,
    );
  }
  if (evaluation.stopped !== null)
    lines.push(`Stopped early: ${STOPS[evaluation.stopped] ?? evaluation.stopped}.`);
  return [...lines, ...evaluation.warnings.map((warning) => `Note: ${warning}`)].join("\n");
}
