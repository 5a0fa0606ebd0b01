import { z } from "zod";

/** Options shared by the graders that compare text. */
export const foldOptions = {
  fold_case: z.boolean().default(true).describe("Upper and lower case are equal."),
  fold_space: z.boolean().default(true).describe("Runs of white space count as one space."),
};

export interface Folding {
  readonly fold_case: boolean;
  readonly fold_space: boolean;
}

/** NFKC and trim always; case and space as asked. */
export function normaliseText(text: string, folding: Folding): string {
  let result = text.normalize("NFKC").trim();
  if (folding.fold_space) result = result.replace(/\s+/g, " ");
  // Upper first: it folds pairs that lower-casing alone keeps apart, such as the German sharp s.
  if (folding.fold_case) result = result.toUpperCase().toLowerCase();
  return result;
}

/**
 * The accepted texts of a reference: one scalar, or a list of them. null where it holds anything else, so that a
 * reference of another kind counts as missing and never as wrong.
 */
export function acceptedTexts(reference: unknown): string[] | null {
  const values = Array.isArray(reference) ? (reference as unknown[]) : [reference];
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return null;
    texts.push(String(value));
  }
  return texts.length === 0 ? null : texts;
}

// Scripts that are written without spaces: there a character counts as a word.
const UNSPACED = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const WORD = new RegExp(`[${UNSPACED}]|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+`, "gu");

/** Words of a text, folded as in `normaliseText`: runs of letters, marks and digits; everything else parts them. */
export function wordsOf(text: string): string[] {
  return normaliseText(text, { fold_case: true, fold_space: false }).match(WORD) ?? [];
}
