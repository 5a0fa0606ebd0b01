import { z } from "zod";
import { artifactSchema } from "../shared/artifact.js";
import { BASES } from "../profile/contract.js";

/** A figure as shown: value, unit and how it came to be. */
export const figure = z.strictObject({
  value: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(BASES),
});

const count = z.int().nonnegative();

/** report.json: every number that report.html shows, and nothing else feeds it. */
export const reportSchema = artifactSchema("Report", {
  title: z.string(),
  simulated: z.boolean().describe("True when any model, price or workload is simulated; shown in every heading."),
  verdict: z.strictObject({
    headline: z.string(),
    detail: z.string(),
    status: z.enum(["certified", "partly_certified", "uncertified", "nothing_to_do"]),
    planned_saving: figure,
    planned_share: figure,
    certified_saving: figure,
    certified_share: figure,
  }),
  spend: z.strictObject({
    month: figure,
    observed: figure,
    events: count,
    input_tokens: count,
    output_tokens: count,
    drivers: z.array(
      z.strictObject({
        dimension: z.enum(["intent", "model", "tenant", "hour"]),
        rows: z.array(z.strictObject({ key: z.string(), cost_usd: z.number(), share: z.number(), events: count })),
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
    }),
  ),
  synergy: z.strictObject({ amount: figure, explained: z.string() }),
  frontier: z.array(
    z.strictObject({ quality_budget_used: z.number(), cost_usd_month: z.number(), actions: count }),
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
      difference: z.number().nullable(),
      lower: z.number(),
      upper: z.number(),
      margin: z.number(),
      certifiable_margin: z.number(),
      samples_needed: count.nullable(),
      explanation: z.string(),
      path: z.array(z.strictObject({ n: count, difference: z.number(), lower: z.number(), upper: z.number() })),
    }),
  ),
  actions: z.array(
    z.strictObject({
      id: z.string(),
      summary: z.string(),
      layer: z.string(),
      standalone_usd_month: z.number(),
      share_usd_month: z.number(),
      evidence: z.string(),
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
    .strictObject({ mode: z.string(), calls: count, calls_fixed_design: count, spent_usd: z.number() })
    .nullable(),
  assumptions: z.array(z.strictObject({ text: z.string(), basis: z.enum(BASES) })),
  next_steps: z.array(z.string()),
  patches: z.array(z.strictObject({ file: z.string(), summary: z.string() })),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});
