import { z } from "zod";
import { API_VERSION } from "../shared/artifact.js";
import { ENGINES, KV_PRECISIONS, PRECISIONS } from "./formats.js";
import { usd } from "./hardware-schema.js";

/** Minutes until a new replica serves, where the file does not say (assumed; 2 to 15 are common). */
export const DEFAULT_LAG_MINUTES = 5;
const DEFAULT_UTILISATION = 0.7;
const DEFAULT_BATCH = 256;

const share = z.number().min(0).max(1);
const count = z.int().positive();

export const fleetRow = z
  .strictObject({
    id: z.string().min(1),
    provider: z.string().min(1).describe("As events name it."),
    model: z.string().min(1).describe("As events name it."),
    serving_model: z.string().optional().describe("Open-weight model whose shape it has; default: model."),
    engine: z.enum(ENGINES),
    gpu: z.string().min(1),
    gpus_per_replica: count.default(1).describe("Tensor-parallel degree."),
    precision: z.enum(PRECISIONS).default("bf16"),
    kv_precision: z.enum(KV_PRECISIONS).default("bf16"),
    prefix_caching: z.boolean().default(true),
    maximum_batch: count.default(DEFAULT_BATCH).describe("Most requests decoded together (max_num_seqs)."),
    replicas: count.optional().describe("Always so many; or autoscaling."),
    autoscaling: z
      .strictObject({
        floor: z.int().nonnegative().default(1),
        lag_minutes: z.number().min(0).default(DEFAULT_LAG_MINUTES),
      })
      .optional(),
    spare: z.int().nonnegative().default(0).describe("Replicas beyond the need; not with replicas."),
    utilisation_target: z.number().gt(0).max(1).default(DEFAULT_UTILISATION),
    cloud: z.string().min(1),
    region: z.string().min(1),
    instance: z.string().min(1),
    usd_per_gpu_hour: z
      .strictObject({
        on_demand: usd,
        spot: usd.optional(),
        reserved: z.array(z.strictObject({ term_months: count, usd })).default([]),
      })
      .optional()
      .describe("What you pay; wins over the shipped prices of cloud, region and instance."),
    spot_share: share.default(0),
    committed: z
      .strictObject({ gpus: count, term_months: count, usd_per_gpu_hour: usd.optional() })
      .optional()
      .describe("GPUs paid for every hour; the price defaults to the reserved one of that term."),
    targets: z
      .strictObject({ ttft_ms: z.number().positive().optional(), tpot_ms: z.number().positive().optional() })
      .default({}),
    terraform: z
      .strictObject({
        address: z
          .string()
          .min(1)
          .describe(
            "Resource that its instances come from: `aws_autoscaling_group.gpu`, `module.m.type.name`.",
          ),
        dir: z.string().default(".").describe("Folder of the root module, from the folder of this file."),
      })
      .optional()
      .describe("Where Terraform declares it, so that patches can change it there."),
    benchmarks: z
      .array(z.string())
      .default([])
      .describe("GuideLLM or `vllm bench serve` JSON measured on this fleet, beside this file."),
  })
  .refine((fleet) => (fleet.replicas === undefined) !== (fleet.autoscaling === undefined), {
    error: 'expected either "replicas" or "autoscaling"',
  });

/** fleet.yaml: GPU fleets in place. */
export const fleetFileSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("Fleet"),
    fleets: z.array(fleetRow).min(1),
  })
  .describe("GPU fleets in place: what they serve, how they are sized and what they cost.");
