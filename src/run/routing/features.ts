import { hash32 } from "../../shared/random.js";
import { wordsOf } from "../graders/text.js";
import { estimatedTokens } from "../spend/text-tokens.js";
import type { ArmAnswer, RoutingSample } from "./feedback.js";
import type { SparseRow } from "./logistic.js";

/** Buckets for the hashed grams of one and two words. Their weights tell no words, so they may be written down. */
export const GRAM_BUCKETS = 256;

// A router must be quick: what a prompt is about shows in its first pages.
const TEXT_LIMIT = 8_000;

/** Columns of what is known before any call, in order; clusters and grams follow. */
export const PROMPT_COLUMNS = ["constant", "log_input_tokens"] as const;
/** Columns of a cheap model's own answer, in order; a cascade sees it before it decides. */
export const ANSWER_COLUMNS = [
  "log_output_tokens",
  "empty",
  "truncated",
  "hedges",
  "words_from_prompt",
] as const;
export const CONSTANT = 0;

// Lengths from 1 to 20,000 tokens, scaled to about 0..1 like all other columns.
const LOG_SCALE = 10;
const HEDGE =
  /\b(i'?m sorry|i apologi[sz]e|i (?:can(?:no|')t|am (?:not able|unable))|as an ai|not sure|unsure|unclear|don'?t know|cannot determine)\b/i;

/** Which column means what, for one set of clusters. */
export interface FeatureSpace {
  readonly clusters: readonly string[];
  readonly dimensions: number;
  readonly columnOf: ReadonlyMap<string, number>;
}

/** Columns: prompt, answer, one a cluster, grams. A cluster that training never saw has none of its own. */
export function featureSpace(clusters: Iterable<string>): FeatureSpace {
  const names = [...new Set(clusters)].sort();
  const first = PROMPT_COLUMNS.length + ANSWER_COLUMNS.length;
  return {
    clusters: names,
    dimensions: first + names.length + GRAM_BUCKETS,
    columnOf: new Map(names.map((name, index) => [name, first + index])),
  };
}

/** What is known before any call: cluster, input length, hashed grams of one and two words of unit length. */
export function promptRow(sample: RoutingSample, space: FeatureSpace): SparseRow {
  const indices: number[] = [CONSTANT, 1];
  const values: number[] = [1, Math.log1p(inputTokensOf(sample)) / LOG_SCALE];
  const cluster = space.columnOf.get(sample.cluster);
  if (cluster !== undefined) {
    indices.push(cluster);
    values.push(1);
  }
  const grams = gramsOf(sample.text);
  const first = space.dimensions - GRAM_BUCKETS;
  for (const [bucket, value] of grams) {
    indices.push(first + bucket);
    values.push(value);
  }
  return { indices, values };
}

/** The same with the cheap model's own answer: its length, whether it is empty, cut, hedged, or echoes the prompt. */
export function answerRow(prompt: SparseRow, sample: RoutingSample, answer: ArmAnswer): SparseRow {
  const text = answer.text?.slice(0, TEXT_LIMIT) ?? null;
  const tokens = answer.outputTokens ?? (text === null ? 0 : estimatedTokens([text]));
  const features = [
    Math.log1p(tokens) / LOG_SCALE,
    text !== null && text.trim() === "" ? 1 : 0,
    answer.truncated ? 1 : 0,
    text !== null && HEDGE.test(text) ? 1 : 0,
    text === null || sample.text === null ? 0 : shareIn(sample.text, text),
  ];
  const first = PROMPT_COLUMNS.length;
  return {
    indices: [...prompt.indices, ...features.map((_, index) => first + index)],
    values: [...prompt.values, ...features],
  };
}

function inputTokensOf({ inputTokens, text }: RoutingSample): number {
  return inputTokens ?? (text === null ? 0 : estimatedTokens([text]));
}

/** Damped counts (1 + ln count) of hashed grams, scaled to unit length. */
export function gramsOf(text: string | null): Map<number, number> {
  const counts = new Map<number, number>();
  const add = (gram: string): void => {
    const bucket = spread(hash32(gram)) % GRAM_BUCKETS;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  };
  let previous: string | null = null;
  for (const word of text === null ? [] : wordsOf(text.slice(0, TEXT_LIMIT))) {
    add(word);
    if (previous !== null) add(`${previous} ${word}`);
    previous = word;
  }
  let squares = 0;
  for (const [bucket, count] of counts) {
    const damped = 1 + Math.log(count);
    counts.set(bucket, damped);
    squares += damped * damped;
  }
  const length = Math.sqrt(squares);
  for (const [bucket, value] of counts) counts.set(bucket, value / length);
  return counts;
}

/** Only low bits are kept, and FNV's depend on few characters (MurmurHash3's final step). */
function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Share of the answer's words that stand in the prompt. */
function shareIn(prompt: string, answer: string): number {
  const known = new Set(wordsOf(prompt.slice(0, TEXT_LIMIT)));
  const words = wordsOf(answer);
  return words.length === 0 ? 0 : words.filter((word) => known.has(word)).length / words.length;
}
