import { z } from "zod";
import type { Patch } from "../patches/contract.js";
import type { planSchema } from "../plan/contract.js";
import { BASES, type profileSchema } from "../profile/contract.js";
import type { evaluationSchema } from "../run/contract.js";
import { type Artifact, type ArtifactBody, artifactSchema } from "../shared/artifact.js";
import type { PicoUsd } from "../shared/money.js";

/** A figure as shown: value, unit and how it came to be. */
export const figure = z.strictObject({
  value: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(BASES),
});

const count = z.int().nonnegative();

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
  }),
  spend: z.strictObject({
    month: figure,
    observed: figure,
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
  waterfall: z.array(
    z.strictObject({
      label: z.string(),
      kind: z.enum(["start", "saving", "end"]),
      layer: z.string().nullable(),
      amount_usd_month: z.number(),
      evidence: z.string().nullable(),
      certified: z.boolean().nullable().describe("null for the two totals."),
    }),
  ),
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
      explanation: z.string(),
      path: z.array(
        z.strictObject({ n: count, difference: z.number(), lower: z.number(), upper: z.number() }),
      ),
    }),
  ),
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
      summary: z.string(),
      layer: z.string(),
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
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});

export type Report = Artifact<typeof reportSchema>;
export type ReportBody = ArtifactBody<typeof reportSchema>;

export interface ReportInput {
  readonly profile: Artifact<typeof profileSchema>;
  /** null: a spend report. */
  readonly plan: Artifact<typeof planSchema> | null;
  /** null: a plan that nothing was tested for; the report says so. */
  readonly evaluation: Artifact<typeof evaluationSchema> | null;
  readonly patches: readonly Pick<Patch, "file" | "summary" | "actions">[];
  readonly simulated: boolean;
}

/**
 * One line of baseline.csv and optimized.csv: what a cluster costs a month on one model and interface. Counts are
 * scaled to a month as the plan scales them, so they may be fractions.
 */
export interface CostRow {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly batch: boolean;
  readonly requestsMonth: number;
  readonly inputTokensMonth: number;
  readonly outputTokensMonth: number;
  readonly costMonth: PicoUsd;
}

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
  render(report: Report, rows: CostRows): Promise<readonly ReportFile[]>;
}
