import type { GpuSpec, KvPrecision, ModelSpec, Precision, RequestShape, ServingConfig } from "./contract.js";
import type { Coefficients } from "./efficiency.js";

/** Bytes a weight, scales of the 4-bit groups included. */
const WEIGHT_BYTES: Readonly<Record<Precision, number>> = { bf16: 2, fp8: 1, int8: 1, int4: 0.53 };
const KV_BYTES: Readonly<Record<KvPrecision, number>> = { bf16: 2, fp8: 1 };
const HALF_BYTES = 2;

/** Share of GPU memory that engines take by default (vLLM's --gpu-memory-utilization). */
const MEMORY_SHARE = 0.9;
/** Activations, graphs and the runtime on each GPU; as aiconfigurator's system files reserve it. */
const RESERVE_BYTES = 3.5 * 2 ** 30;

/** What one replica is made of, in seconds at the hardware's peak and in bytes. No efficiency enters here. */
export interface Replica {
  readonly gpus: number;
  readonly layers: number;
  readonly isMixture: boolean;
  readonly isLatent: boolean;
  /** Bytes of all weights, over all GPUs. */
  readonly weightBytes: number;
  /** Left for keys and values after weights and reserve, over all GPUs; negative: the weights do not fit. */
  readonly cacheBytes: number;
  /** Of one token in all layers, as it counts against `cacheBytes`: what is replicated counts on every GPU. */
  readonly tokenCacheBytes: number;
  /** Reading what every token needs, once. */
  readonly denseReadSeconds: number;
  /** Reading all experts, once; 0 for dense models. */
  readonly expertReadSeconds: number;
  /** Share of experts that one token leaves untouched. */
  readonly idleExpertShare: number;
  /** Matrix work of one token. */
  readonly tokenComputeSeconds: number;
  /** Attention of one token to one earlier token, in all layers that see it. */
  readonly attentionSeconds: number;
  /** Reading the cache of one token. */
  readonly tokenCacheReadSeconds: number;
  /** Two all-reduces a layer of one token's activations. */
  readonly tokenLinkSeconds: number;
  readonly allReduces: number;
  readonly window: ModelSpec["slidingWindow"];
}

/** Formats that differ from what the configuration names, for measured points outside its vocabulary. */
export interface Formats {
  readonly weightBytes: number;
  readonly flopsPerSecond: number;
}

/**
 * Physics of one replica. Weight bytes: body at the weight format, embedding and output head at 16 bits; 4-bit
 * mixtures keep everything but the experts at 16 bits, as the published checkpoints do. Matrix work: 2 x active
 * parameters a token, the input embedding is a look-up. Weight-only formats (int8, int4) and fp8 without fp8 units
 * compute at the 16-bit peak. Cache: 2 x layers x KV heads x head dimension; latent attention keeps rank + rope a
 * layer on every GPU; more GPUs than KV heads replicate them.
 */
export function replicaOf(
  config: Pick<ServingConfig, "gpusPerReplica" | "precision" | "kvPrecision">,
  model: ModelSpec,
  gpu: GpuSpec,
  formats: Formats = formatsOf(config.precision, gpu),
): Replica {
  const gpus = config.gpusPerReplica;
  const embedding = model.vocabulary * model.hidden;
  const expertParameters = model.experts === null ? 0 : model.experts.count * model.experts.expertParameters;
  const body = model.parameters - 2 * embedding - expertParameters;
  const keepsBody = model.experts !== null && formats.weightBytes < 0.54;
  const dense = body * (keepsBody ? HALF_BYTES : formats.weightBytes) + embedding * HALF_BYTES;
  const experts = expertParameters * formats.weightBytes;
  const weightBytes = dense + experts + embedding * HALF_BYTES;
  const bandwidth = gpus * gpu.bandwidthBytesPerSecond;
  const kv = KV_BYTES[config.kvPrecision];
  const split = model.latentAttention === null ? Math.min(gpus, model.kvHeads) : 1;
  const tokenBytes = cacheBytesPerToken(model) * kv;
  return {
    gpus,
    layers: model.layers,
    isMixture: model.experts !== null,
    isLatent: model.latentAttention !== null,
    weightBytes,
    cacheBytes: gpus * (MEMORY_SHARE * gpu.memoryBytes - RESERVE_BYTES) - weightBytes,
    tokenCacheBytes: (tokenBytes * gpus) / split,
    denseReadSeconds: dense / bandwidth,
    expertReadSeconds: experts / bandwidth,
    idleExpertShare: model.experts === null ? 0 : 1 - model.experts.active / model.experts.count,
    tokenComputeSeconds: (2 * (model.activeParameters - embedding)) / (gpus * formats.flopsPerSecond),
    attentionSeconds: (4 * model.layers * attentionWidth(model)) / (gpus * gpu.bf16FlopsPerSecond),
    tokenCacheReadSeconds: tokenBytes / (split * gpu.bandwidthBytesPerSecond),
    tokenLinkSeconds:
      gpus === 1
        ? 0
        : (2 * model.layers * 2 * ((gpus - 1) / gpus) * model.hidden * HALF_BYTES) / gpu.linkBytesPerSecond,
    allReduces: gpus === 1 ? 0 : 2 * model.layers,
    window: model.slidingWindow,
  };
}

function formatsOf(precision: Precision, gpu: GpuSpec): Formats {
  const flops = precision === "fp8" ? gpu.fp8FlopsPerSecond : null;
  return { weightBytes: WEIGHT_BYTES[precision], flopsPerSecond: flops ?? gpu.bf16FlopsPerSecond };
}

function cacheBytesPerToken({ latentAttention, layers, kvHeads, headDimension }: ModelSpec): number {
  return latentAttention === null
    ? 2 * layers * kvHeads * headDimension
    : layers * (latentAttention.rank + latentAttention.ropeDimension);
}

/** Query-key and attention-value products together, as heads x one head dimension. */
function attentionWidth({ latentAttention, heads, headDimension }: ModelSpec): number {
  // Latent attention expands to 192 wide keys and 128 wide values before the products (DeepSeek-V3 configuration).
  return latentAttention === null ? heads * headDimension : (heads * (192 + 128)) / 2;
}

/** Context that layers see on average: layers with a window see no more than it. */
function seen(window: Replica["window"], tokens: number): number {
  if (window === null) return tokens;
  return (1 - window.layerShare) * tokens + window.layerShare * Math.min(tokens, window.tokens);
}

/** One request shape on one replica, prepared so that a step costs a handful of operations. */
export interface Load {
  readonly replica: Replica;
  readonly outputTokens: number;
  /** Input tokens that the prefix cache does not hold. */
  readonly prefillTokens: number;
  readonly prefillAttentionSeconds: number;
  /** Reading the live context of one request, once. */
  readonly cacheReadSeconds: number;
  /** Requests whose keys and values fit in memory together, at the mean live context. */
  readonly memoryBatch: number;
  /** As `memoryBatch`, for requests at their full length. */
  readonly fullRequests: number;
}

/** `prefixHitShare` of the shape counts as it is: a caller without a prefix cache hands in 0. */
export function loadOf(replica: Replica, shape: RequestShape): Load {
  const { inputTokens, prefixHitShare } = shape;
  const outputTokens = Math.max(1, shape.outputTokens);
  const prefillTokens = Math.max(1, inputTokens * (1 - prefixHitShare));
  // A token attends to all before it, cached ones included.
  const meanContext = inputTokens - prefillTokens / 2;
  const live = seen(replica.window, inputTokens + outputTokens / 2);
  return {
    replica,
    outputTokens,
    prefillTokens,
    prefillAttentionSeconds: prefillTokens * replica.attentionSeconds * seen(replica.window, meanContext),
    cacheReadSeconds: live * replica.tokenCacheReadSeconds,
    memoryBatch: replica.cacheBytes / (live * replica.tokenCacheBytes),
    fullRequests:
      replica.cacheBytes / (seen(replica.window, inputTokens + outputTokens) * replica.tokenCacheBytes),
  };
}

/** The fourth power lets the larger of two overlapping times win, with a soft corner. */
function larger(left: number, right: number): number {
  const [a, b] = [left * left, right * right];
  return Math.sqrt(Math.sqrt(a * a + b * b));
}

/**
 * Seconds of one decoding iteration with `batch` requests in flight, the mean time per output token:
 * max(weights, matrix work) + cache reads + the others' prefill spread over the steps + all-reduces + overheads.
 * Experts are read as far as the batch's tokens touch them: 1 - (1 - active/count)^batch of them.
 */
export function stepSeconds(load: Load, batch: number, c: Coefficients): number {
  const { replica } = load;
  const touched = replica.isMixture ? 1 - replica.idleExpertShare ** batch : 0;
  const read = c.weights * (replica.denseReadSeconds + replica.expertReadSeconds * touched);
  const matrix = c.compute * replica.tokenComputeSeconds * batch;
  const prefilled = Math.max(0, batch - 1) / load.outputTokens;
  const prefill =
    prefilled *
    (c.prefill * replica.tokenComputeSeconds * load.prefillTokens +
      c.prefillAttention * load.prefillAttentionSeconds);
  const link =
    c.allReduce * replica.allReduces +
    c.link * replica.tokenLinkSeconds * (batch + prefilled * load.prefillTokens);
  const overhead = c.step + c.layer * replica.layers + c.sequence * batch;
  return overhead + larger(read, matrix) + c.cache * load.cacheReadSeconds * batch + prefill + link;
}

/**
 * Seconds to the first token of a request that finds `batch - 1` others in flight: its own prefill, at least one
 * reading of all weights, stretched by requests that arrive together and by the share of time that prefill takes.
 */
export function firstTokenSeconds(load: Load, batch: number, step: number, c: Coefficients): number {
  const { replica } = load;
  const work =
    c.ownPrefill * replica.tokenComputeSeconds * load.prefillTokens +
    c.ownAttention * load.prefillAttentionSeconds +
    c.ownLink * replica.tokenLinkSeconds * load.prefillTokens;
  const own = larger(work, c.weights * (replica.denseReadSeconds + replica.expertReadSeconds));
  const busy = Math.min(1, (batch * own) / (load.outputTokens * step));
  return (
    c.start +
    c.startSteps * step +
    c.startSequence * batch +
    own * (1 + c.together * batch + c.contention * Math.sqrt(batch) * busy)
  );
}
