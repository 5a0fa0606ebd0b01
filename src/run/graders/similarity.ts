import { z } from "zod";
import { hash32 } from "../../shared/random.js";
import type { Grader } from "../contract.js";
import { acceptedTexts, wordsOf } from "./text.js";

/** Texts are cut here before they are compared. */
export const SIMILARITY_TEXT_LIMIT = 100_000;

const WORD_GRAMS = [1, 2] as const;
const CHARACTER_GRAMS = [3, 4, 5] as const;

const end = z.number().min(-1).max(1);
const options = z
  .strictObject({
    features: z
      .enum(["words", "characters", "both"])
      .default("both")
      .describe("Grams of 1 and 2 words, of 3 to 5 characters, or the mean of both similarities."),
    zero_at: end.default(0).describe("Similarity that scores 0; values between are scaled."),
    one_at: end.default(1).describe("Similarity that scores 1."),
  })
  .refine(({ zero_at, one_at }) => zero_at < one_at, { message: "expected zero_at below one_at" });

export const similarity: Grader = {
  id: "similarity",
  summary:
    "Cosine over hashed grams of words and characters: likeness of wording, no more than a proxy for quality.",
  options,
  grade: (input) => {
    const { features, zero_at, one_at } = options.parse(input.options);
    const answer = wordsOf(input.response.slice(0, SIMILARITY_TEXT_LIMIT));
    const references = acceptedTexts(input.reference)?.map((text) =>
      wordsOf(text.slice(0, SIMILARITY_TEXT_LIMIT)),
    );
    if (references === undefined || references.some((words) => words.length === 0)) return null;
    const best = Math.max(...references.map((reference) => likeness(answer, reference, features)));
    return Math.min(1, Math.max(0, (best - zero_at) / (one_at - zero_at)));
  },
};

function likeness(
  a: readonly string[],
  b: readonly string[],
  features: "words" | "characters" | "both",
): number {
  const byWords = features === "characters" ? null : cosine(wordGrams(a), wordGrams(b));
  const byCharacters = features === "words" ? null : cosine(characterGrams(a), characterGrams(b));
  return ((byWords ?? byCharacters ?? 0) + (byCharacters ?? byWords ?? 0)) / 2;
}

type Grams = Map<number, number>;

function wordGrams(words: readonly string[]): Grams {
  const grams: Grams = new Map();
  for (const size of WORD_GRAMS) {
    for (let start = 0; start + size <= words.length; start += 1)
      count(grams, words.slice(start, start + size).join(" "));
  }
  return grams;
}

/** Over the words joined by spaces, with a space at each end, so that beginnings of words differ from their middles. */
function characterGrams(words: readonly string[]): Grams {
  const grams: Grams = new Map();
  if (words.length === 0) return grams;
  const characters = [...` ${words.join(" ")} `];
  for (const size of CHARACTER_GRAMS) {
    for (let start = 0; start + size <= characters.length; start += 1)
      count(grams, characters.slice(start, start + size).join(""));
  }
  return grams;
}

function count(grams: Grams, gram: string): void {
  const key = hash32(gram);
  grams.set(key, (grams.get(key) ?? 0) + 1);
}

/** Counts are damped to 1 + ln(count), so that a word said ten times does not outvote the rest. */
function cosine(a: Grams, b: Grams): number {
  const damped = (grams: Grams, gram: number): number => {
    const seen = grams.get(gram);
    return seen === undefined ? 0 : 1 + Math.log(seen);
  };
  const product = (x: Grams, y: Grams): number => {
    let sum = 0;
    for (const gram of x.keys()) sum += damped(x, gram) * damped(y, gram);
    return sum;
  };
  const lengths = product(a, a) * product(b, b);
  return lengths === 0 ? 0 : product(a, b) / Math.sqrt(lengths);
}
