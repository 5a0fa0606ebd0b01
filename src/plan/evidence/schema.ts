import { z } from "zod";

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

const decision = z.strictObject({
  question: z.string().describe("Id in the plan that the round ran."),
  scope: z.string().describe("Cluster, or the model whose samples were meant."),
  baseline: z.string(),
  candidate: z.string().describe("With what differs beside the model: `provider/model#variant`."),
  verdict: z.enum(["certified", "rejected", "futile", "inconclusive"]),
  margin: share,
  pairs: count,
  samples_needed: count.nullable(),
  population: z.enum(["samples", "traffic"]).describe("Whom the verdict speaks of."),
  lower: z.number().describe("Lower bound on candidate minus baseline."),
  alpha: share.describe("Its share of the round's alpha; given back where it is certified."),
});

/** What all rounds of runs of one plan have shown, and what chance of a wrong certificate they took. */
export const ledgerSchema = z.strictObject({
  claim: z
    .string()
    .describe("Hash of the plan of the first round. A plan made without evidence begins another account."),
  rounds: z.array(
    z.strictObject({
      round: count.describe("From 1."),
      alpha: z
        .number()
        .describe(
          "Shared by the questions of this round; again for each time that it began anew with another seed.",
        ),
      seed: z.int().describe("Of the order in which samples were asked."),
      decisions: z.array(decision),
      asked: z
        .array(z.string())
        .describe("Ids of the samples that were asked: questions of later rounds take none of them."),
    }),
  ),
});

export const planEvidenceSchema = z.strictObject({
  of: z
    .enum(["certified", "open"])
    .describe(
      "certified: nothing in this plan is left to prove; open: with what later pairs may still certify.",
    ),
  alpha: z.strictObject({
    total: share.describe("The policy's: chance of any wrong certificate over all rounds."),
    spent: z
      .number()
      .describe("By the rounds so far: all that they shared, less what certified questions give back."),
    next: share.describe("What the questions of the next round share."),
  }),
  certified: z.array(z.string()).describe("Actions of this plan whose question is certified."),
  continuing: z
    .array(z.string())
    .describe(
      "Actions whose question is open: more samples of the same round, with its own alpha, may decide it.",
    ),
  ledger: ledgerSchema,
});
