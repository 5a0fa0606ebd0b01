// Serving estimates against measured points: mean absolute error and coverage of 90 % intervals, in sample by folds and
// with whole models and GPUs left out. Run after `npm run build`: node bench/serving.mjs [--write]
// --write renews src/serving/fitted-efficiency.ts.
import { existsSync, writeFileSync } from "node:fs";
import { loadHardwareBook } from "../dist/serving/load-hardware-book.js";
import { fitEfficiency, groupOf, predictor } from "./serving/fit.mjs";
import { CSV, readSample, readSaturated, SPECULATIVE } from "./serving/points.mjs";
import { renderFitted } from "./serving/render.mjs";

/** Slightly above 90 %: what estimating the quantile itself loses. */
const QUANTILE = 0.92;
const FOLDS = 5;
const FIGURES = ["tpot", "ttft", "throughput"];

if (!existsSync(CSV)) {
  console.log(`serving: skipped, ${CSV} is not there`);
  process.exit(0);
}

const book = await loadHardwareBook();
const sample = readSample(book);
const { points } = sample;
const saturated = readSaturated(book);

function throughputOf(point, ttft, tpot) {
  return point.batch / (ttft + (point.output - 1) * tpot);
}

/** Logarithm of predicted over measured. */
function errorsOf(point, predict) {
  const { tpot, ttft } = predict(point);
  return {
    tpot: Math.log(tpot / point.tpot),
    ttft: Math.log(ttft / point.ttft),
    throughput: Math.log(throughputOf(point, ttft, tpot) / throughputOf(point, point.ttft, point.tpot)),
  };
}

function basePredictor(train) {
  const efficiency = fitEfficiency(train);
  const { tpot, ttft } = predictor(efficiency);
  const predict = (point) => {
    const step = tpot(point);
    return { tpot: step, ttft: ttft(point, step) };
  };
  return { efficiency, predict };
}

/** What the points of a group show beyond the fit, shrunk: five points count as much as the fit itself. */
function correctionsOf(train, predict) {
  const corrections = new Map();
  for (const point of train) {
    if (point.ttft === null) continue;
    const { tpot, ttft } = errorsOf(point, predict);
    const sums = corrections.get(groupOf(point)) ?? { points: 0, tpot: 0, ttft: 0 };
    corrections.set(groupOf(point), {
      points: sums.points + 1,
      tpot: sums.tpot - tpot,
      ttft: sums.ttft - ttft,
    });
  }
  for (const [group, { points: count, tpot, ttft }] of corrections)
    corrections.set(group, {
      points: count,
      tpot: Math.exp(tpot / (count + 5)),
      ttft: Math.exp(ttft / (count + 5)),
    });
  return corrections;
}

function corrected(predict, corrections) {
  return (point) => {
    const { tpot, ttft } = predict(point);
    const by = corrections.get(groupOf(point));
    return by === undefined ? { tpot, ttft } : { tpot: tpot * by.tpot, ttft: ttft * by.ttft };
  };
}

const quantile = (values, share) => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length + 1) * share) - 1)];
};
const halfWidth = (judged, figure) =>
  quantile(
    judged.map(({ errors }) => Math.abs(errors[figure])),
    QUANTILE,
  );

/** Every point judged by a fit that did not see its part; parts are folds, models, GPUs ... */
function leaveOut(partOf) {
  const parts = [...new Set(points.map(partOf))].sort();
  return parts.flatMap((part) => {
    const seen = points.filter((point) => partOf(point) !== part);
    const keptSaturated = saturated.filter((point) => partOf(point) !== part);
    const { predict } = basePredictor([...seen, ...keptSaturated]);
    const judge = corrected(predict, correctionsOf(seen, predict));
    return points
      .filter((point) => partOf(point) === part)
      .map((point) => ({ point, part, errors: errorsOf(point, judge) }));
  });
}

const percent = (value) => `${(100 * value).toFixed(1)} %`.padStart(8);
const meanError = (judged, figure) =>
  judged.reduce((sum, { errors }) => sum + Math.abs(Math.expm1(errors[figure])), 0) / judged.length;
const medianError = (judged, figure) =>
  quantile(
    judged.map(({ errors }) => Math.abs(Math.expm1(errors[figure]))),
    0.5,
  );
const coverage = (judged, figure) =>
  judged.filter(({ errors, widths }) => Math.abs(errors[figure]) <= widths[figure]).length / judged.length;

/** Widths that a point's interval had if they came from the other parts only. */
function withWidths(judged, widthKey = () => "all") {
  const cache = new Map();
  return judged.map((one) => {
    const key = `${one.part} ${widthKey(one.point)}`;
    if (!cache.has(key)) {
      const others = judged.filter(
        ({ part, point }) => part !== one.part && widthKey(point) === widthKey(one.point),
      );
      const from = others.length >= 20 ? others : judged.filter(({ part }) => part !== one.part);
      cache.set(key, Object.fromEntries(FIGURES.map((figure) => [figure, halfWidth(from, figure)])));
    }
    return { ...one, widths: cache.get(key) };
  });
}

function table(title, judged, keyOf) {
  console.log(`\n${title}`);
  console.log(
    `${"".padEnd(28)}${"points".padStart(7)}${FIGURES.map((name) => `${name} mean`.padStart(18) + "median".padStart(10) + "covered".padStart(10)).join("")}`,
  );
  const groups = new Map([["all", judged]]);
  for (const one of judged) {
    const key = keyOf(one.point);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  for (const [key, group] of [...groups].sort(([left], [right]) =>
    left === "all" ? -1 : right === "all" ? 1 : left < right ? -1 : 1,
  )) {
    const cells = FIGURES.map((figure) => [
      meanError(group, figure).valueOf(),
      medianError(group, figure),
      coverage(group, figure),
    ]).map(
      ([mean, median, covered]) =>
        percent(mean).padStart(18) + percent(median).padStart(10) + percent(covered).padStart(10),
    );
    console.log(`${key.padEnd(28)}${`${group.length}`.padStart(7)}${cells.join("")}`);
  }
}

console.log(`${sample.rows} rows, ${points.length} points kept; left out:`);
for (const [reason, count] of sample.left) console.log(`${`${count}`.padStart(6)}  ${reason}`);
console.log(`${saturated.length} points of saturated throughput (TensorRT-LLM), in the fit.`);
console.log(
  "Errors are |predicted / measured - 1|. Interval widths never come from the part that they are judged on.",
);
console.log(
  "Multi-token prediction is not stated for deepseek-v3, qwen3.5 and glm-5: the slowest row of a cell is kept.",
);

const pairOf = ({ engine, gpu }) => `${engine} ${gpu}`;
const folds = withWidths(leaveOut(foldOf), pairOf);
table(`Known pairs: rows left out in ${FOLDS} folds`, folds, pairOf);
table(
  "The same, without models whose speculation is not stated",
  folds.filter(({ point }) => !SPECULATIVE.has(point.model)),
  pairOf,
);
const models = withWidths(leaveOut(({ model }) => model));
table("Unseen models: one whole model left out", models, ({ model }) => model);
const gpus = withWidths(leaveOut(({ gpu }) => gpu));
table("Unseen GPUs: one whole GPU left out", gpus, ({ gpu }) => gpu);
const generations = withWidths(leaveOut(({ generation }) => generation));
table("Unseen generations", generations, ({ generation }) => generation);
const engines = withWidths(leaveOut(({ engine }) => engine));
table("Unseen engines", engines, ({ engine }) => engine);
const precisions = withWidths(leaveOut(({ precision }) => precision));
table("Unseen precisions", precisions, ({ precision }) => precision);

const { efficiency, predict } = basePredictor([...points, ...saturated]);
const judge = corrected(predict, correctionsOf(points, predict));
const saturatedErrors = saturated.map((point) =>
  Math.abs(Math.expm1(Math.log(judge(point).tpot / point.tpot))),
);
console.log(
  `\nSaturated throughput, TensorRT-LLM, in sample: mean ${percent(saturatedErrors.reduce((sum, error) => sum + error, 0) / saturated.length).trim()}, worst ${percent(Math.max(...saturatedErrors)).trim()}`,
);

if (process.argv.includes("--write")) {
  const widths = (judged) => Object.fromEntries(FIGURES.map((figure) => [figure, halfWidth(judged, figure)]));
  const pairs = [...new Set(points.map(pairOf))].sort().map((pair) => {
    const own = folds.filter(({ point }) => pairOf(point) === pair);
    const [engine, gpu] = pair.split(" ");
    return { engine, gpu, ...widths(own.length >= 20 ? own : folds) };
  });
  const fitted = {
    efficiency,
    corrections: correctionsOf(points, predict),
    pairs,
    unseen: {
      model: widths(models),
      gpu: widths(gpus),
      generation: widths(generations),
      engine: widths(engines),
      precision: widths(precisions),
    },
  };
  writeFileSync(new URL("../src/serving/fitted-efficiency.ts", import.meta.url), renderFitted(fitted));
  console.log("\nWritten: src/serving/fitted-efficiency.ts");
}

/** Rows of one cell family stay apart by position: neighbours in concurrency fall into different folds. */
function foldOf(point) {
  return points.indexOf(point) % FOLDS;
}
