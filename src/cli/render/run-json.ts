import type { RunOutcome } from "../../pipeline.js";
import { toFileShape } from "../../shared/case.js";
import { formatExact } from "../../shared/money.js";
import { usdNumber } from "./format.js";
import { replanJson } from "./replan.js";

const exact = (amount: bigint | null): string | null => (amount === null ? null : formatExact(amount));

/** The JSON of `tokenop run`: decisions, or the estimate and uncertified what-if where nothing was called. */
export function runJson(outcome: RunOutcome): unknown {
  const { evaluation } = outcome;
  if (evaluation === null) return withoutEvaluation(outcome);
  return {
    mode: evaluation.mode,
    decisions: evaluation.decisions.map(({ path, ...decision }) => toFileShape(decision)),
    ...(evaluation.operations !== undefined && { operations: toFileShape(evaluation.operations) }),
    calls: evaluation.calls,
    calls_fixed_design: evaluation.callsFixedDesign,
    paid_calls: evaluation.paidCalls,
    ...(evaluation.batches !== undefined && { batches: toFileShape(evaluation.batches) }),
    spent_usd: usdNumber(evaluation.spentUsd),
    complete: evaluation.complete,
    stopped: evaluation.stopped,
    ...(evaluation.judge !== undefined && { judge: toFileShape(evaluation.judge) }),
    ...(evaluation.labels !== undefined && { labels: toFileShape(evaluation.labels) }),
    certified_saving_usd_month:
      evaluation.certified === null ? null : usdNumber(evaluation.certified.savingUsdMonth),
    ...(outcome.replanned !== undefined && { replanned: replanJson(outcome.replanned) }),
    written: outcome.written,
  };
}

function withoutEvaluation({ mode, estimate, whatIf, text }: RunOutcome): unknown {
  const use = ({ tokens, cost }: { tokens: number; cost: bigint | null }): unknown => ({
    tokens,
    cost_usd: exact(cost),
  });
  return {
    mode,
    decisions: [],
    calls: 0,
    calls_fixed_design: estimate.calls,
    paid_calls: 0,
    spent_usd: 0,
    complete: false,
    stopped: null,
    certified_saving_usd_month: null,
    written: [],
    estimate: {
      calls: estimate.calls,
      grading_calls: estimate.gradingCalls,
      expected: use(estimate.expected),
      most: use(estimate.most),
      questions: toFileShape(estimate.questions),
    },
    what_if_uncertified: toFileShape(whatIf),
    message: text,
  };
}
