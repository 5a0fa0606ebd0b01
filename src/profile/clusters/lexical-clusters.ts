import type { Random } from "../../shared/random.js";
import { chooseK, type KScore } from "./choose-k.js";
import { distinctiveTerms } from "./distinctive-terms.js";
import type { Embedding, SparseVector } from "./embed.js";
import { assign, type Centroids, meansOf, sphericalKMeans } from "./k-means.js";

export interface LexicalCluster {
  /** `cluster-01` and on, largest first: stable for equal prompts and seed. */
  readonly id: string;
  readonly name: string;
  readonly terms: readonly string[];
}

export interface LexicalClusters {
  readonly clusters: readonly LexicalCluster[];
  /** Cluster id of each text that was clustered. */
  readonly labels: readonly string[];
  readonly choice: KScore;
  /** Nearest cluster of a further text. */
  classify(text: string): string;
}

const RESTARTS = 3;

/** Spherical k-means over lexical vectors; k by silhouette and half-sample stability. */
export function lexicalClusters(
  texts: readonly string[],
  embedding: Embedding,
  random: Random,
): LexicalClusters {
  const vectors = texts.map((text) => embedding.embed(text));
  const choice = chooseK(vectors, random.fork("choose k"));
  const fitted = sphericalKMeans(vectors, choice.k, RESTARTS, random.fork("fit"));
  const { labels, centroids, count } = largestFirst(vectors, fitted.labels, choice.k);
  const terms = distinctiveTerms(texts, labels, count);
  const clusters = terms.map((words, at) => ({
    id: clusterId(at),
    name: words.length === 0 ? clusterId(at) : words.slice(0, 3).join(", "),
    terms: words,
  }));
  return {
    clusters,
    labels: Array.from(labels, clusterId),
    choice,
    classify: (text) => clusterId(assign([embedding.embed(text)], centroids).labels[0]!),
  };
}

const clusterId = (index: number): string => `cluster-${String(index + 1).padStart(2, "0")}`;

/** Numbers clusters by falling size and drops empty ones. */
function largestFirst(
  vectors: readonly SparseVector[],
  labels: Int32Array,
  k: number,
): { labels: Int32Array; centroids: Centroids; count: number } {
  const sizes = new Array<number>(k).fill(0);
  for (const label of labels) sizes[label]! += 1;
  const order = [...sizes.keys()]
    .filter((at) => sizes[at]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const rank = new Int32Array(k);
  order.forEach((cluster, at) => {
    rank[cluster] = at;
  });
  const renamed = labels.map((label) => rank[label]!);
  return { labels: renamed, centroids: meansOf(vectors, renamed, order.length), count: order.length };
}
