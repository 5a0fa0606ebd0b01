import { z } from "zod";
import { CATEGORIES, CLAIM_BASES, TEMPLATE_LAYERS, templateSchema } from "./schema.js";

const share = z.number();
const origin = z.enum(["shipped", "own"]).describe("own: from --templates-dir.");

/** stdout of `tokenop templates list --json` and `search --json`. */
export const templatesOutput = z.strictObject({
  templates: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      layers: z.array(z.enum(TEMPLATE_LAYERS)),
      category: z.enum(CATEGORIES),
      levers: z.array(z.string()).describe("Empty: enables others, claims no saving of its own."),
      expected_cost_reduction: z.strictObject({
        low: share,
        high: share,
        of: z.string(),
        basis: z.enum(CLAIM_BASES),
      }),
      effort_estimate: z.string(),
      risk_level: z.string(),
      version: z.string(),
      origin,
    }),
  ),
});

/** stdout of `tokenop templates info ID --json`. */
export const templateInfoOutput = z.strictObject({
  origin,
  file: z.string(),
  frontmatter: templateSchema,
  body: z.string().describe("Markdown."),
});

/** stdout of `tokenop templates lint --json`. */
export const templatesLintOutput = z.strictObject({
  checked: z.int().nonnegative(),
  problems: z.array(
    z.strictObject({
      code: z.string(),
      file: z.string(),
      line: z.int().positive(),
      column: z.int().positive(),
      field: z.string(),
      message: z.string(),
      found: z.string(),
      expected: z.string(),
      fix: z.string(),
    }),
  ),
});

const figure = (unit: string) =>
  z.strictObject({ value: z.number().nullable(), unit: z.literal(unit), basis: z.literal("assumed") });

/** stdout of `tokenop calculate-roi --json`. */
export const roiOutput = z.strictObject({
  template: z.string(),
  version: z.string(),
  origin,
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      value: z.number(),
      unit: z.string(),
      from: z.enum(["default", "set"]),
      basis: z.enum(CLAIM_BASES),
      source: z.string().nullable(),
    }),
  ),
  baseline: figure("USD a month"),
  projected: figure("USD a month"),
  saving: figure("USD a month"),
  saving_share: figure("share of the baseline"),
  one_off_cost: figure("USD, once"),
  payback: figure("months").describe("null where nothing is saved."),
  net_first_year: figure("USD over 12 months"),
  roi_first_year: figure("share of the one-off cost").describe("null where nothing is paid once."),
  claims_saving: z.boolean().describe("false: lever none; the template enables others."),
  note: z.string(),
});
