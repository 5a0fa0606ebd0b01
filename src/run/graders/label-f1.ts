import { z } from "zod";
import type { Grader } from "../contract.js";
import { parseJson, withoutFence } from "./json-text.js";
import { type Folding, foldOptions, normaliseText } from "./text.js";

const options = z.strictObject({
  ...foldOptions,
  separator: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("What stands between labels in text; by default commas, semicolons and line ends."),
});

const DEFAULT_SEPARATOR = /[,;\n]/;
/** "- ", "* ", "1. " or "1) " before a label of a list. */
const BULLET = /^\s*(?:[-*\u2022]|\d+[.)])\s+/;

export const labelF1: Grader = {
  id: "label-f1",
  summary:
    "F1 between the answer's labels and the reference's, both as multisets: twice the shared over all of both.",
  options,
  grade: (input) => {
    const { separator, ...folding } = options.parse(input.options);
    const split = (text: string): string[] => text.split(separator ?? DEFAULT_SEPARATOR);
    const wanted =
      scalars(input.reference) ?? (typeof input.reference === "string" ? split(input.reference) : null);
    if (wanted === null) return null;
    const found = scalars(parseJson(withoutFence(input.response))) ?? split(input.response);
    return multisetF1(labels(found, folding), labels(wanted, folding));
  },
};

/** A list of scalars as texts, or a lone number or flag as one; null for anything else. */
function scalars(value: unknown): string[] | null {
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (!Array.isArray(value)) return null;
  const isScalar = (item: unknown): boolean => ["string", "number", "boolean"].includes(typeof item);
  return value.every(isScalar) ? value.map(String) : null;
}

function labels(parts: readonly string[], folding: Folding): string[] {
  return parts
    .map((part) => normaliseText(part.replace(BULLET, ""), folding))
    .filter((label) => label !== "");
}

/** 1 for two empty multisets: nothing to find, and nothing claimed. */
function multisetF1(found: readonly string[], wanted: readonly string[]): number {
  if (found.length + wanted.length === 0) return 1;
  const left = new Map<string, number>();
  for (const label of wanted) left.set(label, (left.get(label) ?? 0) + 1);
  let shared = 0;
  for (const label of found) {
    const count = left.get(label) ?? 0;
    if (count === 0) continue;
    shared += 1;
    left.set(label, count - 1);
  }
  return (2 * shared) / (found.length + wanted.length);
}
