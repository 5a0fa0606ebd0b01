import { z } from "zod";
import { LAYERS, RISKS } from "../levers/contract.js";
import { BASES } from "../profile/contract.js";
import { artifactSchema } from "../shared/artifact.js";
import { planEvidenceSchema } from "./evidence/schema.js";
import { fleetShape, replicaCapacity } from "./fleet-shape.js";

const share = z.number().min(0).max(1);
const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");

export { ledgerSchema } from "./evidence/schema.js";
export { explainOutput } from "./explain/schema.js";
export { fleetShape, replicaCapacity } from "./fleet-shape.js";
export { type PolicyFile, policySchema } from "./policy/schema.js";

const parameter = z.strictObject({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
});
const modelRef = z.strictObject({ provider: z.string(), model: z.string() });

const action = z.strictObject({
  id: z.string().describe("Lever and scope, stable between plans: `route/summarize`."),
  name: z.string(),
  lever: z.string(),
  layer: z.enum(LAYERS),
  cluster: z.string().nullable().describe("null where it changes a fleet of GPUs."),
  fleet: z.string().nullable().describe("null where it changes a cluster's requests."),
  model: modelRef.nullable().describe("The only model of the cluster that it acts on; null: all of them."),
  parameters: z.array(parameter),
  risk: z.enum(RISKS),
  effort_hours: z.number().describe("People's hours to put it in place; basis: assumed."),
  approvals: z.array(z.string()).describe("Who must approve it before it ships, by the policy."),
  templates: z
    .array(z.strictObject({ id: z.string(), score: share }))
    .describe("Templates of the catalogue that describe it, with how well the environment matches."),
  order: count.describe("Position in an order that keeps every intermediate state feasible, from 1."),
  standalone_saving_usd: usd.describe("A month, alone against the baseline; basis: replayed."),
  shapley_saving_usd: usd.describe("A month, this action's share of the joint saving; sums to it."),
  one_off_usd: usd.describe("People's hours and one-off purchases; basis: assumed."),
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
      variant: z
        .string()
        .nullable()
        .describe("What differs beside the model, `context-window:4`; `run` needs recorded answers of it."),
      question: z.string().describe("Id in `prove`."),
    }),
    z.strictObject({
      kind: z.literal("fleet-quality"),
      fleet: z.string(),
      variant: z.string(),
      margin: share,
      question: z.string(),
    }),
  ]),
  assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
});

const fleetState = z.strictObject({
  ...fleetShape,
  replicas: count.describe("Most that are paid at once."),
  replicas_needed: count.describe("By the busiest minute at the target utilisation; basis: estimated."),
  gpu_hours_month: z.number(),
  spot_share: z.number(),
  committed_gpus: count,
  cost_usd_month: usd,
});

const spread = z
  .strictObject({ low: z.number(), mid: z.number(), high: z.number() })
  .describe("5 %, median, 95 %.");

/** `net`: monthly cost and one-off cost spread over the policy's months; `cost`: monthly cost alone. */
export const OBJECTIVES = ["net", "cost"] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** What the plan is worth over time; every figure is a spread over the stated uncertainties. */
const economics = z.strictObject({
  one_off_usd: spread.describe("People's hours, purchases and what the proof costs; basis: assumed."),
  experiment_usd: z
    .number()
    .describe("List cost of the calls that `run` makes to prove it; basis: estimated."),
  engineering_hours: z.number(),
  hourly_rate_usd: z.number(),
  horizon_months: count,
  discount_rate_year: z.number(),
  saving_usd_month: spread,
  payback_months: z
    .strictObject({ low: z.number(), mid: z.number().nullable(), high: z.number().nullable() })
    .describe("null: not within the horizon."),
  npv_usd: spread,
  npv_middle_usd: z
    .number()
    .describe("NPV with every uncertainty at its middle: what the tornado turns about."),
  roi: spread
    .nullable()
    .describe("Net gain over the horizon per dollar of one-off cost; null: nothing is paid."),
  chance_of_loss: share.describe(
    "Share of draws in which the plan costs more than it saves over the horizon.",
  ),
  draws: count,
  uncertainties: z.array(
    z.strictObject({
      name: z.string(),
      low: z.number(),
      mid: z.number(),
      high: z.number(),
      basis: z.enum(BASES),
      source: z.string(),
    }),
  ),
  tornado: z.array(
    z.strictObject({
      name: z.string(),
      npv_low_usd: z.number().describe("NPV with this one at its low value, all others at their middle."),
      npv_high_usd: z.number(),
    }),
  ),
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
  fleets: z
    .array(
      z.strictObject({
        id: z.string(),
        provider: z.string(),
        model: z.string(),
        in_place: z.boolean().describe("false: the plan starts it."),
        before: fleetState.nullable().describe("null where it is not in place."),
        after: fleetState.nullable().describe("null where nothing is left to serve and nothing is paid."),
        capacity: replicaCapacity,
      }),
    )
    .describe("GPU fleets before and after; costs a month."),
  actions: z.array(action),
  considered: z.array(
    z.strictObject({
      id: z.string(),
      lever: z.string(),
      cluster: z.string().nullable(),
      fleet: z.string().nullable(),
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
  latency_frontier: z
    .array(
      z.strictObject({
        target_share: share.describe("Of the fleets' latency targets: 0.5 asks for answers twice as fast."),
        cost_usd_month: usd,
        saving_share: z.number(),
        actions: z.array(z.string()),
      }),
    )
    .describe("The best plan at stricter latency targets of the fleets; empty without them."),
  search: z.strictObject({
    method: z.string(),
    combinations: count.describe("Combinations and configurations that were priced."),
    evaluations: count.describe("Whole plans that the exact referee judged."),
    optimal: z.boolean().describe("Bound and plan meet within the tolerance."),
    bound_usd_month: usd.describe("No plan within the policy has a lower objective."),
    tolerance_usd_month: usd,
    gap_usd_month: usd.describe("Incumbent minus bound; 0 only when proven optimal."),
  }),
  economics: economics.nullable().describe("null where nothing is changed."),
  quality: z.strictObject({ budget: share, spent: z.number(), alpha: z.number(), family: count }),
  prove: z.array(
    z.strictObject({
      question: z.string(),
      action: z.string(),
      cluster: z.string().nullable().describe("null: every sample that the baseline model answers."),
      baseline: modelRef,
      candidate: modelRef,
      variant: z.string().nullable(),
      margin: share,
      request_share: share,
      saving_usd_month: usd.describe("At stake: what the joint saving loses without this action."),
      pairs_if_all_tie: count.describe("Least pairs that can certify this margin with the family's alpha."),
    }),
  ),
  evidence: planEvidenceSchema
    .optional()
    .describe("Only of a plan that was solved again after a run; see the guide on `run`."),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});

/** stdout of `tokenop plan --evidence FILE --json`, and a part of that of `tokenop run --json`. */
export const replanOutput = z.strictObject({
  certified_saving_usd_month: z.number().describe("Of certified-plan.yaml: attested and certified actions."),
  open_saving_usd_month: z.number().describe("Of replan.yaml: with what is still open."),
  certified: z.array(z.string()),
  continuing: z.array(z.string()).describe("Open questions that more samples of the same round may decide."),
  proposed: z
    .array(z.strictObject({ question: z.string(), candidate: z.string(), pairs_if_all_tie: count }))
    .describe("What a next round would ask, on samples that no round has asked."),
  differs: z.boolean().nullable().describe("From the plan that was tested; null where none is at hand."),
  alpha: z.strictObject({ total: z.number(), spent: z.number(), next: z.number() }),
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
