import type { GpuSpec, ServingConfig } from "./contract.js";
import type { Widths } from "./efficiency.js";
import { GROUPS, PAIRS, SOURCE, UNSEEN } from "./fitted-efficiency.js";

/** What stands behind an estimate. */
export interface Backing {
  /** What the measured points of this very combination take beyond the fit; 1 where there are none. */
  readonly tpotFactor: number;
  readonly ttftFactor: number;
  readonly widths: Widths;
  readonly references: readonly string[];
}

/** Judged, not measured: no point of the fit is on a GPU generation other than these, or on ONNX Runtime. */
const FAR_WIDTH = Math.log(2);

const GENERATIONS = new Set(["hopper", "blackwell"]);
const FIGURES = ["tpot", "ttft", "throughput"] as const;

/**
 * Interval and correction for one configuration. Where model, engine, GPU and precision were measured together, the
 * interval is that of the pair's rows left out in folds, and what the group takes beyond the fit corrects it. Else the
 * widths of every part that was never measured are combined as independent errors, each from fits that left whole
 * such parts out. GPU generations and engines without any point get at least a factor of two.
 */
export function backingOf(
  { model, engine, precision }: ServingConfig,
  { id: gpu, generation }: GpuSpec,
): Backing {
  const group = GROUPS.find(
    (one) => one.model === model && one.engine === engine && one.gpu === gpu && one.precision === precision,
  );
  const pair = PAIRS.find((one) => one.engine === engine && one.gpu === gpu);
  const near = GROUPS.filter((one) => one.engine === engine && one.gpu === gpu);
  if (group !== undefined && pair !== undefined) {
    return {
      tpotFactor: group.tpot,
      ttftFactor: group.ttft,
      widths: pair,
      references: [`${group.points} points of ${model} ${precision} on ${gpu} with ${engine}: ${SOURCE}`],
    };
  }
  const never = (key: "model" | "engine" | "gpu" | "precision", value: string): boolean =>
    !GROUPS.some((one) => one[key] === value);
  const parts: Widths[] = [];
  if (never("model", model)) parts.push(UNSEEN.model);
  if (never("engine", engine)) parts.push(atLeast(UNSEEN.engine, FAR_WIDTH));
  if (never("precision", precision)) parts.push(UNSEEN.precision);
  if (!GENERATIONS.has(generation)) parts.push(atLeast(UNSEEN.generation, FAR_WIDTH));
  else if (never("gpu", gpu)) parts.push(UNSEEN.gpu);
  return {
    tpotFactor: 1,
    ttftFactor: 1,
    // Parts that were each measured, but never together, are as uncertain as a model that was not.
    widths: parts.length === 0 ? UNSEEN.model : combined(parts),
    references: [referenceText(near, model, engine, gpu, precision)],
  };
}

function atLeast(widths: Widths, floor: number): Widths {
  return {
    tpot: Math.max(floor, widths.tpot),
    ttft: Math.max(floor, widths.ttft),
    throughput: Math.max(floor, widths.throughput),
  };
}

/** Independent errors of a product: their logarithms add in squares. */
function combined(parts: readonly Widths[]): Widths {
  const [tpot, ttft, throughput] = FIGURES.map((figure) =>
    Math.sqrt(parts.reduce((sum, part) => sum + part[figure] ** 2, 0)),
  );
  return { tpot: tpot!, ttft: ttft!, throughput: throughput! };
}

function referenceText(
  near: readonly { readonly model: string; readonly points: number }[],
  model: string,
  engine: string,
  gpu: string,
  precision: string,
): string {
  const points = near.reduce((sum, one) => sum + one.points, 0);
  const what = `${model} ${precision} on ${gpu} with ${engine}`;
  if (points === 0) return `no point of ${what}, nor of that GPU and engine; fitted on others: ${SOURCE}`;
  const models = [...new Set(near.map((one) => one.model))].join(", ");
  return `no point of ${what}; ${points} points of that GPU and engine (${models}): ${SOURCE}`;
}
