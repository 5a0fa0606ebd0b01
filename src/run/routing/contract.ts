import { z } from "zod";
import { artifactSchema } from "../../shared/artifact.js";

const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");
const share = z.number();
const modelRef = z.strictObject({ provider: z.string(), model: z.string() });

const estimate = z
  .strictObject({
    ips: z.number().describe("Inverse propensity scoring."),
    snips: z.number().nullable().describe("The same, self-normalised; null where the log never agrees."),
    doubly_robust: z.number(),
    effective_samples: z.number().describe("(sum of weights)^2 / sum of squared weights."),
    mean_weight: z.number().describe("Near 1 where the logged propensities are right."),
    largest_weight: z.number(),
  })
  .describe("Mean score on the held-out samples, 0..1; with full feedback all three are the plain mean.");

const lossModel = z.strictObject({
  provider: z.string(),
  model: z.string(),
  columns: z
    .array(z.strictObject({ name: z.string(), weight: z.number() }))
    .describe("Weights of the features that have a name."),
  clusters: z
    .array(z.strictObject({ cluster: z.string(), weight: z.number() }))
    .describe("Weights by cluster; requests of clusters that are not listed pass this model over."),
  grams: z
    .array(z.number())
    .describe(
      "Weights of the hashed grams of one and two words, by bucket; empty where no prompt text was at hand.",
    ),
});

export const routingPolicySchema = z.strictObject({
  kind: z
    .enum(["clusters", "prompts", "cascade"])
    .describe("A table by cluster; a regression on the prompt; or cheap models asked first."),
  rule: z.string().describe("The policy in one sentence."),
  threshold: z.number().describe("Largest predicted loss that is taken, on the score scale."),
  otherwise: modelRef.describe("The baseline: where nothing cheaper is within the threshold."),
  routes: z
    .array(z.strictObject({ cluster: z.string(), provider: z.string(), model: z.string() }))
    .describe("Of a table: the model of each cluster. Clusters that are not listed keep the baseline."),
  steps: z
    .array(lossModel)
    .describe(
      "Else: what predicts each model's loss, 1 - 2 / (1 + exp(-sum of weight x feature)); cheapest first.",
    ),
});

const body = {
  simulated: z.boolean().describe("True where a model is simulated; never for production."),
  baseline: modelRef,
  candidates: z.array(modelRef).describe("Cheapest first."),
  seed: z.int(),
  alpha: z.number(),
  training_share: share,
  feedback: z
    .enum(["full", "logged"])
    .describe("Every model answered every sample; or a router chose one by a known chance."),
  samples: z.strictObject({
    training: count.describe("Chose the policy, routes and threshold."),
    held_out: count.describe("Judged it, and nothing else."),
    thinned: count.describe("Held-out samples left out so that all had equal chances of being drawn."),
  }),
  considered: count.describe("Policies compared on the training samples."),
  policy: routingPolicySchema
    .nullable()
    .describe("null: nothing saves within the margin; the baseline stays."),
  certificate: z
    .strictObject({
      verdict: z.enum(["certified", "rejected", "futile", "inconclusive"]),
      population: z.literal("traffic"),
      n: count.describe("Held-out pairs."),
      missing: count,
      difference: z.number().nullable().describe("Policy minus baseline, mean over held-out samples."),
      lower: z.number().describe("Anytime-valid lower bound on the difference at 1 - alpha, one-sided."),
      upper: z.number(),
      margin: z.number(),
      certifiable_margin: z.number(),
      samples_needed: count.nullable().describe("More held-out samples for about 80 % power; null: none."),
      e_value: z.number().describe("Natural logarithm."),
      disagreement: share.describe("Share of held-out samples whose score the policy changes."),
      explanation: z.string(),
    })
    .nullable(),
  value: z.strictObject({ baseline: estimate, policy: estimate }).nullable(),
  traffic: z
    .array(
      z.strictObject({
        provider: z.string(),
        model: z.string(),
        used: share.describe("Share of held-out requests that take this model's answer."),
        asked: share.describe("Share that ask it; a cascade asks several models for one answer."),
      }),
    )
    .describe("Measured on the held-out samples."),
  cost: z
    .strictObject({
      baseline_usd: usd,
      policy_usd: usd.describe("Escalated requests pay every model that they asked."),
      saving_share: share,
      basis: z.string(),
    })
    .nullable()
    .describe("Of the held-out samples."),
  latency_ms: z
    .strictObject({ baseline_p95: z.number(), policy_p95: z.number(), pairs: count })
    .nullable()
    .describe("Measured; a cascade waits for every model that it asks. null where latency is not known."),
  comparisons: z
    .array(
      z.strictObject({
        name: z.string(),
        difference: z.number().nullable(),
        saving_share: share.nullable(),
      }),
    )
    .describe("Others on the held-out samples: estimates beside the certificate, none of them certified."),
  warnings: z.array(z.string()),
};

/** routing.yaml: a policy learned on one part of a run's results and judged on the other. */
export const routingSchema = artifactSchema("Routing", body);

/** stdout of `tokenop learn-routing --json`: the same without the weights, which are for routers. */
export const routingOutput = z.strictObject({
  ...body,
  policy: routingPolicySchema.pick({ kind: true, rule: true, routes: true }).nullable(),
  written: z.array(z.string()),
});
