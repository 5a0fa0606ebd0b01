/**
 * What a source of configuration (Terraform), or a platform itself (Databricks), says about the machines and
 * endpoints that serve models, as it says it: no GPU is looked up and nothing is priced. `null` is "not stated"; why stands in `unknown`.
 */
export interface Inventory {
  readonly sources: readonly InventorySource[];
  readonly pools: readonly PoolFound[];
  readonly endpoints: readonly EndpointFound[];
  readonly servers: readonly ServerFound[];
  /** Places that could not be read or followed, each with its reason. */
  readonly notes: readonly string[];
}

export interface InventorySource {
  /** Relative to the folder that was searched; for what a platform lists itself, the configured source. */
  readonly file: string;
  /**
   * `state` is what was applied last, `plan` what would be, `configuration` what is written down, `live` what the
   * platform itself says stands now.
   */
  readonly kind: "state" | "plan" | "configuration" | "live";
  /** Managed resources in it, of any kind; copies by count and for_each each count. */
  readonly resources: number;
}

/** Whether it stands: in a state, only in a plan, about to go, or known from configuration alone. */
export const STATUSES = ["in_place", "planned", "leaving", "configured"] as const;
export type Status = (typeof STATUSES)[number];

export interface Found {
  readonly source: string;
  /** `module.gpu[0].aws_instance.vllm["a"]` */
  readonly address: string;
  /** In the source, from 1; null for JSON. */
  readonly line: number | null;
  readonly status: Status;
  /** Only labels that say whose cost it is; see the collector's page. */
  readonly tags: readonly Pair[];
  readonly unknown: readonly { readonly field: string; readonly reason: string }[];
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Copies of something: machines, replicas, units. Each is null where it is not stated. */
export interface Size {
  readonly minimum: number | null;
  readonly desired: number | null;
  readonly maximum: number | null;
}

/** On the user's terms: what is asked for, not what the market gave. `spotShare` is of the machines, 0..1. */
export interface Purchase {
  readonly kind: "on_demand" | "spot" | "mixed" | "capacity_block";
  readonly spotShare: number;
}

/** Machines of one kind: one instance, a scaling group, a node pool. */
export interface PoolFound extends Found {
  readonly cloud: string;
  readonly region: string | null;
  readonly kind: "instance" | "scaling_group" | "node_pool";
  readonly name: string | null;
  /** Machine types it may use, the first one preferred; empty: not known. */
  readonly instances: readonly string[];
  /** Accelerators attached to a machine type that has none of its own. */
  readonly attached: { readonly accelerator: string; readonly count: number } | null;
  /** Something else than the machine type says that it has GPUs. */
  readonly markedGpu: boolean;
  readonly size: Size;
  /** True: something changes its size by load or by the clock. */
  readonly autoscaled: boolean;
  readonly purchase: Purchase | null;
  /** Labels by which workloads choose it. Never shown: they are the user's. */
  readonly labels: readonly Pair[];
}

export const CAPACITY_UNITS = [
  "instances",
  "model_units",
  "provisioned_throughput_units",
  "thousand_tokens_per_minute",
  "tokens_per_second",
  "concurrent_requests",
] as const;

/** An endpoint that a cloud runs. */
export interface EndpointFound extends Found {
  readonly service: "sagemaker" | "bedrock" | "vertex" | "azure-openai" | "databricks";
  readonly cloud: string;
  readonly region: string | null;
  /** As requests name it: endpoint, deployment, ARN. */
  readonly name: string | null;
  /** Every other name or host under which events may know it. */
  readonly names: readonly string[];
  readonly model: string | null;
  /** `per_use`: nothing is paid while nobody calls. */
  readonly billing: "per_use" | "per_hour" | "provisioned";
  readonly unit: (typeof CAPACITY_UNITS)[number] | null;
  readonly size: Size;
  /** Machine or workload type behind it; null where the cloud does not say. */
  readonly instance: string | null;
  readonly attached: PoolFound["attached"];
  /** `OneMonth`, `SixMonths`; null: none, or not stated. */
  readonly commitment: string | null;
  readonly autoscaled: boolean;
  readonly scaleToZero: boolean | null;
  /** Share of the endpoint's traffic, 0..1; null: not stated. */
  readonly trafficShare: number | null;
}

export const SERVING_ENGINES = [
  "vllm",
  "sglang",
  "tensorrt-llm",
  "text-generation-inference",
  "triton",
  "nim",
  "lmdeploy",
  "ollama",
  "onnxruntime",
] as const;
export type ServingEngine = (typeof SERVING_ENGINES)[number];

/** A container, or a process on a machine, that serves a model. */
export interface ServerFound extends Found {
  readonly engine: ServingEngine;
  readonly image: string | null;
  readonly name: string | null;
  readonly model: string | null;
  /** Names under which the server answers for its model; empty: the model's own. */
  readonly servedNames: readonly string[];
  readonly replicas: Size;
  readonly autoscaled: boolean;
  readonly gpusPerReplica: number | null;
  readonly tensorParallel: number | null;
  readonly pipelineParallel: number | null;
  /** As written: `fp8`, `awq`, `bfloat16`. */
  readonly quantization: string | null;
  readonly kvPrecision: string | null;
  readonly prefixCaching: boolean | null;
  readonly maximumBatch: number | null;
  readonly maximumContext: number | null;
  readonly memoryShare: number | null;
  /** Flags of a fixed list with their values, in the order written. */
  readonly arguments: readonly { readonly name: string; readonly value: string }[];
  /** Hosts and names under which events may know it. */
  readonly names: readonly string[];
  /** Where it runs: the address of a machine or endpoint, or labels that a node must have. */
  readonly placement: {
    readonly address: string | null;
    readonly accelerator: string | null;
    readonly instances: readonly string[];
    readonly nodeLabels: readonly Pair[];
  };
}

export const NO_SIZE: Size = { minimum: null, desired: null, maximum: null };
export const NO_PLACEMENT: ServerFound["placement"] = {
  address: null,
  accelerator: null,
  instances: [],
  nodeLabels: [],
};
