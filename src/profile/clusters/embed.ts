import { maskVariables, wordsOf } from "./prompt-text.js";

/** Feature buckets of the hashing trick. */
export const DIMENSIONS = 1 << 14;

/** A sparse row of unit length (or empty). */
export interface SparseVector {
  readonly indices: Uint16Array;
  readonly values: Float32Array;
}

/** Turns texts into vectors with document frequencies of the corpus that it was fitted on. */
export interface Embedding {
  embed(text: string): SparseVector;
}

/**
 * Lexical embedding without a download: hashed word 1- and 2-grams and character 3- to 5-grams inside words,
 * weighted (1 + ln tf) * ln((1 + N) / (1 + df)), scaled to unit length.
 */
export function fitEmbedding(corpus: Iterable<string>): Embedding {
  const documentFrequency = new Uint32Array(DIMENSIONS);
  const counter = featureCounter();
  let documents = 0;
  for (const text of corpus) {
    documents += 1;
    for (const bucket of counter(text).keys()) documentFrequency[bucket]! += 1;
  }
  const weights = Float32Array.from(documentFrequency, (df) => Math.log((1 + documents) / (1 + df)));
  return { embed: (text) => weigh(counter(text), weights) };
}

function weigh(counts: ReadonlyMap<number, number>, weights: Float32Array): SparseVector {
  const buckets = [...counts.keys()].filter((bucket) => weights[bucket]! > 0).sort((a, b) => a - b);
  const values = Float32Array.from(
    buckets,
    (bucket) => (1 + Math.log(counts.get(bucket)!)) * weights[bucket]!,
  );
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return {
    indices: Uint16Array.from(buckets),
    values: length === 0 ? values : values.map((value) => value / length),
  };
}

/** Feature bucket -> occurrences. Words repeat, so each word's n-grams are hashed once. */
function featureCounter(): (text: string) => Map<number, number> {
  const known = new Map<string, Uint16Array>();
  return (text) => {
    const counts = new Map<number, number>();
    const add = (bucket: number): void => {
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    };
    let previous: string | null = null;
    for (const word of wordsOf(maskVariables(text))) {
      let buckets = known.get(word);
      if (buckets === undefined) {
        buckets = wordFeatures(word);
        if (known.size < 100_000) known.set(word, buckets);
      }
      for (const bucket of buckets) add(bucket);
      if (previous !== null) add(bucketOf(`2 ${previous} ${word}`, 0));
      previous = word;
    }
    return counts;
  };
}

function wordFeatures(word: string): Uint16Array {
  const padded = ` ${word} `;
  const features = [bucketOf(word, 1)];
  for (let size = 3; size <= 5; size += 1) {
    for (let start = 0; start + size <= padded.length; start += 1) {
      features.push(bucketOf(padded.slice(start, start + size), 2));
    }
  }
  return Uint16Array.from(features);
}

/** FNV-1a with an avalanche step, since only the low bits are kept. */
function bucketOf(feature: string, kind: number): number {
  let hash = 0x811c9dc5 ^ kind;
  for (let index = 0; index < feature.length; index += 1) {
    hash = Math.imul(hash ^ feature.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & (DIMENSIONS - 1);
}
