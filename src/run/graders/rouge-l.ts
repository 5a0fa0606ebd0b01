import { z } from "zod";
import type { Grader } from "../contract.js";
import { acceptedTexts, wordsOf } from "./text.js";

/** Texts are cut here: time grows with the product of both lengths. */
export const ROUGE_TOKEN_LIMIT = 4_000;

const options = z.strictObject({
  beta: z
    .number()
    .positive()
    .default(1)
    .describe("Weight of recall against precision; 1 is their harmonic mean."),
});

/** ROUGE-L of Lin, "ROUGE: a package for automatic evaluation of summaries" (2004), section 3.1. */
export const rougeL: Grader = {
  id: "rouge-l",
  summary:
    "ROUGE-L: F-measure over the longest common subsequence of words; of a list of references the best.",
  options,
  grade: (input) => {
    const { beta } = options.parse(input.options);
    const references = acceptedTexts(input.reference)?.map(tokensOf);
    if (references === undefined || references.some((tokens) => tokens.length === 0)) return null;
    const answer = tokensOf(input.response);
    return Math.max(...references.map((reference) => fMeasure(answer, reference, beta)));
  },
};

const tokensOf = (text: string): string[] => wordsOf(text).slice(0, ROUGE_TOKEN_LIMIT);

function fMeasure(answer: readonly string[], reference: readonly string[], beta: number): number {
  const common = longestCommonSubsequence(answer, reference);
  // Rounding must not part equal texts, nor lift a score above 1.
  if (common === answer.length && common === reference.length) return 1;
  // The usual (1 + b^2) P R / (R + b^2 P) with P = common / answer and R = common / reference, divided out.
  return ((1 + beta ** 2) * common) / (answer.length + beta ** 2 * reference.length);
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let above = new Uint16Array(b.length + 1);
  let row = new Uint16Array(b.length + 1);
  for (const token of a) {
    for (let column = 1; column <= b.length; column += 1) {
      row[column] =
        token === b[column - 1] ? above[column - 1]! + 1 : Math.max(above[column]!, row[column - 1]!);
    }
    [above, row] = [row, above];
  }
  return above[b.length]!;
}
