import type {
  Capacity,
  Estimate,
  GpuSpec,
  LatencyTargets,
  ModelSpec,
  RequestShape,
  ServingConfig,
} from "./contract.js";
import { type Coefficients, coefficientsOf, type Widths } from "./efficiency.js";
import { EFFICIENCY } from "./fitted-efficiency.js";
import { type Backing, backingOf } from "./intervals.js";
import { firstTokenSeconds, type Load, loadOf, type Replica, replicaOf, stepSeconds } from "./roofline.js";

/** What is the same for every request shape on one configuration. */
export interface Prepared {
  readonly config: ServingConfig;
  readonly model: ModelSpec;
  readonly gpu: GpuSpec;
  readonly replica: Replica;
  readonly coefficients: Coefficients;
  readonly backing: Backing;
}

export function prepare(config: ServingConfig, model: ModelSpec, gpu: GpuSpec): Prepared {
  const replica = replicaOf(config, model, gpu);
  const { isMixture, isLatent } = replica;
  return {
    config,
    model,
    gpu,
    replica,
    coefficients: coefficientsOf(EFFICIENCY, {
      engine: config.engine,
      generation: gpu.generation,
      isMixture,
      isLatent,
    }),
    backing: backingOf(config, gpu),
  };
}

/** Seconds to the first token and to each further one. */
export interface Times {
  readonly ttft: number;
  readonly tpot: number;
}

/** Times of one request shape by batch, with what they rest on. */
export interface Timing {
  readonly basis: Estimate["basis"];
  readonly references: readonly string[];
  at(load: Load, batch: number): Times;
  /** Half-widths of the intervals at that batch. */
  widthsAt(batch: number): Widths;
}

/** Of the fitted model, without what measured points take beyond it. */
export function modelledTimes({ coefficients }: Prepared, load: Load, batch: number): Times {
  const tpot = stepSeconds(load, batch, coefficients);
  return { tpot, ttft: firstTokenSeconds(load, batch, tpot, coefficients) };
}

export function estimatedTiming(prepared: Prepared): Timing {
  const { tpotFactor, ttftFactor, widths, references } = prepared.backing;
  return {
    basis: "estimated",
    references,
    at: (load, batch) => {
      const { ttft, tpot } = modelledTimes(prepared, load, batch);
      return { ttft: ttft * ttftFactor, tpot: tpot * tpotFactor };
    },
    widthsAt: () => widths,
  };
}

/**
 * What one replica carries within the latency targets.
 *
 * Memory first: weights, then at least one whole request, must fit. Then the largest batch, by bisection, whose mean
 * time to the first token and per further token stay within the targets; both grow with the batch. Requests a second =
 * batch / (ttft + (output - 1) x tpot). The ends of its interval are also the batches that keep the targets where
 * every time is as long, or as short, as its interval allows.
 */
export function solveCapacity(
  prepared: Prepared,
  shape: RequestShape,
  targets: LatencyTargets,
  timing: Timing,
): Capacity {
  const reason = misfit(prepared, shape);
  if (reason !== null) return { fits: false, reason };
  const load = loadOf(prepared.replica, prefixed(prepared.config, shape));
  const most = Math.max(1, Math.floor(Math.min(prepared.config.maximumBatch, load.memoryBatch)));
  const batch = largestBatch(most, targets, (at) => timing.at(load, at));
  if (batch === 0) return { fits: false, reason: lateness(timing.at(load, 1), targets, timing.basis) };
  const { basis, references } = timing;
  const times = timing.at(load, batch);
  const widths = timing.widthsAt(batch);
  const around = (mid: number, width: number): Estimate => ({
    low: mid * Math.exp(-width),
    mid,
    high: mid * Math.exp(width),
    basis,
    references,
  });
  const plain = around(rateOf(load, batch, times), widths.throughput);
  const end = (sign: 1 | -1): number => {
    const slowed = (at: number): Times => {
      const { ttft, tpot } = timing.at(load, at);
      return { ttft: ttft * Math.exp(sign * widths.ttft), tpot: tpot * Math.exp(sign * widths.tpot) };
    };
    const at = Math.max(1, largestBatch(most, targets, slowed));
    return rateOf(load, at, timing.at(load, at)) * Math.exp(-sign * widths.throughput);
  };
  return {
    fits: true,
    batch,
    requestsPerSecond: isBounded(targets)
      ? { ...plain, low: Math.min(plain.low, end(1)), high: Math.max(plain.high, end(-1)) }
      : plain,
    ttftMs: around(times.ttft * 1000, widths.ttft),
    tpotMs: around(times.tpot * 1000, widths.tpot),
  };
}

/** Hits count only where the engine keeps prefixes. */
export function prefixed(config: ServingConfig, shape: RequestShape): RequestShape {
  return config.prefixCaching ? shape : { ...shape, prefixHitShare: 0 };
}

function rateOf(load: Load, batch: number, { ttft, tpot }: Times): number {
  return batch / (ttft + (load.outputTokens - 1) * tpot);
}

function isBounded({ ttftMs, tpotMs }: LatencyTargets): boolean {
  return ttftMs !== null || tpotMs !== null;
}

/** Largest batch within the targets; 0: not even one request. */
function largestBatch(most: number, targets: LatencyTargets, timesAt: (batch: number) => Times): number {
  if (!isBounded(targets)) return most;
  const holds = (batch: number): boolean => {
    const { ttft, tpot } = timesAt(batch);
    return (
      (targets.ttftMs === null || ttft * 1000 <= targets.ttftMs) &&
      (targets.tpotMs === null || tpot * 1000 <= targets.tpotMs)
    );
  };
  if (holds(most)) return most;
  let [within, beyond] = [0, most];
  while (beyond - within > 1) {
    const middle = (within + beyond) >> 1;
    if (holds(middle)) within = middle;
    else beyond = middle;
  }
  return within;
}

/** Why a configuration cannot serve the shape at all; null: it can. */
export function misfit({ config, model, gpu, replica }: Prepared, shape: RequestShape): string | null {
  const { inputTokens, outputTokens } = shape;
  const size = `${config.gpusPerReplica} x ${gpu.name}`;
  if (inputTokens + outputTokens > model.maximumContext)
    return `Requests of ${inputTokens + outputTokens} tokens exceed the ${model.maximumContext} that ${model.id} takes.`;
  if (model.heads % config.gpusPerReplica !== 0)
    return `${model.id} has ${model.heads} attention heads, which do not divide over ${config.gpusPerReplica} GPUs.`;
  if (replica.cacheBytes <= 0)
    return `${model.id} in ${config.precision} does not fit ${size}: weights take ${gib(replica.weightBytes)}, ${gib(replica.cacheBytes + replica.weightBytes)} are usable.`;
  const load = loadOf(replica, shape);
  return load.fullRequests < 1
    ? `${model.id} in ${config.precision} leaves ${gib(replica.cacheBytes)} on ${size}: not one request of ${inputTokens + outputTokens} tokens fits.`
    : null;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function lateness({ ttft, tpot }: Times, targets: LatencyTargets, basis: Estimate["basis"]): string {
  const [first, next] = [ttft, tpot].map((seconds) => `${(seconds * 1000).toFixed(1)} ms`);
  const within = (limit: number | null) => (limit === null ? "no limit" : `${limit} ms`);
  return (
    `One request alone is too slow: first token ${first} (target ${within(targets.ttftMs)}), ` +
    `next ones ${next} each (target ${within(targets.tpotMs)}), ${basis}.`
  );
}
