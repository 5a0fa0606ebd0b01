import { z } from "zod";

const count = z.int().nonnegative();
const milliseconds = z.number().nullable();
const usd = z.string().describe("Exact decimal, USD.");

const common = {
  question: z.string(),
  verdict: z
    .enum(["certified", "rejected", "inconclusive"])
    .nullable()
    .describe("null where nothing was claimed: no target was set."),
  n: count.describe("Pairs used."),
  family: count.describe(
    "K: claims of this kind and the other that share alpha; quality has an alpha of its own.",
  ),
  explanation: z.string(),
};

/** What a run shows of a candidate besides its quality; looked at once, at the run's end, wherever that was. */
export const operationSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("latency_p95"),
    target_ms: milliseconds.describe("Claim: at most 5 % of calls take longer."),
    exceeded: count.nullable().describe("Calls over the target, or without a latency: failed or timed out."),
    baseline_p95_ms: milliseconds.describe("Observed."),
    candidate_p95_ms: milliseconds.describe("Observed."),
    upper_ms: milliseconds.describe("Anytime-valid upper bound on the candidate's p95 at 1 - alpha/K."),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("cost_per_accepted"),
    baseline_usd: usd.nullable().describe("Observed cost for each accepted answer (score of 0.5 or more)."),
    candidate_usd: usd.nullable(),
    saving_share: z.number().nullable().describe("Observed."),
    saving_share_lower: z
      .number()
      .nullable()
      .describe("Largest whole percentage that the saving is shown to reach; null: none is shown."),
    bound_usd: z
      .strictObject({ baseline: usd, candidate: usd })
      .nullable()
      .describe("Most that one call of each was taken to cost."),
    bound_basis: z
      .enum(["limit", "assumed"])
      .nullable()
      .describe("limit: prompt and output limit at list price."),
  }),
]);

export type OperationShape = z.infer<typeof operationSchema>;
