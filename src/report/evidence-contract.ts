import { z } from "zod";
import { bounded, figure } from "./figures.js";

const count = z.int().nonnegative();

const claim = {
  question: z.string(),
  scope: z.string(),
  baseline: z.string(),
  candidate: z.string(),
  verdict: z.string().nullable().describe("null where nothing was claimed."),
  n: count.describe("Pairs used."),
  confidence: z.number().describe("1 - alpha / K; these claims share an alpha of their own."),
};

/** Whether at most one call in twenty takes longer than a target: one row a question. */
export const latencyTail = z.strictObject({
  ...claim,
  target_ms: z.number().nullable().describe("null: no target was set."),
  exceeded: count.nullable().describe("Calls over the target, or without a latency: failed or timed out."),
  baseline_p95: figure.describe("Observed."),
  candidate_p95: figure.describe("Observed."),
  upper: figure.describe("Bound on the candidate's p95 that holds at any sample count."),
  explanation: z.string(),
});

/** Whether the candidate costs less for each answer that was accepted: one row a question. */
export const acceptedCost = z.strictObject({
  ...claim,
  baseline_cost: figure.describe("Observed: what was paid over the accepted answers."),
  candidate_cost: figure,
  saving: figure.describe("Observed share of the baseline's."),
  saving_lower: figure.describe("Shown to be reached; null: none is shown."),
  baseline_most: figure.describe("Most that one call was taken to cost: the claim rests on it."),
  candidate_most: figure,
  explanation: z.string(),
});

/** How far the model that graded can be trusted. */
export const judge = z.strictObject({
  model: z.string(),
  repeats: count.describe("Opinions on each question; their median counts."),
  calls: count.describe("Replies that were used, those on labelled samples included."),
  unreadable: count.describe("Replies without a verdict that can be read."),
  swapped: count.describe("Pairs judged in both orders."),
  contradicted: count.describe("Of these, pairs whose winner changed with the order; they count as ties."),
  swap_disagreement: figure.describe("Contradicted over swapped; null where none was swapped."),
  swap_limit: z.number().describe("Above it rules take the judge's place."),
  length_correlation: figure.describe("Between preference and how much longer the candidate's answer is."),
  set_aside: z
    .array(z.strictObject({ scope: z.string(), candidate: z.string() }))
    .describe("Questions that rules decided in its place."),
  confidence: z.number().describe("Of each pair of bounds in the calibration."),
  calibration: z.array(
    z.strictObject({
      mode: z.enum(["rubric", "pairwise"]),
      samples: count.describe("Samples with a label that the judge was held against."),
      agreement: bounded,
      decisive: count.describe("Samples that tell good answers from bad ones."),
      discrimination: bounded,
      bias: bounded.describe("Judge minus label, mean; of pairs: of the difference."),
    }),
  ),
  labels: z
    .strictObject({
      chance: z.number().describe("Chance of a judged sample to be chosen for a label."),
      wanted: count.describe("Chosen samples that still lack labels."),
    })
    .nullable()
    .describe("Where labels correct the judge."),
});
