// Writes the fitted set as a module, four significant digits each.

const digits = (value) => Number(value.toPrecision(4));

function rounded(value) {
  if (typeof value === "number") return digits(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

/** A TypeScript literal; keys are quoted only where they must be. */
function literal(value) {
  if (typeof value === "number") return `${value}`;
  if (typeof value === "string") return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, inner]) => `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${literal(inner)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

export function renderFitted({ efficiency, corrections, pairs, unseen }) {
  const groups = [...corrections]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([group, { points, tpot, ttft }]) => {
      const [model, engine, gpu, precision] = group.split(" ");
      const names = [model, engine, gpu, precision].map((name) => JSON.stringify(name)).join(", ");
      return `  [${names}, ${points}, ${digits(tpot)}, ${digits(ttft)}],`;
    });
  return `// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: fitted figures stand near constants by chance.
import type { Efficiency, FittedGroup, FittedPair, Widths } from "./efficiency.js";

// Written by \`node bench/serving.mjs --write\` from ai-dynamo/aiconfigurator's silicon_sample.csv (Apache-2.0, commit
// 095f58a5, development rows) and hardware/reference-points.yaml. Edit neither here nor by hand.

export const SOURCE = "aiconfigurator silicon_sample.csv, commit 095f58a5, and TensorRT-LLM v1.0 perf-overview";

export const EFFICIENCY: Efficiency = ${literal(rounded(efficiency))};

/** Model, engine, GPU, precision, points, and what they take beyond the fit as factors: per token, to the first. */
const MEASURED: readonly (readonly [string, string, string, string, number, number, number])[] = [
${groups.join("\n")}
];

export const GROUPS: readonly FittedGroup[] = MEASURED.map(
  ([model, engine, gpu, precision, points, tpot, ttft]) => ({ model, engine, gpu, precision, points, tpot, ttft }),
);

/** Half-widths of 90 % intervals, of the logarithm, for groups that were measured. */
export const PAIRS: readonly FittedPair[] = [
${pairs.map(({ engine, gpu, ...widths }) => `  ${literal({ engine, gpu, ...rounded(widths) })},`).join("\n")}
];

/** The same for what was not: from fits that left whole models, GPUs, generations, engines or formats out. */
export const UNSEEN: Readonly<Record<"model" | "gpu" | "generation" | "engine" | "precision", Widths>> =
  ${literal(rounded(unseen))};
`;
}
