import { modelledTimes, type Prepared, prefixed, prepare, type Timing } from "./capacity.js";
import type { Benchmark, RequestShape } from "./contract.js";
import type { Widths } from "./efficiency.js";
import { loadOf } from "./roofline.js";

/** Two runs of one benchmark differ by about this much (assumed): the interval at the measured point itself. */
const REPEAT_WIDTH = 0.05;
/** What the interval gains for a factor e in input, output or requests in flight (assumed). */
const WIDTH_PER_E_FOLD = 0.1;

/** Measured over modelled at one benchmark. */
interface Anchor {
  readonly benchmark: Benchmark;
  readonly logBatch: number;
  readonly ttft: number;
  readonly tpot: number;
}

/**
 * Times from the user's own benchmarks of this model, engine, GPU, tensor parallelism and precision; null: none match.
 *
 * Formula: measured x modelled(asked) / modelled(measured point), for the benchmarks of the nearest request shape,
 * with the ratio interpolated between their numbers of requests in flight. What differs from the measured point is
 * scaled by the model's ratio only; the interval widens with the distance, up to that of the estimate, and the
 * references name the point.
 */
export function measuredTiming(
  prepared: Prepared,
  shape: RequestShape,
  benchmarks: readonly Benchmark[],
): Timing | null {
  const matching = benchmarks.filter((benchmark) => isSame(benchmark, prepared));
  if (matching.length === 0) return null;
  const closest = Math.min(...matching.map((benchmark) => shapeDistance(benchmark.shape, shape)));
  const anchors = matching
    .filter((benchmark) => shapeDistance(benchmark.shape, shape) === closest)
    .map((benchmark) => anchorOf(benchmark, prepared))
    .sort((left, right) => left.logBatch - right.logBatch);
  return {
    basis: "measured",
    references: anchors.map(({ benchmark }) => describe(benchmark)),
    at: (load, batch) => {
      const { ttft, tpot } = modelledTimes(prepared, load, batch);
      const ratio = ratioAt(anchors, Math.log(batch));
      return { ttft: ttft * ratio.ttft, tpot: tpot * ratio.tpot };
    },
    widthsAt: (batch) => {
      const away = Math.min(...anchors.map(({ logBatch }) => Math.abs(logBatch - Math.log(batch))));
      return widthsAt(closest + away, prepared.backing.widths);
    },
  };
}

function isSame({ config }: Benchmark, { config: asked }: Prepared): boolean {
  return (
    config.model === asked.model &&
    config.engine === asked.engine &&
    config.gpu === asked.gpu &&
    config.gpusPerReplica === asked.gpusPerReplica &&
    config.precision === asked.precision
  );
}

function shapeDistance(left: RequestShape, right: RequestShape): number {
  const apart = (a: number, b: number) => Math.abs(Math.log(Math.max(1, a) / Math.max(1, b)));
  return apart(left.inputTokens, right.inputTokens) + apart(left.outputTokens, right.outputTokens);
}

/** The benchmark's own cache format and prefix caching count on its side of the ratio. */
function anchorOf(benchmark: Benchmark, { model, gpu }: Prepared): Anchor {
  const own = prepare(benchmark.config, model, gpu);
  const load = loadOf(own.replica, prefixed(benchmark.config, benchmark.shape));
  const modelled = modelledTimes(own, load, Math.max(1, benchmark.concurrency));
  return {
    benchmark,
    logBatch: Math.log(Math.max(1, benchmark.concurrency)),
    ttft: benchmark.ttftMs / 1000 / modelled.ttft,
    tpot: benchmark.tpotMs / 1000 / modelled.tpot,
  };
}

/** Straight between anchors in logarithms, constant beyond them. */
function ratioAt(
  anchors: readonly Anchor[],
  logBatch: number,
): { readonly ttft: number; readonly tpot: number } {
  const after = anchors.findIndex((anchor) => anchor.logBatch >= logBatch);
  const right = anchors[after === -1 ? anchors.length - 1 : after]!;
  const left = after <= 0 ? right : anchors[after - 1]!;
  const span = right.logBatch - left.logBatch;
  if (span === 0) return right;
  const share = (logBatch - left.logBatch) / span;
  const between = (from: number, to: number) => Math.exp(Math.log(from) * (1 - share) + Math.log(to) * share);
  return { ttft: between(left.ttft, right.ttft), tpot: between(left.tpot, right.tpot) };
}

function widthsAt(distance: number, estimated: Widths): Widths {
  const width = REPEAT_WIDTH + WIDTH_PER_E_FOLD * distance;
  return {
    tpot: Math.min(width, estimated.tpot),
    ttft: Math.min(width, estimated.ttft),
    throughput: Math.min(width, estimated.throughput),
  };
}

function describe({ source, concurrency, shape, requestsPerSecond }: Benchmark): string {
  const tokens = `${Math.round(shape.inputTokens)} input and ${Math.round(shape.outputTokens)} output tokens`;
  const rate = `${requestsPerSecond.toPrecision(3)} requests a second`;
  return `measured with ${tokens}, ${Number(concurrency.toPrecision(3))} in flight, ${rate}: ${source}`;
}
