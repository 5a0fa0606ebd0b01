import { whatIfRows } from "../plan/index.js";
import { contextClassOf } from "../pricing/index.js";
import { HOURS_PER_MONTH, profileSchema, type Workload, type WorkloadCell } from "../profile/contract.js";
import type { RunMode } from "../run/contract.js";
import {
  estimatedTokens,
  firstHour,
  type MissingKey,
  type Recipient,
  type RunEstimate,
  type RunSample,
  refLabel,
} from "../run/index.js";
import { formatUsd, toUsd } from "../shared/money.js";
import { loadOptional, openHardware, openPlanning, type Planning, policyPathOf } from "./open.js";
import type { PreparedRun } from "./prepared-run.js";
import type { RunInputs } from "./run-inputs.js";

/** One line of the list-price what-if: uncertified by nature. */
export interface WhatIf {
  readonly baseline: string;
  readonly candidate: string;
  readonly savingUsd: number;
  readonly savingShare: number;
  readonly pairsIfAllTie: number | null;
  readonly period: string;
}

interface Said {
  readonly text: string;
  readonly whatIf: readonly WhatIf[];
}

/** Where neither a recorded response nor a limit says how long an answer is. */
const ASSUMED_OUTPUT_TOKENS = 256;
const ROWS_SHOWN = 10;

/** Beside an estimate at batch prices. */
export interface BatchComparison {
  readonly callByCall: RunEstimate;
  /** Samples of each open question in one batch; null: all at once. */
  readonly samples: number | null;
  readonly withoutPrice: readonly string[];
}

/** What a run would take and could prove, before the first call. */
export function describeDryRun(
  inputs: RunInputs,
  estimate: RunEstimate,
  mode: RunMode,
  recipients: readonly Recipient[],
  batching: BatchComparison | null = null,
): Said {
  const lines = [
    `${describeCalls(estimate, mode)} Nothing was called.`,
    ...(batching === null ? [] : describeBatching(batching)),
    ...recipients.map(({ host, gets }) => `${host} would get ${gets}.`),
    ...estimate.questions.map(describeQuestion),
    `Questions that share alpha: ${inputs.family}. Candidates that differ from the baseline need more pairs than ties do.`,
  ];
  return { text: lines.join("\n"), whatIf: [] };
}

function describeQuestion(estimate: RunEstimate["questions"][number]): string {
  const { question, margin, pairsOnFile, pairsIfAllTie, isEnough, powerIfEquivalent } = estimate;
  const needed =
    pairsIfAllTie === null ? "no number of samples can certify it" : `at least ${pairsIfAllTie} needed`;
  const chances = powerIfEquivalent.map(
    ({ disagreement, chance }) =>
      `${Math.floor(100 * chance)} % where it disagrees on ${100 * disagreement} % of pairs`,
  );
  const verdict = isEnough
    ? `; an equivalent candidate is certified with a chance of at least ${chances.join(", ")} (assumed)`
    : "; cannot be certified with what is on file";
  return `${question}: ${pairsOnFile} pairs on file, ${needed} at a margin of ${(margin * 100).toFixed(2)} points${verdict}.`;
}

function describeCalls(estimate: RunEstimate, mode: RunMode): string {
  const { calls, gradingCalls } = estimate;
  const grading = gradingCalls === 0 ? "" : `up to ${gradingCalls} calls for grades`;
  if (mode === "live") return `${calls} calls${grading && `, ${grading}`}, ${describeCost(estimate)}`;
  const free =
    mode === "replay"
      ? `${calls} recorded answers; they cost nothing.`
      : `${calls} simulated calls; nothing is sent or paid${grading && " for them"}.`;
  return grading === "" ? free : `${free} Besides ${grading}, ${describeCost(estimate)}`;
}

function describeBatching({ callByCall, samples, withoutPrice }: BatchComparison): string[] {
  const waves =
    samples === null
      ? "All calls to a model go in one batch"
      : `Every open question gets ${samples} samples a wave, one batch a model`;
  return [
    `These are batch prices; call by call it would be ${describeCost(callByCall)}`,
    `${waves}; a batch is answered within 24 hours. Latency is not measured.`,
    ...(withoutPrice.length === 0
      ? []
      : [`No batch price is listed for ${withoutPrice.join(", ")}: counted at the standard price.`]),
  ];
}

function describeCost({ expected, most }: RunEstimate): string {
  const money = (amount: bigint | null): string =>
    amount === null ? "unknown (a model has no price)" : formatUsd(amount);
  return (
    `about ${expected.tokens} tokens; about ${money(expected.cost)}, ` +
    `at most ${money(most.cost)} at list price (estimated).`
  );
}

/** Without a key: what the default candidates would save at list price, uncertified, and what proof would take. */
export async function describeFirstHour(
  prepared: PreparedRun,
  estimate: RunEstimate,
  missing: readonly MissingKey[],
): Promise<Said> {
  const { workload, books, period } = await workloadAtHand(prepared);
  const rows = whatIfRows(workload, books, prepared.policy);
  const whatIf = rows.slice(0, ROWS_SHOWN).map((row) => ({
    baseline: refLabel(row.baseline),
    candidate: refLabel(row.candidate),
    savingUsd: toUsd(row.savingPicoUsdMonth),
    savingShare: row.savingShare,
    pairsIfAllTie: Number.isFinite(row.pairsIfAllTie) ? row.pairsIfAllTie : null,
    period,
  }));
  const said = firstHour(missing, estimate);
  const lines = [
    `What the default candidates would save at list price, ${period}. UNCERTIFIED: quality was not tested.`,
    ...rows
      .slice(0, ROWS_SHOWN)
      .map(
        (row) =>
          `  ${refLabel(row.baseline)} -> ${refLabel(row.candidate)}: ${formatUsd(row.savingPicoUsdMonth)}, ` +
          `${(row.savingShare * 100).toFixed(1)} % (estimated)`,
      ),
    ...(rows.length === 0 ? ["  No cheaper model of the same capability class is in the price book."] : []),
    "",
    said.headline,
    ...said.keys.map((line) => `  ${line}`),
    "To certify:",
    ...said.samples.map((line) => `  ${line}`),
    `  ${said.cost}`,
    `  ${said.next}`,
  ];
  return { text: lines.join("\n"), whatIf };
}

/** The profiled workload where there is one, else the prompts themselves with estimated tokens. */
async function workloadAtHand(
  prepared: PreparedRun,
): Promise<Pick<Planning, "workload" | "books"> & { readonly period: string }> {
  const { workspace, context, book, evaluation } = prepared;
  const profile = await loadOptional(workspace.profile, profileSchema);
  if (profile !== null) {
    const policyPath = await policyPathOf({}, workspace);
    const { workload, books } = await openPlanning(workspace, context, profile, book, policyPath);
    return { workload, books, period: "a month, replayed from the profiled events" };
  }
  const cells = evaluation.samples.flatMap((sample) => promptCell(sample, book.thresholds));
  const period = `for these ${cells.length} prompts, with tokens estimated from their length`;
  const books = { ...book, hardware: await openHardware(workspace) };
  return { workload: promptWorkload(cells, context.now()), books, period };
}

function promptCell(sample: RunSample, thresholds: readonly number[]): WorkloadCell[] {
  if (sample.model === null) return [];
  const inputTokens = Math.max(1, estimatedTokens(sample.messages.map(({ content }) => content)));
  return [
    {
      cluster: sample.cluster,
      provider: sample.provider ?? "unknown",
      model: sample.model,
      endpoint: null,
      region: null,
      status: "ok",
      batch: false,
      serviceTier: null,
      contextClass: contextClassOf(inputTokens, thresholds),
      requests: 1,
      inputTokens,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: sample.maxTokens ?? ASSUMED_OUTPUT_TOKENS,
      reasoningTokens: 0,
    },
  ];
}

function promptWorkload(cells: readonly WorkloadCell[], pricedAt: Date): Workload {
  return {
    cells,
    clusters: [],
    exactReuse: [],
    prefixReuse: [],
    semanticReuse: [],
    retries: [],
    conversations: [],
    outputTails: [],
    sharedPrefixes: [],
    fleets: [],
    arrivals: [],
    promptHashCoverage: 0,
    prefixHashCoverage: 0,
    // So that "a month" is these prompts once.
    hours: HOURS_PER_MONTH,
    pricedAt,
    reconciliation: [],
  };
}
