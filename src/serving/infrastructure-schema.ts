import { z } from "zod";
import { CAPACITY_UNITS, SERVING_ENGINES, STATUSES } from "./inventory.js";

const size = z
  .strictObject({
    minimum: z.number().nullable(),
    desired: z.number().nullable(),
    maximum: z.number().nullable(),
  })
  .describe("null: not stated.");

const found = {
  source: z.string().describe("File it was found in, or the source of tokenop.yaml that lists it."),
  address: z.string(),
  line: z.int().positive().nullable(),
  status: z
    .enum(STATUSES)
    .describe(
      "in_place: in a state, or listed by its platform; planned, leaving: in a plan; configured: in .tf alone, applied or not.",
    ),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  unknown: z.array(z.strictObject({ field: z.string(), reason: z.string() })),
};

const accelerator = z
  .strictObject({
    name: z.string(),
    gpu: z.string().nullable().describe("Id in the hardware tables; null: serving on it is not modelled."),
    count: z.number().positive().describe("Of one machine; below 1: a share of one."),
  })
  .nullable();

const price = z
  .strictObject({
    usd_per_instance_hour: z.string().nullable().describe("Exact decimal; null: not known, never 0."),
    usd_per_hour: z
      .strictObject({
        minimum: z.string().nullable(),
        desired: z.string().nullable(),
        maximum: z.string().nullable(),
      })
      .describe("All machines together, at each size that is stated; spot by its share at the desired size."),
    basis: z.literal("assumed").nullable().describe("A listed price stands in for what you pay."),
    source: z.string().nullable(),
    date: z.string().nullable(),
    reason: z.string().nullable().describe("Why there is no price."),
  })
  .describe("Machines with their host, without disks, traffic and taxes.");

const events = z
  .array(
    z.strictObject({
      provider: z.string().nullable(),
      model: z.string().nullable(),
      endpoint: z.string().nullable(),
      events: z.int().positive(),
      by: z.enum(["endpoint", "model"]).describe("What told that these requests went there."),
    }),
  )
  .describe("Requests in this discovery that went there.");

/** The `infrastructure` part of discovered.yaml: what serves models, what it costs an hour, which requests it gets. */
export const infrastructureSchema = z
  .strictObject({
    sources: z.array(
      z.strictObject({
        file: z.string(),
        kind: z
          .enum(["state", "plan", "configuration", "live"])
          .describe("live: what the platform itself lists."),
        resources: z.int().nonnegative().describe("All managed resources in it."),
      }),
    ),
    pools: z.array(
      z.strictObject({
        ...found,
        cloud: z.string(),
        region: z.string().nullable(),
        kind: z.enum(["instance", "scaling_group", "node_pool"]),
        name: z.string().nullable(),
        instances: z.array(z.string()).describe("Machine types it may use, the first one priced."),
        accelerator,
        size,
        autoscaled: z.boolean(),
        purchase: z
          .strictObject({
            kind: z.enum(["on_demand", "spot", "mixed", "capacity_block"]),
            spot_share: z.number().min(0).max(1),
          })
          .nullable(),
        price,
      }),
    ),
    endpoints: z.array(
      z.strictObject({
        ...found,
        service: z.enum(["sagemaker", "bedrock", "vertex", "azure-openai", "databricks"]),
        cloud: z.string(),
        region: z.string().nullable(),
        name: z.string().nullable(),
        model: z.string().nullable(),
        billing: z.enum(["per_use", "per_hour", "provisioned"]),
        unit: z.enum(CAPACITY_UNITS).nullable(),
        size,
        instance: z.string().nullable(),
        accelerator,
        commitment: z.string().nullable(),
        autoscaled: z.boolean(),
        scale_to_zero: z.boolean().nullable(),
        traffic_share: z.number().min(0).max(1).nullable(),
        price,
        events,
      }),
    ),
    servers: z.array(
      z.strictObject({
        ...found,
        engine: z.enum(SERVING_ENGINES),
        image: z.string().nullable(),
        name: z.string().nullable(),
        model: z.string().nullable(),
        served_names: z.array(z.string()),
        replicas: size,
        autoscaled: z.boolean(),
        gpus_per_replica: z.number().nullable(),
        tensor_parallel: z.number().nullable(),
        pipeline_parallel: z.number().nullable(),
        quantization: z.string().nullable(),
        kv_precision: z.string().nullable(),
        prefix_caching: z.boolean().nullable(),
        maximum_batch: z.number().nullable(),
        maximum_context: z.number().nullable(),
        memory_share: z.number().nullable(),
        arguments: z.array(z.strictObject({ name: z.string(), value: z.string() })),
        runs_on: z.string().nullable().describe("Address of the pool or endpoint it runs on."),
        runs_on_because: z.string().nullable().describe("What told so, or why it is not known."),
        events,
      }),
    ),
    undecided: z
      .array(
        z.strictObject({
          source: z.string(),
          address: z.string(),
          line: z.int().positive().nullable(),
          reason: z.string(),
        }),
      )
      .describe("Machines that may have GPUs: their type is not stated."),
    notes: z.array(z.string()),
  })
  .describe("GPUs, managed endpoints and serving containers as configuration declares them.");
