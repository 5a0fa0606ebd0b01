import { z } from "zod";

const count = z.int().nonnegative();

/** What the evaluation says of the judge; present where one was asked. */
export const judgeReportSchema = z.strictObject({
  model: z.string(),
  repeats: count.describe("Opinions on each question; their median counts."),
  swap_limit: z.number().describe("Share of contradictions above which rules take the judge's place."),
  calls: count.describe("Replies of the judge that were used, those on labelled samples included."),
  unreadable: count.describe("Replies without a verdict that can be read."),
  swapped: count.describe("Pairs judged in both orders; equal answers are ties without asking."),
  contradicted: count.describe("Of these, pairs whose winner changed with the order; they count as ties."),
  swap_disagreement: z.number().nullable(),
  length_correlation: z
    .number()
    .nullable()
    .describe("Between preference and how much longer the candidate's answer is; far from 0: length wins."),
  calibration: z.array(
    z.strictObject({
      mode: z.enum(["rubric", "pairwise"]),
      samples: count.describe("Samples with a label that the judge was held against."),
      agreement: z.number().describe("Share of labels that the judge's verdict agrees with."),
      agreement_lower: z
        .number()
        .describe("Anytime-valid at 1 - alpha, two-sided, like the other bounds here."),
      agreement_upper: z.number(),
      decisive: count.describe(
        "Samples that tell: with a bad answer (rubric), or with labels that differ (pairwise).",
      ),
      discrimination: z
        .number()
        .nullable()
        .describe(
          "How much more often good answers pass than bad ones (rubric), or the mean preference for the better one (pairwise). Below 0.3 for certain, rules decide.",
        ),
      discrimination_lower: z.number().nullable(),
      discrimination_upper: z.number().nullable(),
      bias: z.number().describe("Judge minus label, mean; of pairs: of the difference."),
      bias_lower: z.number(),
      bias_upper: z.number(),
    }),
  ),
});

/** Where labels correct the judge (`--labels`). */
export const labelsReportSchema = z.strictObject({
  chance: z.number().describe("Chance of a judged sample to be chosen for a label."),
  wanted: z
    .array(z.strictObject({ sample_id: z.string(), models: z.array(z.string()) }))
    .describe("Chosen samples that still lack labels, with the models whose answers want one."),
});
