import { z } from "zod";
import { type PicoUsd, parseUsd } from "../shared/money.js";
import { PRECISIONS } from "./formats.js";

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*$/, { error: "expected a kebab-case id, for example h100-sxm" });
const positive = z.number().positive();
const count = z.int().positive();
const date = z.iso.date({ error: "expected a date, for example 2026-01-31" });
const sourced = {
  source: z.string().min(1),
  date,
  verified: z.boolean().describe("false: second-hand, and said so in every report."),
};

/** A price in USD with at most 12 decimals. */
export const usd = z
  .union([z.number(), z.string()])
  .refine((value) => pricedAt(value) !== null, { error: "expected USD, above 0, for example 2.95" });

/** Pico-USD; null for what is no price above 0. */
export function pricedAt(value: string | number): PicoUsd | null {
  try {
    const amount = parseUsd(`${value}`);
    return amount > 0n ? amount : null;
  } catch {
    return null;
  }
}

export const gpuRow = z.strictObject({
  id,
  name: z.string().min(1),
  aliases: z.array(z.string()).default([]),
  generation: z.string().min(1),
  memory_gib: positive,
  bandwidth_tb_s: positive,
  bf16_tflops: positive,
  fp8_tflops: positive.nullable().describe("null: no units for it."),
  link_gb_s: positive.describe("One way, per GPU."),
  ...sourced,
});

export const modelRow = z.strictObject({
  id,
  aliases: z.array(z.string()).default([]),
  layers: count,
  hidden: count,
  heads: count,
  kv_heads: count,
  head_dimension: count,
  vocabulary: count,
  parameters_billion: positive,
  active_parameters_billion: positive.optional(),
  experts: z
    .strictObject({ count, active: count, width: count, layers: count })
    .optional()
    .describe("Routed experts a layer; width is the inner size of one."),
  latent_attention: z.strictObject({ rank: count, rope_dimension: count }).optional(),
  sliding_window: z.strictObject({ tokens: count, layer_share: z.number().gt(0).max(1) }).optional(),
  maximum_context: count,
  published_precision: z
    .enum(PRECISIONS)
    .optional()
    .describe("The only format of its weights; absent: any, from 16 bits."),
  capability_class: z.string().min(1).optional().describe("A judgement, never a measurement."),
  ...sourced,
});

export const offerRow = z.strictObject({
  cloud: z.string().min(1),
  region: z.string().min(1),
  instance: z.string().min(1),
  gpu: z.string().min(1),
  gpus: count,
  on_demand_usd: usd.optional().describe("The whole instance, an hour."),
  spot_usd: usd.optional(),
  reserved: z.array(z.strictObject({ term_months: count, usd })).default([]),
  interrupted_per_month: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).optional(),
  source: z.string().min(1).optional(),
  date: date.optional(),
  verified: z.boolean().optional(),
});

export const gpusFile = z.strictObject({ gpus: z.array(gpuRow) });
export const modelsFile = z.strictObject({ models: z.array(modelRow) });
export const pricesFile = z.strictObject({
  ...sourced,
  reserved_discounts: z
    .array(
      z.strictObject({
        cloud: z.string(),
        gpu: z.string(),
        term_months: count,
        discount: z.number().gt(0).lt(1),
        ...sourced,
      }),
    )
    .default([]),
  offers: z.array(offerRow),
});

/** instances.yaml: accelerators of machine types, by cloud and name. */
export const instancesFile = z.strictObject({
  ...sourced,
  accelerators: z.array(z.strictObject({ name: z.string(), aliases: z.array(z.string()) })).default([]),
  instances: z.array(
    z.strictObject({
      cloud: z.string(),
      accelerator: z.string(),
      count: positive.describe("Of one machine; below 1: a share of one."),
      names: z.array(z.string()).min(1),
    }),
  ),
});

/** The user's own tables: rows with the id (or cloud, region and instance) of a shipped row replace it. */
export const hardwareSchema = z
  .strictObject({
    gpus: z.array(gpuRow).default([]),
    models: z.array(modelRow).default([]),
    offers: z.array(offerRow).default([]),
  })
  .describe("GPU types, models and GPU prices of your own, beside or instead of the shipped ones.");
