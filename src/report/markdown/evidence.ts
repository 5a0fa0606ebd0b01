import type { Report } from "../contract.js";
import {
  formatChange,
  formatCount,
  formatDecimal,
  formatMoney,
  formatPoints,
  formatPrice,
  formatShare,
} from "../format.js";
import { escapeMarkdown, table } from "./blocks.js";

type Judge = NonNullable<Report["judge"]>;

/** What was tested, and what it cost. */
export function evidence({ certificates, experiment }: Report): string[] {
  if (certificates.length === 0) return [];
  const cost =
    experiment === null
      ? ""
      : `The experiment used ${formatCount(experiment.calls)} calls (a fixed design: ${formatCount(experiment.callsFixedDesign)}) and cost ${formatMoney(experiment.spentUsd)}.`;
  return [
    "## Evidence",
    table(
      ["Question", "Verdict", "Pairs", "Change, points", "Bounds, points", "Margin, points", "More pairs"],
      certificates.map((row) => [
        `${row.scope} to ${row.candidate}`,
        `${row.verdict} (${row.population})`,
        formatCount(row.n),
        row.difference === null ? "not known" : formatChange(row.difference),
        `${formatChange(row.lower)} to ${formatChange(row.upper)}`,
        formatPoints(row.margin),
        row.verdict !== "inconclusive"
          ? "none"
          : row.samplesNeeded === null
            ? "never enough"
            : formatCount(row.samplesNeeded),
      ]),
    ),
    cost,
  ];
}

/** How slow the slowest calls are. */
export function latencyTails({ latencyTails: tails }: Report): string[] {
  if (tails.length === 0) return [];
  return [
    "## Latency: what 95 % of calls take at most",
    table(
      ["Question", "Verdict", "Target", "Slower, calls", "Before", "After", "After, at most", "Basis"],
      tails.map((row) => [
        `${row.scope} to ${row.candidate}`,
        row.verdict ?? "no claim",
        row.targetMs === null ? "none set" : formatMs(row.targetMs),
        row.exceeded === null
          ? `of ${formatCount(row.n)}`
          : `${formatCount(row.exceeded)} of ${formatCount(row.n)}`,
        ...[row.baselineP95, row.candidateP95, row.upper].map(({ value }) => known(value, formatMs)),
        row.upper.basis,
      ]),
    ),
  ];
}

/** What an answer costs that is good enough. */
export function acceptedCosts({ acceptedCosts: costs }: Report): string[] {
  if (costs.length === 0) return [];
  return [
    "## Cost of an accepted answer",
    table(
      ["Question", "Verdict", "Pairs", "Before", "After", "Saving", "Saving, at least", "Basis"],
      costs.map((row) => [
        `${row.scope} to ${row.candidate}`,
        row.verdict ?? "no claim",
        formatCount(row.n),
        known(row.baselineCost.value, formatPrice),
        known(row.candidateCost.value, formatPrice),
        known(row.saving.value, formatShare),
        row.savingLower.value === null ? "none shown" : formatShare(row.savingLower.value),
        row.candidateCost.basis,
      ]),
    ),
  ];
}

/** How far the model that graded can be trusted. */
export function judge({ judge: held }: Report): string[] {
  if (held === null) return [];
  const { swapDisagreement, lengthCorrelation, setAside } = held;
  const aside = setAside.map(({ scope, candidate }) => `${scope} to ${candidate}`).join(", ");
  const lines = [
    `${held.model}: ${formatCount(held.calls)} replies (${formatCount(held.unreadable)} without a verdict), ${formatCount(held.repeats)} for each question.`,
    `Contradictions: ${known(swapDisagreement.value, formatShare)} of ${formatCount(held.swapped)} pairs judged in both orders (${swapDisagreement.basis}; set aside above ${formatShare(held.swapLimit)}). Correlation of preference with length: ${known(lengthCorrelation.value, formatDecimal)} (${lengthCorrelation.basis}).`,
    aside === "" ? "" : `Set aside, so that rules decided: ${aside}.`,
    held.labels === null
      ? ""
      : `Labels correct it on ${formatShare(held.labels.chance)} of judged samples. Still to be given: ${formatCount(held.labels.wanted)}.`,
  ];
  return [
    "## The judge",
    lines
      .filter((line) => line !== "")
      .map((line) => `- ${escapeMarkdown(line)}`)
      .join("\n"),
    calibration(held),
  ];
}

function calibration({ calibration: rows, confidence }: Judge): string {
  if (rows.length === 0)
    return "No sample with a label was judged, so how far it can be trusted is not known.";
  const cell = (
    { value, low, high }: Judge["calibration"][number]["bias"],
    show: (value: number) => string,
  ) => (value === null ? "not known" : `${show(value)} (${known(low, show)} to ${known(high, show)})`);
  return table(
    [
      `Against labels, bounds at ${formatShare(confidence)}`,
      "Samples",
      "Agrees",
      "Tells good from bad",
      "Bias, points",
      "Basis",
    ],
    rows.map((row) => [
      row.mode,
      formatCount(row.samples),
      cell(row.agreement, formatShare),
      cell(row.discrimination, formatDecimal),
      cell(row.bias, formatChange),
      row.agreement.basis,
    ]),
  );
}

const formatMs = (value: number): string => `${formatDecimal(value)} ms`;

const known = (value: number | null, show: (value: number) => string): string =>
  value === null ? "not known" : show(value);
