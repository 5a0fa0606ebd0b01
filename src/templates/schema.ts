import { z } from "zod";
import { FACTS } from "./facts.js";

/** Same words as `src/levers/contract.ts`; a lever's layer is where its effect takes place. */
export const TEMPLATE_LAYERS = ["application", "serving", "infrastructure"] as const;
export type TemplateLayer = (typeof TEMPLATE_LAYERS)[number];

/** Folders of the catalogue: one a layer, and `cross-layer` for templates of two or more. */
export const LAYER_FOLDERS = [
  "cross-layer",
  "application-layer",
  "serving-layer",
  "infrastructure-layer",
] as const;

export const CATEGORIES = [
  "caching",
  "routing",
  "tokens",
  "batching",
  "models",
  "engine",
  "quantization",
  "memory",
  "latency",
  "capacity",
  "training",
  "reliability",
  "governance",
  "monitoring",
  "quality",
  "platform",
  "combination",
] as const;

/**
 * What a figure rests on. `published`: an independent measurement or paper; `vendor`: its seller says so;
 * `list_price`: follows from published prices; `measured` and `replayed`: by us, the source names the command;
 * `estimated`: computed by a model; `assumed`: our judgement, to be replaced by the user's own figure.
 */
export const CLAIM_BASES = [
  "measured",
  "replayed",
  "published",
  "vendor",
  "list_price",
  "estimated",
  "assumed",
] as const;

export const ROLLBACK_ACTIONS = [
  "automatic_rollback",
  "alert_and_manual_review",
  "alert_and_investigation",
] as const;

/** Where an engineering hour has no price of its own. USD. */
export const DEFAULT_HOURLY_RATE = 200;

/** Second-level headings that every body has, in this order. */
export const BODY_SECTIONS = [
  "When it works",
  "When it does not",
  "The numbers",
  "How to apply",
  "Monitor",
  "How to undo",
] as const;

const text = z.string().min(1);
const sentence = z.string().min(12, "expected a sentence of at least 12 characters");
const templateId = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, "expected lower-case words joined by hyphens");
const variable = z.string().regex(/^[a-z][a-z0-9_]*$/, "expected lower-case words joined by underscores");
const idList = z.array(templateId).default([]);
const leverId = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected a lever id or none");
const basis = z.enum(CLAIM_BASES);
const source = z
  .string()
  .min(8)
  .describe("Where the figure can be checked: a URL, a paper with its number, a price row, a command.");
const expression = z
  .union([z.string().min(1), z.number()])
  .describe(
    "Arithmetic over the inputs, such as ceil(monthly_requests / 1000) * price; see docs/guide/templates.md.",
  );
const comparison = z
  .string()
  .regex(/^\s*(<=|>=|<|>|==|!=)/, 'expected a comparison, for example ">= 60%" or "< 800"');
const command = text.describe("Run by a POSIX shell in the workspace folder.");

const numberCondition = z
  .union([z.number(), text])
  .describe('A comparison such as "<60%" or ">= 5 and < 50".');
const listCondition = z
  .union([text, z.array(text).min(1)])
  .describe('Any of these, case aside; "*" stands for anything, a leading "!" means none of.');

const factShape = Object.fromEntries(
  FACTS.map(({ name, kind, meaning, unit }) => {
    const condition = { number: numberCondition, list: listCondition, flag: z.boolean() }[kind];
    return [name, condition.optional().describe(`${meaning} (${unit})`)];
  }),
);

const optimizationSchema = z.strictObject({
  technique: sentence.describe("What is changed, in one sentence."),
  lever: z
    .union([leverId, z.array(leverId).min(1)])
    .describe("Modelled effects that compute the saving; none: enables others, claims no saving of its own."),
  parameters: z
    .array(
      z.strictObject({
        name: variable,
        values: z.array(z.union([z.number(), z.string(), z.boolean()])).min(1),
        unit: text,
        description: text,
      }),
    )
    .default([])
    .describe("The grid of parameter points worth costing; empty: those that the lever proposes."),
  expected_cost_reduction: z
    .strictObject({
      low: z.number().min(0).max(1),
      high: z.number().min(0).max(1),
      of: sentence.describe("What the share is taken of: what baseline_calculation computes."),
      basis,
      source,
    })
    .describe("Share of the baseline that is saved, 0.1 = 10 %. Both 0 where the lever is none."),
  effort_estimate: z.enum(["low", "medium", "high"]).describe("low: days; medium: weeks; high: months."),
  risk_level: z.enum(["low", "medium", "high"]),
  conflicts_with: idList,
  requires: idList,
  synergizes_with: idList,
});

const economicsSchema = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        name: variable.describe("monthly_requests, where there is one, is what --monthly-requests sets."),
        unit: text,
        default: z.number(),
        description: text,
        minimum: z.number().default(0),
        maximum: z.number().optional(),
        basis: basis.default("assumed"),
        source: source.optional().describe("Required unless the basis is assumed."),
      }),
    )
    .min(1)
    .describe("What the arithmetic needs; the defaults describe one plausible user, named in the body."),
  baseline_calculation: expression.describe("Monthly cost before the change, USD, over the inputs."),
  projected_improvement: expression.describe(
    "Saving per month, USD, net of recurring costs of the change, over the inputs and baseline.",
  ),
  implementation_cost: z.strictObject({
    engineering_hours: expression,
    hourly_rate: z.number().positive().default(DEFAULT_HOURLY_RATE).describe("USD an hour."),
    other_one_off_usd: expression.default(0).describe("Training, calibration, migration: USD, once."),
  }),
});

const stepSchema = z.strictObject({
  step_id: z.string().regex(/^[a-z0-9]+([-_][a-z0-9]+)*$/, "expected lower-case words joined by - or _"),
  description: sentence,
  commands: z.array(command).min(1),
  validation: z.strictObject({
    command,
    outputs: z
      .array(variable)
      .default([])
      .describe("Numbers or true/false that the command prints as one JSON object on stdout."),
    success_criteria: text.describe(
      'Over the outputs and exit_code, for example "accuracy > 0.95 AND p95_ms < 200" or "exit_code == 0".',
    ),
  }),
  rollback_command: command.nullable().describe("null only where the step changes nothing."),
});

const implementationSchema = z.strictObject({
  variables: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Z][A-Z0-9_]*$/, "expected UPPER_CASE, as in the commands"),
        description: text,
        example: text,
      }),
    )
    .default([])
    .describe("Environment variables that the commands read; whoever applies the template sets them."),
  prerequisites: z.array(
    z.strictObject({
      description: sentence,
      validation_command: command
        .nullable()
        .default(null)
        .describe("Exit code 0: holds. null: a person checks it."),
    }),
  ),
  automated_steps: z.array(stepSchema).min(1),
});

const monitoringSchema = z.strictObject({
  key_metrics: z
    .array(
      z.strictObject({
        name: variable,
        unit: text,
        target: comparison.describe("What good looks like."),
        alert_threshold: comparison.describe("When somebody should look."),
        description: text.optional(),
      }),
    )
    .min(1),
  rollback_triggers: z
    .array(
      z.strictObject({
        condition: text.describe(
          'Over the key metrics: "quality_score < 0.93 for 3 consecutive measurements", ' +
            '"cost_per_token > baseline * 1.1 for 30 minutes".',
        ),
        action: z.enum(ROLLBACK_ACTIONS),
      }),
    )
    .min(1),
});

const evidenceSchema = z.strictObject({
  claim: sentence,
  source,
  basis,
  date: z.iso.date().optional().describe("When the source says so, or when it was read."),
});

/** The frontmatter of a template file. */
export const templateSchema = z
  .strictObject({
    id: templateId,
    name: text,
    description: sentence,
    layer: z
      .union([z.enum(TEMPLATE_LAYERS), z.array(z.enum(TEMPLATE_LAYERS)).min(1)])
      .describe("One layer, or a list; two or more make it a cross-layer template."),
    category: z.enum(CATEGORIES),
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'expected a version such as "1.0.0"'),
    last_updated: z.iso.date({ error: "expected a date, for example 2026-11-23" }),
    contributors: z.array(text).min(1),
    environment_match: z
      .strictObject(factShape)
      .describe("Where the template applies: every condition should hold. At least one."),
    optimization: optimizationSchema,
    economics: economicsSchema,
    implementation: implementationSchema,
    monitoring: monitoringSchema,
    evidence: z.array(evidenceSchema).min(1),
  })
  .describe("Frontmatter of a template: templates/<layer>-layer/<id>.md");
