// Fits the efficiencies: least squares on log error with a robust loss, every factor held near 1 (partial pooling), so
// that an engine or generation without points falls back to what the others have in common.
import { coefficientsOf } from "../../dist/serving/efficiency.js";
import { firstTokenSeconds, stepSeconds } from "../../dist/serving/roofline.js";

/** Where the search begins and how far, in standard deviations of the logarithm, it may go without evidence. */
const STEP = {
  step: [1e-3, 1],
  layer: [30e-6, 1],
  sequence: [10e-6, 1],
  allReduce: [8e-6, 1],
  weights: [1.33, 0.3],
  compute: [2, 0.3],
  cache: [1.43, 0.3],
  prefill: [2, 0.3],
  prefillAttention: [3.3, 0.5],
  link: [1.67, 0.3],
};
const FIRST = {
  start: [20e-3, 0.7],
  startSteps: [1, 0.7],
  startSequence: [0.3e-3, 1],
  ownPrefill: [2, 0.4],
  ownAttention: [2, 0.5],
  ownLink: [1.5, 0.5],
  together: [0.05, 0.7],
  contention: [0.5, 0.7],
};
const MIXTURE = { layer: 1, weights: 0.3, prefill: 0.5, ownPrefill: 0.5 };
const LATENT = { layer: 1 };
const ENGINE = {
  step: ["step", "layer", "sequence", "allReduce", "weights", "cache", "prefill", "link"],
  first: ["start", "startSteps", "startSequence", "ownPrefill", "together", "contention"],
};
const GENERATION = {
  step: ["step", "layer", "allReduce", "weights", "cache", "prefill"],
  first: ["start", "ownPrefill", "ownLink"],
};
const SPREAD = { step: 0.15, first: 0.3 };
const NOISE = { step: 0.12, first: 0.25 };

function parametersOf(part, points) {
  const list = [];
  const base = part === "step" ? STEP : FIRST;
  for (const [name, [value, spread]] of Object.entries(base))
    list.push({ of: "base", name, start: Math.log(value), spread });
  for (const [kind, factors] of [
    ["mixture", MIXTURE],
    ["latent", LATENT],
  ]) {
    for (const [name, spread] of Object.entries(factors))
      if (name in base) list.push({ of: kind, name, start: 0, spread });
  }
  const groups = (kind, key, names) => {
    for (const value of [...new Set(points.map((point) => point[key]))].sort())
      for (const name of names) list.push({ of: kind, key: value, name, start: 0, spread: SPREAD[part] });
  };
  groups("engines", "engine", ENGINE[part]);
  groups("generations", "generation", GENERATION[part]);
  return list;
}

function efficiencyOf(parameters, values, efficiency) {
  const next = structuredClone(efficiency);
  parameters.forEach(({ of, key, name }, index) => {
    if (key !== undefined && next[of][key] === undefined) next[of][key] = {};
    const target = key === undefined ? next[of] : next[of][key];
    target[name] = Math.exp(values[index]);
  });
  return next;
}

const EMPTY = {
  base: Object.fromEntries(Object.entries({ ...STEP, ...FIRST }).map(([name, [value]]) => [name, value])),
  mixture: {},
  latent: {},
  engines: {},
  generations: {},
};

/** Resolves the coefficients of all kinds of points once. */
export function predictor(efficiency) {
  const known = new Map();
  const coefficients = (point) => {
    const { isMixture, isLatent } = point.replica;
    const key = `${point.engine} ${point.generation} ${isMixture} ${isLatent}`;
    let found = known.get(key);
    if (found === undefined) {
      found = coefficientsOf(efficiency, { ...point, isMixture, isLatent });
      known.set(key, found);
    }
    return found;
  };
  return {
    tpot: (point) => stepSeconds(point.load, point.batch, coefficients(point)),
    ttft: (point, step) => firstTokenSeconds(point.load, point.batch, step, coefficients(point)),
  };
}

export const groupOf = (point) => [point.model, point.engine, point.gpu, point.precision].join(" ");

/** Large groups of rows count less than their number: what is wanted is the next model, not the next row. */
function weightsOf(points) {
  const counts = new Map();
  for (const point of points) counts.set(groupOf(point), (counts.get(groupOf(point)) ?? 0) + 1);
  return points.map((point) => Math.sqrt(Math.sqrt(30 / counts.get(groupOf(point)))));
}

function fitPart(part, points, target, efficiency, predict) {
  const parameters = parametersOf(part, points);
  const weights = weightsOf(points);
  const residuals = (values) => {
    const predicted = predict(predictor(efficiencyOf(parameters, values, efficiency)));
    return points.map((point, index) => {
      const error = Math.log(predicted(point) / target(point)) / NOISE[part];
      // Pseudo-Huber: an outlier pulls linearly.
      return weights[index] * Math.sign(error) * Math.sqrt(2 * (Math.sqrt(1 + error * error) - 1));
    });
  };
  const values = leastSquares(residuals, parameters);
  return efficiencyOf(parameters, values, efficiency);
}

/** Fits steps on all points, then first tokens on those that state one. */
export function fitEfficiency(points) {
  const steps = fitPart(
    "step",
    points,
    ({ tpot }) => tpot,
    EMPTY,
    ({ tpot }) => tpot,
  );
  const { tpot } = predictor(steps);
  const stated = points.filter((point) => point.ttft !== null);
  const stepOf = new Map(stated.map((point) => [point, tpot(point)]));
  return fitPart(
    "first",
    stated,
    ({ ttft }) => ttft,
    steps,
    ({ ttft }) =>
      (point) =>
        ttft(point, stepOf.get(point)),
  );
}

/** Levenberg and Marquardt with a normal prior on every parameter. */
function leastSquares(residuals, parameters) {
  const cost = (values, errors) =>
    errors.reduce((sum, error) => sum + error * error, 0) +
    values.reduce(
      (sum, value, index) => sum + ((value - parameters[index].start) / parameters[index].spread) ** 2,
      0,
    );
  let values = parameters.map(({ start }) => start);
  let errors = residuals(values);
  let best = cost(values, errors);
  let damping = 1e-2;
  for (let round = 0; round < 40; round += 1) {
    const { matrix, gradient } = normalEquations(residuals, values, errors, parameters);
    let improved = null;
    for (let attempt = 0; attempt < 8 && improved === null; attempt += 1) {
      const damped = matrix.map((row, at) =>
        row.map((value, column) => (at === column ? value * (1 + damping) : value)),
      );
      const step = solve(damped, gradient);
      const next = values.map((value, index) => value - Math.max(-1, Math.min(1, step[index])));
      const nextErrors = residuals(next);
      const nextCost = cost(next, nextErrors);
      if (nextCost < best) {
        improved = best - nextCost;
        [values, errors, best] = [next, nextErrors, nextCost];
        damping = Math.max(damping / 3, 1e-9);
      } else damping *= 4;
    }
    if (improved === null || improved < 1e-6 * best) break;
  }
  return values;
}

function normalEquations(residuals, values, errors, parameters) {
  const step = 1e-4;
  const columns = values.map((_, index) => {
    const moved = residuals(values.map((value, at) => (at === index ? value + step : value)));
    return Float64Array.from(moved, (error, at) => (error - errors[at]) / step);
  });
  const dot = (left, right) => left.reduce((sum, value, at) => sum + value * right[at], 0);
  const matrix = columns.map(() => []);
  columns.forEach((left, row) => {
    for (let column = row; column < columns.length; column += 1) {
      const prior = row === column ? 1 / parameters[row].spread ** 2 : 0;
      matrix[row][column] = dot(left, columns[column]) + prior;
      matrix[column][row] = matrix[row][column];
    }
  });
  const gradient = columns.map(
    (column, at) => dot(column, errors) + (values[at] - parameters[at].start) / parameters[at].spread ** 2,
  );
  return { matrix, gradient };
}

/** Gaussian elimination with pivoting. */
function solve(matrix, right) {
  const rows = matrix.map((row, at) => [...row, right[at]]);
  const size = rows.length;
  for (let at = 0; at < size; at += 1) {
    let pivot = at;
    for (let below = at + 1; below < size; below += 1)
      if (Math.abs(rows[below][at]) > Math.abs(rows[pivot][at])) pivot = below;
    [rows[at], rows[pivot]] = [rows[pivot], rows[at]];
    for (let below = at + 1; below < size; below += 1) {
      const factor = rows[below][at] / rows[at][at];
      for (let column = at; column <= size; column += 1) rows[below][column] -= factor * rows[at][column];
    }
  }
  const solution = Array(size).fill(0);
  for (let at = size - 1; at >= 0; at -= 1) {
    const known = rows[at]
      .slice(at + 1, size)
      .reduce((sum, value, offset) => sum + value * solution[at + 1 + offset], 0);
    solution[at] = (rows[at][size] - known) / rows[at][at];
  }
  return solution;
}
