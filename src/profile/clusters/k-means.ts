import type { Random } from "../../shared/random.js";
import { DIMENSIONS, type SparseVector } from "./embed.js";

/** Unit centroids, feature-major (`values[feature * k + cluster]`), so that one sparse row reads them in runs. */
export interface Centroids {
  readonly k: number;
  readonly values: Float32Array;
}

export interface Clustering {
  readonly centroids: Centroids;
  /** Cluster of each vector. */
  readonly labels: Int32Array;
  /** Sum of cosines to the own centroid: what spherical k-means maximises. */
  readonly objective: number;
}

const MAXIMUM_ITERATIONS = 25;

/** Cosine of one vector to every centroid, into `scores`. */
export function scoreAll(vector: SparseVector, { k, values }: Centroids, scores: Float64Array): void {
  scores.fill(0, 0, k);
  for (let at = 0; at < vector.indices.length; at += 1) {
    const weight = vector.values[at]!;
    const base = vector.indices[at]! * k;
    for (let cluster = 0; cluster < k; cluster += 1) scores[cluster]! += weight * values[base + cluster]!;
  }
}

/** Nearest centroid of each vector; ties to the lower index. */
export function assign(
  vectors: readonly SparseVector[],
  centroids: Centroids,
): { labels: Int32Array; objective: number } {
  const scores = new Float64Array(centroids.k);
  const labels = new Int32Array(vectors.length);
  let objective = 0;
  vectors.forEach((vector, row) => {
    scoreAll(vector, centroids, scores);
    let best = 0;
    for (let cluster = 1; cluster < centroids.k; cluster += 1) {
      if (scores[cluster]! > scores[best]!) best = cluster;
    }
    labels[row] = best;
    objective += scores[best]!;
  });
  return { labels, objective };
}

/** Spherical k-means from k-means++ seeds; the best of `restarts` by objective. Clusters may end up empty. */
export function sphericalKMeans(
  vectors: readonly SparseVector[],
  k: number,
  restarts: number,
  random: Random,
): Clustering {
  let best: Clustering | null = null;
  for (let restart = 0; restart < restarts; restart += 1) {
    const clustering = fitOnce(vectors, k, random.fork(`restart ${restart}`));
    if (best === null || clustering.objective > best.objective) best = clustering;
  }
  if (best === null) throw new RangeError("at least one restart is needed");
  return best;
}

function fitOnce(vectors: readonly SparseVector[], k: number, random: Random): Clustering {
  let centroids = seedCentroids(vectors, k, random);
  let current = assign(vectors, centroids);
  for (let iteration = 0; iteration < MAXIMUM_ITERATIONS; iteration += 1) {
    centroids = meansOf(vectors, current.labels, k);
    const next = assign(vectors, centroids);
    // Below one part in ten thousand the labels no longer change in a way that anyone sees.
    const settled = next.objective - current.objective <= 1e-4 * Math.abs(current.objective);
    current = next;
    if (settled) break;
  }
  return { centroids, ...current };
}

/** k-means++ (Arthur and Vassilvitskii 2007) with distance 1 - cosine. */
function seedCentroids(vectors: readonly SparseVector[], k: number, random: Random): Centroids {
  const values = new Float32Array(DIMENSIONS * k);
  const dense = new Float32Array(DIMENSIONS);
  const distance = new Float64Array(vectors.length).fill(1);
  for (let cluster = 0; cluster < k; cluster += 1) {
    const seed = vectors[cluster === 0 ? random.integer(vectors.length) : draw(distance, random)]!;
    dense.fill(0);
    seed.indices.forEach((index, at) => {
      dense[index] = seed.values[at]!;
      values[index * k + cluster] = seed.values[at]!;
    });
    vectors.forEach((vector, row) => {
      let cosine = 0;
      for (let at = 0; at < vector.indices.length; at += 1)
        cosine += vector.values[at]! * dense[vector.indices[at]!]!;
      distance[row] = Math.min(distance[row]!, Math.max(0, 1 - cosine));
    });
  }
  return { k, values };
}

function draw(weights: Float64Array, random: Random): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let left = random.next() * total;
  for (let row = 0; row < weights.length; row += 1) {
    left -= weights[row]!;
    if (left < 0) return row;
  }
  return random.integer(weights.length);
}

export function meansOf(vectors: readonly SparseVector[], labels: Int32Array, k: number): Centroids {
  const values = new Float32Array(DIMENSIONS * k);
  vectors.forEach((vector, row) => {
    const cluster = labels[row]!;
    for (let at = 0; at < vector.indices.length; at += 1) {
      values[vector.indices[at]! * k + cluster]! += vector.values[at]!;
    }
  });
  const squares = new Float64Array(k);
  for (let at = 0; at < values.length; at += 1) squares[at % k]! += values[at]! ** 2;
  for (let at = 0; at < values.length; at += 1) {
    const square = squares[at % k]!;
    if (square > 0) values[at]! /= Math.sqrt(square);
  }
  return { k, values };
}
