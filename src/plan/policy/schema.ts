import { z } from "zod";
import { LAYERS, RISKS } from "../../levers/contract.js";
import { API_VERSION } from "../../shared/artifact.js";

const share = z.number().min(0).max(1);
const names = z.array(z.string());
const REGIONS = "`eu-west-1`, `aws/eu-west-1`, or a beginning such as `eu-` or `europe-*`.";

const allow = {
  providers: names.nullable().default(null).describe("null: any provider already in use."),
  models: names
    .nullable()
    .default(null)
    .describe("`model` or `provider/model`; a final `*` stands for any ending. null: any model."),
  regions: names.nullable().default(null).describe(`null: any region. ${REGIONS}`),
};

const deny = {
  providers: names.default([]),
  models: names.default([]).describe("`model` or `provider/model`; a final `*` stands for any ending."),
  regions: names.default([]).describe(REGIONS),
  levers: names.default([]),
};

const residency = names.nullable().default(null).describe(`Where requests may be processed: ${REGIONS}`);

const tenant = z.strictObject({
  tenant: z.string().describe("As in the events."),
  allow: z.strictObject(allow).prefault({}).describe("Narrows what everybody may use."),
  deny: z.strictObject(deny).prefault({}).describe("Denied beside what everybody is denied."),
  data_residency: residency,
  margin: share
    .nullable()
    .default(null)
    .describe("Largest loss on this tenant's requests; 0: no change that could affect quality."),
  batch_tolerant: z.boolean().nullable().default(null).describe("null: as the intent says."),
  flex_tolerant: z.boolean().nullable().default(null).describe("null: as the intent says."),
});

const approval = z.strictObject({
  when: z
    .strictObject({
      layer: z.enum(LAYERS).optional(),
      lever: z.string().optional(),
      risk: z.enum(RISKS).optional().describe("This risk or a higher one."),
      saving_above_usd_month: z.number().nonnegative().optional(),
    })
    .describe("All that is stated must hold; nothing stated: every action."),
  by: z.string().min(1).describe("Who approves: a person, a team, a ticket queue."),
});

const effort = z.strictObject({
  lever: z.string(),
  setup_hours: z.number().nonnegative(),
  hours_per_scope: z.number().nonnegative().default(0),
});

/** policy.yaml, written by people: what a plan may do and what it must keep. Every field has a default. */
export const policySchema = z.strictObject({
  apiVersion: z.literal(API_VERSION).default(API_VERSION),
  kind: z.literal("Policy").default("Policy"),
  quality: z
    .strictObject({
      budget: share
        .default(0.01)
        .describe("Largest quality loss over the fleet, request-weighted, 0.01 = 1 point."),
      alpha: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.05)
        .describe("Chance that the whole plan's certificate is wrong."),
      maximum_margin: share
        .default(0.1)
        .describe(
          "Largest loss that any one change may be allotted on its own requests, however few they are.",
        ),
      protected_intents: z
        .array(z.strictObject({ intent: z.string(), margin: share.default(0) }))
        .default([])
        .describe("Margin 0: this intent may not change in a way that could affect quality."),
    })
    .prefault({}),
  latency: z
    .strictObject({
      p95_ms: z
        .number()
        .positive()
        .nullable()
        .default(null)
        .describe("95 of 100 answers of a cluster are complete within this, tolerant intents excepted."),
      ttft_ms: z.number().positive().nullable().default(null).describe("Time to first token, self-hosted."),
      tpot_ms: z.number().positive().nullable().default(null).describe("Time per output token, self-hosted."),
      batch_tolerant_intents: names.default([]).describe("Callers tolerate an answer within a day."),
      flex_tolerant_intents: names.default([]).describe("Callers tolerate an answer within minutes."),
    })
    .prefault({}),
  exact_cache: z
    .strictObject({
      attested_intents: names
        .default([])
        .describe("Whole request is the key, temperature 0, answer free of time, user and tool state."),
      maximum_ttl_seconds: z.int().positive().default(86_400),
    })
    .prefault({}),
  allow: z.strictObject({ ...allow, levers: names.nullable().default(null) }).prefault({}),
  deny: z.strictObject(deny).prefault({}).describe("Wins over allow."),
  data_residency: residency,
  candidates: z
    .array(z.strictObject({ provider: z.string(), model: z.string() }))
    .default([])
    .describe("Models to consider beside cheaper ones of the same capability class."),
  risk_appetite: z.enum(RISKS).default("medium").describe("Levers of higher risk are left out."),
  cost: z
    .strictObject({
      monthly_maximum_usd: z.number().positive().nullable().default(null),
      minimum_saving_share: share
        .default(0)
        .describe("Refuse a plan that saves less than this share of the bill."),
    })
    .prefault({}),
  commitment: z
    .strictObject({
      maximum_months: z.int().nonnegative().default(12).describe("Longest commitment; 0: none."),
      maximum_usd_month: z
        .number()
        .nonnegative()
        .nullable()
        .default(null)
        .describe("All commitments together, a month; null: no limit."),
    })
    .prefault({}),
  spot: z
    .strictObject({ maximum_share: share.default(0.7).describe("Of the GPU-hours of one fleet.") })
    .prefault({}),
  fleet_changes: z
    .strictObject({
      attested_levers: names
        .default([])
        .describe(
          "Levers of GPU fleets, `spot`, `right-size`: you attest the conditions that the plan lists with their changes. What changes answers still needs a run.",
        ),
    })
    .prefault({}),
  self_host: z
    .strictObject({
      allowed: z.boolean().default(true).describe("false: no new fleet; fleets in place may change."),
      models: names.nullable().default(null).describe("Open-weight models; null: the class of those in use."),
      operations_hours_month: z
        .number()
        .nonnegative()
        .default(20)
        .describe("People's time that a new fleet takes, every month; assumed."),
    })
    .prefault({}),
  economics: z
    .strictObject({
      hourly_rate_usd: z.number().nonnegative().default(200).describe("An engineer's hour."),
      amortisation_months: z
        .int()
        .positive()
        .default(12)
        .describe("Over which one-off cost is spread when changes are compared."),
      discount_rate_year: z.number().min(0).max(10).default(0.1),
      horizon_months: z.int().positive().default(12).describe("Of net present value and payback."),
      effort: z.array(effort).default([]).describe("People's hours where you know better than the default."),
    })
    .prefault({}),
  approvals: z.array(approval).default([]).describe("Actions that somebody must approve before they ship."),
  tenants: z.array(tenant).default([]).describe("Stricter rules for single tenants."),
  run: z
    .strictObject({
      budget_usd: z.number().nonnegative().default(5),
      sample_size: z.int().positive().default(100),
      send_to: names.default([]).describe("Hosts that prompt text may be sent to."),
    })
    .prefault({}),
});

export type PolicyFile = z.infer<typeof policySchema>;
