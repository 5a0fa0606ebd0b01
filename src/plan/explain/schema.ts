import { z } from "zod";
import { LAYERS } from "../../levers/contract.js";
import { BASES } from "../../profile/contract.js";
import { fleetShape } from "../fleet-shape.js";

const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");
const spanUsd = usd.describe("Exact decimal, USD over the observed span.");

/** Kinds of tokens that do not overlap, in the order of a price list. */
export const CHARGE_KINDS = [
  "input",
  "cached_input",
  "cache_write",
  "cache_write_1h",
  "output",
  "reasoning",
] as const;

const charge = z.strictObject({
  kind: z.enum(CHARGE_KINDS).describe("`input` and `output` without the kinds that stand beside them."),
  tokens_before: count,
  tokens_after: count,
  usd_per_million: usd
    .nullable()
    .describe("List rate after tier, batch and context class; null where none is paid by the token."),
  before_usd: spanUsd,
  after_usd: spanUsd,
});

const cell = z.strictObject({
  cluster: z.string(),
  provider: z.string(),
  model: z.string(),
  endpoint: z.string().nullable(),
  region: z.string().nullable(),
  status: z.string(),
  batch: z.boolean(),
  service_tier: z.string().nullable(),
  context_class: count.describe("Every request has more input tokens than this; 0 is the smallest class."),
  routed_from: z.string().nullable().describe("`provider/model` that the requests went to when observed."),
  fleet: z.string().nullable().describe("Fleet that answers: its cost is the fleet's, not the list's."),
  paid: z
    .enum(["list", "fleet", "unpriced"])
    .describe("`unpriced`: the model has no price and is left out of every sum."),
  requests_before: count,
  requests_after: count,
  charges: z.array(charge),
  before_usd: spanUsd,
  after_usd: spanUsd,
});

const fleetWork = z.strictObject({
  cluster: z.string(),
  provider: z.string(),
  model: z.string(),
  routed_from: z.string().nullable(),
  requests: count,
  input_tokens_per_request: count,
  output_tokens_per_request: count,
  prefix_hit_share: z.number(),
  replica_seconds_per_request: z.number().describe("Of one replica, as full as its targets allow."),
  busiest_minute_replica_seconds: z
    .number()
    .describe("Work that these requests bring in the fleet's busiest minute."),
});

const fleetState = z.strictObject({
  ...fleetShape,
  work: z.array(fleetWork),
  busiest_minute_replica_seconds: z.number().describe("Sum over `work`; 60 keep one replica busy."),
  utilisation: z.number().describe("Load of a replica that sizing aims at, 0..1."),
  replicas_needed: count.describe("Busiest minute over 60 s x utilisation, rounded up."),
  replicas_paid: count.describe("Most at once, spares and floors included."),
  market_gpu_hours: z.number().describe("Over the observed span, starts ahead of need included."),
  usd_per_market_gpu_hour: usd.describe("Exact decimal, USD; blend of on-demand and spot."),
  market_usd: spanUsd,
  committed_gpu_hours: z.number(),
  usd_per_committed_gpu_hour: usd,
  committed_usd: spanUsd,
  people_usd: spanUsd.describe("Exact decimal, USD over the observed span; who keep a new fleet running."),
  cost_usd: spanUsd,
});

const comparison = z.strictObject({
  cells: z.array(cell).describe("Only cells that differ."),
  fleets: z
    .array(
      z.strictObject({
        id: z.string(),
        before: fleetState.nullable().describe("null where it is not running."),
        after: fleetState.nullable(),
        saving_usd: spanUsd,
      }),
    )
    .describe("Only fleets that differ."),
  before_usd: spanUsd.describe("Sum over the cells and fleets shown."),
  after_usd: spanUsd,
  saving_usd: spanUsd.describe("Exact decimal, USD over the observed span: before less after."),
  saving_usd_month: usd,
});

/** stdout of `tokenop plan --explain ACTION --json`. */
export const explainOutput = z.strictObject({
  action: z.strictObject({
    id: z.string(),
    name: z.string(),
    lever: z.string(),
    layer: z.enum(LAYERS),
    stage: z.string().describe("Place in the causal order of composition."),
    order: count,
    parameters: z.array(
      z.strictObject({
        name: z.string(),
        value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
      }),
    ),
    method: z.string().describe("Formula, units and source of the lever."),
  }),
  alone: comparison.describe("The observed workload, without and with this action."),
  beside: comparison.describe(
    "All other actions of the plan, without and with this one in its causal place.",
  ),
  beside_actions: z.array(z.string()),
  month: z.strictObject({
    observed_hours: z.number(),
    hours: z.number(),
    factor: z.number(),
    text: z.string(),
  }),
  standalone_saving_usd_month: usd,
  joint_marginal_usd_month: usd.describe("What the plan's saving loses without this action."),
  shapley_saving_usd_month: usd.describe("This action's share of the joint saving; shares sum to it."),
  joint_saving_usd_month: usd,
  basis: z.enum(BASES),
  assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
});
