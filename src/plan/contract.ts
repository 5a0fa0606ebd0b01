import { z } from "zod";
import { LAYERS } from "../levers/contract.js";
import { BASES } from "../profile/contract.js";
import { artifactSchema } from "../shared/artifact.js";

const share = z.number().min(0).max(1);
const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");

export { type PolicyFile, policySchema } from "./policy/schema.js";

const parameter = z.strictObject({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
});
const modelRef = z.strictObject({ provider: z.string(), model: z.string() });

const action = z.strictObject({
  id: z.string().describe("Lever and scope, stable between plans: `route/summarize`."),
  lever: z.string(),
  layer: z.enum(LAYERS),
  cluster: z.string().nullable().describe("null: the whole fleet."),
  parameters: z.array(parameter),
  order: count.describe("Position in an order that keeps every intermediate state feasible, from 1."),
  standalone_saving_usd: usd.describe("A month, alone against the baseline; basis: replayed."),
  shapley_saving_usd: usd.describe("A month, this action's share of the joint saving; sums to it."),
  one_off_usd: usd,
  touched_request_share: share.describe(
    "Requests answered or billed in another way, beside the other actions.",
  ),
  evidence: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("structural"), conditions: z.array(z.string()), attested: z.boolean() }),
    z.strictObject({
      kind: z.literal("quality"),
      cluster: z.string(),
      baseline: modelRef,
      candidate: modelRef,
      margin: share.describe(
        "Allotted loss on these requests; request share times margin sums to at most the budget.",
      ),
      question: z.string().describe("Id in `prove`."),
    }),
  ]),
  assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
});

/** plan.yaml */
export const planSchema = artifactSchema("Plan", {
  decision: z.enum(["change", "do_nothing"]),
  objective: z.string(),
  baseline: z.strictObject({
    list_cost_usd_month: usd.describe("Baseline replayed through the identity lever, scaled to 730 hours."),
    billed_cost_usd_month: usd.nullable(),
    observed_hours: z.number(),
    scaling: z.string().describe("How a month was formed from the observed span."),
  }),
  joint: z.strictObject({
    cost_usd_month: usd,
    saving_usd_month: usd,
    saving_share: z.number(),
    standalone_sum_usd_month: usd,
    synergy_usd_month: usd.describe(
      "Joint saving minus the sum of stand-alone savings; negative where they overlap.",
    ),
    synergy_explained: z.string(),
    billed_factor: z.number().nullable().describe("Billed over list; savings on the bill scale by it."),
    basis: z.enum(BASES),
  }),
  layers: z.array(z.strictObject({ layer: z.enum(LAYERS), saving_usd_month: usd })),
  actions: z.array(action),
  considered: z.array(
    z.strictObject({
      id: z.string(),
      lever: z.string(),
      cluster: z.string().nullable(),
      parameters: z.array(parameter),
      standalone_saving_usd: usd,
      reason: z.string().describe("Why it is not in the plan."),
    }),
  ),
  frontier: z.array(
    z.strictObject({
      quality_budget_used: z
        .number()
        .describe("Least request-weighted loss that must be put at risk to prove it, 0..1."),
      cost_usd_month: usd,
      saving_share: z.number(),
      actions: z.array(z.string()),
    }),
  ),
  search: z.strictObject({
    method: z.string(),
    combinations: count.describe("Combinations that were priced."),
    optimal: z.boolean(),
    gap_usd_month: usd.describe("Incumbent minus bound; 0 only when proven optimal."),
  }),
  quality: z.strictObject({ budget: share, spent: z.number(), alpha: z.number(), family: count }),
  prove: z.array(
    z.strictObject({
      question: z.string(),
      action: z.string(),
      cluster: z.string(),
      baseline: modelRef,
      candidate: modelRef,
      margin: share,
      request_share: share,
      saving_usd_month: usd.describe("At stake: what the joint saving loses without this action."),
      pairs_if_all_tie: count.describe("Least pairs that can certify this margin with the family's alpha."),
    }),
  ),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});

/** stdout of `tokenop plan --json`. */
export const planOutput = z.strictObject({
  decision: z.enum(["change", "do_nothing"]),
  baseline_usd_month: z.number(),
  cost_usd_month: z.number(),
  saving_usd_month: z.number(),
  saving_share: z.number(),
  synergy_usd_month: z.number(),
  actions: z.array(z.strictObject({ id: z.string(), lever: z.string(), cluster: z.string().nullable() })),
  prove: z.array(z.string()),
  written: z.array(z.string()),
});
