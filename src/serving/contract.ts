import type { PicoUsd } from "../shared/money.js";
import type { Engine, KvPrecision, Precision } from "./formats.js";

export { fleetFileSchema } from "./fleet-schema.js";
export {
  ENGINES,
  type Engine,
  KV_PRECISIONS,
  type KvPrecision,
  PRECISIONS,
  type Precision,
} from "./formats.js";
export { hardwareSchema } from "./hardware-schema.js";
export { infrastructureSchema } from "./infrastructure-schema.js";
export * from "./inventory.js";

/** Where a figure of the hardware tables comes from; unverified ones are second-hand and say so in every report. */
export interface Sourced {
  readonly source: string;
  /** ISO date on which the figure was read. */
  readonly date: string;
  readonly verified: boolean;
}

/** One GPU type: dense peaks, without sparsity. */
export interface GpuSpec extends Sourced {
  /** Kebab-case: `h100-sxm`. */
  readonly id: string;
  readonly name: string;
  /** Other spellings, compared without case and punctuation. */
  readonly aliases: readonly string[];
  /** `hopper`, `ampere`: what fitted efficiencies are shared by. */
  readonly generation: string;
  readonly memoryBytes: number;
  readonly bandwidthBytesPerSecond: number;
  readonly bf16FlopsPerSecond: number;
  /** null: no units for it, weights in fp8 compute in bf16. */
  readonly fp8FlopsPerSecond: number | null;
  /** One way, per GPU. */
  readonly linkBytesPerSecond: number;
}

/** Shape of an open-weight model. */
export interface ModelSpec extends Sourced {
  /** Kebab-case: `llama-3.1-70b`. */
  readonly id: string;
  /** Names under which providers sell it, compared without case, punctuation and vendor prefix. */
  readonly aliases: readonly string[];
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDimension: number;
  readonly vocabulary: number;
  readonly parameters: number;
  /** Equal to `parameters` for dense models. */
  readonly activeParameters: number;
  readonly experts: {
    readonly count: number;
    readonly active: number;
    /** Of one expert, all layers together. */
    readonly expertParameters: number;
  } | null;
  /** Multi-head latent attention: bytes a token and layer do not depend on heads, and are replicated, not split. */
  readonly latentAttention: { readonly rank: number; readonly ropeDimension: number } | null;
  readonly slidingWindow: { readonly tokens: number; readonly layerShare: number } | null;
  readonly maximumContext: number;
  /** The only format that its weights are published in; null: any, from 16 bits. */
  readonly publishedPrecision: Precision | null;
  /** As in the price book: "frontier", "mid", "small"; a judgement (assumed), never a measurement. */
  readonly capabilityClass: string | null;
}

/** What a cloud asks for one GPU-hour of an instance type. */
export interface GpuOffer extends Sourced {
  readonly cloud: string;
  readonly region: string;
  readonly instance: string;
  readonly gpu: string;
  readonly gpusPerInstance: number;
  /** Pico-USD a GPU-hour, host included; null: not offered that way. */
  readonly onDemand: PicoUsd | null;
  readonly spot: PicoUsd | null;
  /** Paid for every hour of the term, used or not. */
  readonly reserved: readonly { readonly termMonths: number; readonly rate: PicoUsd }[];
  /** Share of spot instances interrupted within a month, from the cloud's own advisor; null: unknown. */
  readonly interruptedPerMonth: { readonly low: number; readonly high: number } | null;
}

/** Accelerators of one machine type; `gpu` is the id of a `GpuSpec`, null where serving on it is not modelled. */
export interface InstanceAccelerators {
  readonly name: string;
  readonly gpu: string | null;
  /** Below 1: a share of one. */
  readonly count: number;
}

/** Hardware tables with lookups; ids are those of the rows. */
export interface HardwareBook {
  /** Name and content hash, as of a price book. */
  readonly id: string;
  readonly gpus: readonly GpuSpec[];
  readonly models: readonly ModelSpec[];
  /** What plans may propose; of several hosts with the same GPUs the cheapest. */
  readonly offers: readonly GpuOffer[];
  /** The user's own measurements; they win over every estimate. */
  readonly benchmarks: readonly Benchmark[];
  gpu(name: string): GpuSpec | null;
  /** By id or by any name under which events or price lists know it. */
  model(name: string): ModelSpec | null;
  /** What a machine costs, also one that no plan would propose. */
  offer(cloud: string, region: string, instance: string): GpuOffer | null;
  /** Accelerators of a machine type as a cloud names it; null where it has none, or is not known. */
  instance(cloud: string, name: string): InstanceAccelerators | null;
  /** An accelerator by any of its names, `nvidia-tesla-t4` or `NVIDIA_L4`. */
  accelerator(name: string): Omit<InstanceAccelerators, "count">;
  /** What one replica carries; the same question is computed once and remembered, plans ask it very often. */
  capacity(config: ServingConfig, shape: RequestShape, targets: LatencyTargets): Capacity;
}

/** How one replica serves one model. */
export interface ServingConfig {
  /** Id of a `ModelSpec`. */
  readonly model: string;
  readonly engine: Engine;
  /** Id of a `GpuSpec`. */
  readonly gpu: string;
  /** Tensor-parallel degree. */
  readonly gpusPerReplica: number;
  readonly precision: Precision;
  readonly kvPrecision: KvPrecision;
  readonly prefixCaching: boolean;
  /** Most requests decoded together. */
  readonly maximumBatch: number;
}

/** Mean tokens of a request; prefix hits are the share of input tokens that a prefix cache would hold, 0..1. */
export interface RequestShape {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly prefixHitShare: number;
}

/** null: no limit. */
export interface LatencyTargets {
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
}

/** One point that a user measured, for example with GuideLLM or `vllm bench serve`. */
export interface Benchmark {
  readonly config: ServingConfig;
  readonly shape: RequestShape;
  readonly concurrency: number;
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly requestsPerSecond: number;
  readonly source: string;
}

/** A figure with its interval (90 %) and basis; `references` names the measured points behind it. */
export interface Estimate {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly basis: "estimated" | "measured";
  readonly references: readonly string[];
}

/** What one replica carries within the latency targets. */
export type Capacity =
  | {
      readonly fits: true;
      /** Requests decoded together at the latency limit. */
      readonly batch: number;
      readonly requestsPerSecond: Estimate;
      readonly ttftMs: Estimate;
      readonly tpotMs: Estimate;
    }
  | { readonly fits: false; readonly reason: string };

export type Scaling =
  /** So many replicas, whatever the load. */
  | { readonly kind: "fixed"; readonly replicas: number }
  /** As many as the busiest minute needs, always on. */
  | { readonly kind: "peak" }
  /** As many as the hour needs, no fewer than `floor`, started `lagMinutes` ahead of need. */
  | { readonly kind: "autoscaled"; readonly floor: number; readonly lagMinutes: number };

/** Pico-USD a GPU-hour. */
export interface GpuRates {
  readonly onDemand: PicoUsd;
  readonly spot: PicoUsd | null;
  readonly reserved: readonly { readonly termMonths: number; readonly rate: PicoUsd }[];
  readonly source: string;
  readonly basis: "measured" | "assumed";
}

/** Replicas of one model, in place or considered. */
export interface Fleet {
  readonly id: string;
  /** As events name what the fleet serves. */
  readonly provider: string;
  readonly model: string;
  readonly serving: ServingConfig;
  readonly cloud: string;
  readonly region: string;
  readonly instance: string;
  readonly rates: GpuRates;
  readonly scaling: Scaling;
  /** Replicas beyond the need, for failures; counted only while the fleet has any load, and not in `fixed`. */
  readonly spare: number;
  /** Load of the busiest minute over capacity that sizing aims at, 0..1. */
  readonly utilisation: number;
  readonly targets: LatencyTargets;
  /** Share of the uncommitted GPU-hours bought as spot, 0..1. */
  readonly spotShare: number;
  /** What a spot GPU-hour costs beyond its price: restarts, over-provision and fallback; 1 = nothing. */
  readonly spotOverhead: number;
  readonly committed: { readonly gpus: number; readonly termMonths: number; readonly rate: PicoUsd } | null;
  /** True: not in place; costs nothing until a change sends requests to it. */
  readonly potential: boolean;
  /** People who keep it running, pico-USD a month while it has any load; 0 for fleets in place (paid either way). */
  readonly operationsPicoUsdMonth: PicoUsd;
  /** Absent: not known to Terraform. */
  readonly terraform?: TerraformSite;
}

/** Where Terraform declares a fleet's instances. */
export interface TerraformSite {
  /** `aws_autoscaling_group.gpu`, `module.serving.google_container_node_pool.gpu[0]`. */
  readonly address: string;
  /** Folder of the root module, from the folder of fleet.yaml. */
  readonly dir: string;
}

/** Requests that arrive in each hour of the observed span, for one model of one cluster. */
export interface ArrivalCurve {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  /** One entry an hour from the first to the last observed hour, idle hours included. */
  readonly requests: readonly number[];
  /** Most requests of one calendar minute within that hour. */
  readonly peakMinuteRequests: readonly number[];
}
