import { z } from "zod";
import type { Patch } from "../patches/contract.js";
import { fleetShape, type planSchema, replicaCapacity } from "../plan/contract.js";
import { BASES, type profileSchema } from "../profile/contract.js";
import type { evaluationSchema } from "../run/contract.js";
import { type Artifact, type ArtifactBody, artifactSchema } from "../shared/artifact.js";
import type { Camel } from "../shared/case.js";
import { acceptedCost, judge, latencyTail } from "./evidence-contract.js";
import { figure, spread } from "./figures.js";

const count = z.int().nonnegative();

const fleetState = z.strictObject({
  ...fleetShape,
  replicas_needed: figure.describe("By the busiest minute at the target utilisation."),
  replicas: figure.describe("Most that are paid at once."),
  gpus: figure.describe("Most that are paid at once: replicas times GPUs a replica."),
  gpu_hours: figure,
  spot_share: z.number().describe("Of the GPU-hours that are not committed."),
  committed_gpus: count,
  cost: figure,
});

const fleet = z.strictObject({
  id: z.string(),
  model: z.string(),
  in_place: z.boolean().describe("false: the plan starts it."),
  before: fleetState.nullable().describe("null where it is not in place."),
  after: fleetState.nullable().describe("null where nothing is left to pay."),
  change: figure.describe("Cost after less cost before: a saving is negative."),
  capacity: replicaCapacity,
});

/**
 * What a cluster costs a month on one model and interface, or what a fleet of GPUs costs (cluster `fleet <id>`, no
 * requests of its own: its clusters hold them, at no cost by the token). Counts are scaled to a month as the plan scales
 * them, so they may be fractions.
 */
const costRow = z.strictObject({
  cluster: z.string(),
  provider: z.string(),
  model: z.string(),
  batch: z.boolean(),
  requests_month: z.number(),
  input_tokens_month: z.number(),
  output_tokens_month: z.number(),
  cost_usd_month: z.string().describe("Exact decimal, USD, at list price."),
});

const economics = z.strictObject({
  one_off: spread.describe("People's hours, purchases and what the proof costs."),
  people_hours: figure,
  hourly_rate: figure,
  experiment: figure.describe("List cost of the calls that prove the plan."),
  saving: spread,
  payback: spread.describe("null: not within the horizon."),
  npv: spread.describe("Net present value over the horizon."),
  npv_middle: figure.describe("The same with every uncertainty at its middle: what the tornado turns about."),
  roi: spread
    .nullable()
    .describe("Net gain over the horizon per dollar of one-off cost; null: nothing is paid."),
  chance_of_loss: figure.describe("Share of draws whose net present value is below zero."),
  draws: count,
  horizon_months: count,
  discount_rate_year: z.number(),
  uncertainties: z
    .array(
      z.strictObject({
        name: z.string(),
        low: z.number(),
        mid: z.number(),
        high: z.number(),
        basis: z.enum(BASES),
        source: z.string(),
      }),
    )
    .describe("Factors on the figure that each names; 1 is the plan's own."),
  tornado: z
    .array(
      z.strictObject({
        name: z.string(),
        npv_low_usd: z.number().describe("Net present value with this one low, the others at their middle."),
        npv_high_usd: z.number(),
      }),
    )
    .describe("Widest first."),
});

/** `spend_only`: a profile without a plan. `uncertified`: a plan of which nothing may be merged yet. */
export const VERDICT_STATUSES = [
  "certified",
  "partly_certified",
  "uncertified",
  "nothing_to_do",
  "spend_only",
] as const;

/** report.json: every number that report.html shows, and nothing else feeds it. */
export const reportSchema = artifactSchema("Report", {
  title: z.string(),
  simulated: z
    .boolean()
    .describe("True when any model, price or workload is simulated; shown in every heading."),
  verdict: z.strictObject({
    headline: z.string(),
    detail: z.string(),
    status: z.enum(VERDICT_STATUSES),
    planned_saving: figure,
    planned_share: figure,
    certified_saving: figure,
    certified_share: figure,
    worth: z.string().nullable().describe("What the whole plan costs once and brings; null without changes."),
  }),
  spend: z.strictObject({
    month: figure.describe("Calls and fleets."),
    calls: figure.describe("What is paid by the token, billed where the bill is known."),
    fleets: figure.describe("What is paid by the GPU-hour; null without a plan."),
    observed: figure.describe("Calls of the observed span."),
    first: z.string(),
    last: z.string(),
    scaling: z.string().describe("How a month was formed from the observed span."),
    events: count,
    input_tokens: count,
    output_tokens: count,
    drivers: z.array(
      z.strictObject({
        dimension: z.enum(["intent", "model", "tenant", "hour"]),
        rows: z.array(
          z.strictObject({ key: z.string(), cost_usd: z.number(), share: z.number(), events: count }),
        ),
      }),
    ),
    unpriced: z.array(z.strictObject({ provider: z.string(), model: z.string(), events: count })),
  }),
  waterfall: z
    .array(
      z.strictObject({
        label: z.string(),
        kind: z.enum(["start", "saving", "end"]),
        layer: z.string().nullable(),
        amount_usd_month: z.number(),
        evidence: z.string().nullable(),
        certified: z.boolean().nullable().describe("null for the two totals."),
      }),
    )
    .describe("By layer, then in the order of going live; shares do not depend on it."),
  synergy: z.strictObject({
    amount: figure.describe(
      "Joint saving minus the sum of stand-alone savings; negative where they overlap.",
    ),
    standalone_sum: figure,
    joint: figure,
    explained: z.string(),
  }),
  layers: z.array(z.strictObject({ layer: z.string(), saving_usd_month: z.number(), share: z.number() })),
  frontier: z.array(
    z.strictObject({
      quality_budget_used: z.number().describe("Request-weighted loss put at risk, 0.01 = 1 point."),
      cost_usd_month: z.number(),
      saving_share: z.number(),
      actions: count,
      chosen: z.boolean().describe("The plan's own point."),
    }),
  ),
  latency_frontier: z
    .array(
      z.strictObject({
        target_share: z
          .number()
          .describe("Of the fleets' latency targets: 0.5 asks for answers twice as fast."),
        cost_usd_month: z.number(),
        saving_share: z.number(),
        actions: count,
      }),
    )
    .describe("The best plan at stricter latency targets of the fleets; empty without them."),
  optimality: z
    .strictObject({
      optimal: z.boolean(),
      statement: z.string(),
      objective: z.string(),
      method: z.string(),
      combinations: count.describe("Combinations and configurations that were priced."),
      evaluations: count.describe("Whole plans that the exact referee judged."),
      plan: figure.describe("Objective of the plan: the bound and the gap."),
      bound: figure.describe("No plan within the policy has a lower objective."),
      gap: figure.describe("Objective of the plan less the bound; 0 only when proven optimal."),
      tolerance: figure,
    })
    .nullable()
    .describe("null without a plan."),
  fleets: z.array(fleet),
  economics: economics.nullable().describe("Of the whole plan; null where nothing is changed."),
  certificates: z.array(
    z.strictObject({
      question: z.string(),
      scope: z.string(),
      baseline: z.string(),
      candidate: z.string(),
      verdict: z.string(),
      population: z.string(),
      n: count,
      decided_at: count.nullable(),
      confidence: z.number().describe("1 - alpha / K: confidence of each one-sided bound."),
      baseline_score: z.number().nullable(),
      candidate_score: z.number().nullable(),
      difference: z.number().nullable(),
      lower: z.number(),
      upper: z.number(),
      margin: z.number(),
      certifiable_margin: z.number(),
      samples_needed: count.nullable(),
      graders: z
        .array(z.strictObject({ grader: z.string(), pairs: count }))
        .describe("Where a model graded: what graded how many pairs."),
      swap_disagreement: figure
        .nullable()
        .describe("Of the judge on these pairs; null where none was asked."),
      fallback: z.boolean().describe("Rules decided, because the judge is unstable."),
      explanation: z.string(),
      path: z.array(
        z.strictObject({ n: count, difference: z.number(), lower: z.number(), upper: z.number() }),
      ),
    }),
  ),
  latency_tails: z.array(latencyTail).describe("Claims about the slowest calls of each candidate."),
  accepted_costs: z.array(acceptedCost).describe("Claims about what an accepted answer costs."),
  judge: judge.nullable().describe("The model that graded; null where none was asked."),
  to_prove: z
    .array(
      z.strictObject({
        question: z.string(),
        scope: z.string(),
        candidate: z.string(),
        margin: z.number(),
        saving_usd_month: z.number(),
        state: z.string().describe("The verdict so far, or untested."),
        samples_needed: count.nullable().describe("More pairs; null where none are expected to be enough."),
      }),
    )
    .describe("Questions of the plan without a certificate."),
  actions: z.array(
    z.strictObject({
      id: z.string(),
      order: count.describe("Position in an order that keeps every intermediate state feasible, from 1."),
      summary: z.string(),
      layer: z.string(),
      lever: z.string(),
      settings: z.string().describe("Parameters, and the only model that it acts on; empty: none."),
      risk: z.string(),
      effort_hours: z.number().describe("People's hours to put it in place; basis: assumed."),
      one_off_usd: z.number().describe("People's hours and purchases; basis: assumed."),
      touched_share: z.number().describe("Requests answered or billed in another way."),
      approvals: z.array(z.string()).describe("Who must approve it before it ships, by the policy."),
      templates: z
        .array(z.strictObject({ id: z.string(), score: z.number() }))
        .describe("Templates that describe it, with how well the environment matches, 0..1."),
      standalone_usd_month: z.number(),
      share_usd_month: z.number(),
      evidence: z.string(),
      state: z.string().describe("The verdict of its question, or how its structural conditions stand."),
      certified: z.boolean(),
      assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
    }),
  ),
  reconciliation: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      month: z.string(),
      billed_usd: z.number(),
      list_usd: z.number(),
      factor: z.number().nullable(),
    }),
  ),
  experiment: z
    .strictObject({
      mode: z.string(),
      calls: count,
      calls_fixed_design: count,
      paid_calls: count,
      spent_usd: z.number(),
      stopped: z.string().nullable(),
    })
    .nullable(),
  assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
  next_steps: z.array(z.string()),
  patches: z.array(z.strictObject({ file: z.string(), summary: z.string(), actions: z.array(z.string()) })),
  patch_note: z.string().nullable().describe("Why there is no route patch, when there is none."),
  cost_rows: z
    .strictObject({ baseline: z.array(costRow), optimized: z.array(costRow) })
    .describe("Lines of baseline.csv and optimized.csv: before, and after the certified changes only."),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});

export type Report = Artifact<typeof reportSchema>;
export type ReportBody = ArtifactBody<typeof reportSchema>;

export interface ReportInput {
  readonly costRows: CostRows;
  readonly profile: Artifact<typeof profileSchema>;
  /** null: a spend report. */
  readonly plan: Artifact<typeof planSchema> | null;
  /** null: a plan that nothing was tested for; the report says so. */
  readonly evaluation: Artifact<typeof evaluationSchema> | null;
  readonly patches: readonly Pick<Patch, "file" | "summary" | "actions">[];
  readonly simulated: boolean;
}

/** One line of baseline.csv and optimized.csv. */
export type CostRow = Camel<z.infer<typeof costRow>>;

/** The workload before the plan, and after its certified actions only. */
export interface CostRows {
  readonly baseline: readonly CostRow[];
  readonly optimized: readonly CostRow[];
}

export interface ReportFile {
  /** File name inside `reports/`. */
  readonly file: string;
  readonly text: string;
}

/** Renders one format. Adding a format is one file and one line in `registry.ts`. */
export interface ReportFormat {
  /** The word of `report --format`. */
  readonly id: string;
  readonly summary: string;
  /** Files that it yields, for `--help` and the documentation. */
  readonly files: readonly string[];
  render(report: Report): Promise<readonly ReportFile[]>;
}

const costSide = z.strictObject({
  cost_usd_month: z.string().describe("Exact decimal, USD, at list price."),
  requests_month: z.number(),
  input_tokens_month: z.number(),
  output_tokens_month: z.number(),
});

/** stdout of `tokenop diff --format json`. */
export const diffOutput = z.strictObject({
  baseline: costSide,
  optimized: costSide,
  change_usd_month: z.string().describe("Optimized less baseline: a saving is negative."),
  change_share: z.number().nullable().describe("Of the baseline; null where that costs nothing."),
  rows: z
    .array(
      z.strictObject({
        cluster: z.string(),
        provider: z.string(),
        model: z.string(),
        batch: z.boolean(),
        baseline: costSide,
        optimized: costSide,
        change_usd_month: z.string(),
      }),
    )
    .describe("Lines that differ, the greatest change first."),
  gates: z.array(
    z.strictObject({
      gate: z.string(),
      metric: z.string(),
      value: z.number().nullable().describe("null: it cannot be told, and the gate does not hold."),
      limit: z.number(),
      unit: z.string(),
      holds: z.boolean(),
    }),
  ),
});
