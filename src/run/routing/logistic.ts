/** A row of features: `values[k]` stands in column `indices[k]`. */
export interface SparseRow {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

export interface LogisticOptions {
  readonly dimensions: number;
  /** Half of it times the squared weight is added to the loss; 4 is a normal prior of deviation 0.5. */
  readonly penalty: number;
  /** Column of the constant, which is not penalised. */
  readonly constant: number;
}

const MAXIMUM_STEPS = 80;
const MEMORY = 8;
const GRADIENT_TOLERANCE = 1e-4;
// Armijo's condition: a step must bring this share of the descent that the gradient promises.
const SUFFICIENT = 1e-4;
const HALVINGS = 30;

export const sigmoid = (value: number): number =>
  value >= 0 ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / (1 + Math.exp(value));

export function dot({ indices, values }: SparseRow, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < indices.length; k += 1) sum += values[k]! * weights[indices[k]!]!;
  return sum;
}

/**
 * Weights of a logistic regression with squared penalty, by limited-memory BFGS (Nocedal and Wright, "Numerical
 * Optimization", algorithm 7.5) from zero: no randomness, so equal rows give equal weights. Targets are usually in
 * [0, 1]; others are allowed (unbiased estimates scatter beyond), since the loss ln(1 + e^z) - t z is convex for any.
 */
export function fitLogistic(
  rows: readonly SparseRow[],
  targets: readonly number[],
  options: LogisticOptions,
): Float64Array {
  const { dimensions } = options;
  let weights: Float64Array = new Float64Array(dimensions);
  let now = lossAt(rows, targets, weights, options);
  const history: Correction[] = [];
  for (let step = 0; step < MAXIMUM_STEPS; step += 1) {
    if (norm(now.gradient) <= GRADIENT_TOLERANCE * Math.max(1, rows.length)) break;
    const direction = descent(now.gradient, history);
    const slope = inner(direction, now.gradient);
    const next = search(weights, direction, now.loss, slope, (at) => lossAt(rows, targets, at, options));
    if (next === null) break;
    const change = minus(next.weights, weights);
    const turn = minus(next.gradient, now.gradient);
    const curvature = inner(change, turn);
    if (curvature > 1e-12) history.push({ change, turn, curvature });
    if (history.length > MEMORY) history.shift();
    weights = next.weights;
    now = next;
  }
  return weights;
}

interface Point {
  readonly loss: number;
  readonly gradient: Float64Array;
}

interface Correction {
  readonly change: Float64Array;
  readonly turn: Float64Array;
  readonly curvature: number;
}

function lossAt(
  rows: readonly SparseRow[],
  targets: readonly number[],
  weights: Float64Array,
  { penalty, constant }: LogisticOptions,
): Point {
  let loss = 0;
  const gradient = weights.map((weight, column) => {
    if (column === constant) return 0;
    loss += 0.5 * penalty * weight * weight;
    return penalty * weight;
  });
  for (const [index, row] of rows.entries()) {
    const z = dot(row, weights);
    const target = targets[index]!;
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target * z;
    const error = sigmoid(z) - target;
    const { indices, values } = row;
    for (let k = 0; k < indices.length; k += 1) gradient[indices[k]!]! += error * values[k]!;
  }
  return { loss, gradient };
}

/** The two-loop recursion: minus the gradient, bent by the corrections kept. */
function descent(gradient: Float64Array, history: readonly Correction[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { change, turn, curvature } of [...history].reverse()) {
    const share = inner(change, direction) / curvature;
    shares.push(share);
    add(direction, turn, -share);
  }
  const last = history.at(-1);
  const scale =
    last === undefined ? 1 / Math.max(1, norm(gradient)) : last.curvature / inner(last.turn, last.turn);
  for (let column = 0; column < direction.length; column += 1) direction[column]! *= scale;
  for (const { change, turn, curvature } of history) {
    add(direction, change, shares.pop()! - inner(turn, direction) / curvature);
  }
  return direction;
}

function search(
  weights: Float64Array,
  direction: Float64Array,
  loss: number,
  slope: number,
  evaluate: (weights: Float64Array) => Point,
): (Point & { readonly weights: Float64Array }) | null {
  for (let halving = 0, length = 1; halving < HALVINGS; halving += 1, length /= 2) {
    const tried = Float64Array.from(weights);
    add(tried, direction, length);
    const point = evaluate(tried);
    if (point.loss <= loss + SUFFICIENT * length * slope) return { ...point, weights: tried };
  }
  return null;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let column = 0; column < to.length; column += 1) to[column]! += times * what[column]!;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < a.length; column += 1) sum += a[column]! * b[column]!;
  return sum;
}

const minus = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((value, column) => value - b[column]!);
const norm = (a: Float64Array): number => Math.sqrt(inner(a, a));
