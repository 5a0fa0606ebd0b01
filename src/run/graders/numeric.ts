import { z } from "zod";
import type { Grader } from "../contract.js";

const tolerance = z.number().nonnegative();
const options = z.strictObject({
  abs_tolerance: tolerance.default(1e-9).describe("Largest absolute difference."),
  rel_tolerance: tolerance.default(1e-9).describe("Largest difference relative to the reference."),
});

export interface ParsedNumber {
  readonly value: number;
  readonly isPercent: boolean;
}

// A sign counts only where no digit stands before it, so that "3-5" ends in 5 and "-5" in minus 5. Thousands are
// grouped by commas, thin or ordinary spaces or underscores; a decimal comma is not read: "1,234" is ambiguous.
const NUMBER =
  /(?<sign>(?<![\p{L}\d.,)])[-\u2212+])?\s?[$€£¥₹]?\s?(?<digits>\d{1,3}(?:[,_\u00a0\u2009\u202f ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?<exponent>[eE][-+]?\d+)?(?<percent>\s?(?:%|percent\b))?/gu;

/** The last number of a text: sign, currency, grouped thousands, exponent and percent are read. null: there is none. */
export function lastNumber(text: string): ParsedNumber | null {
  const match = [...text.normalize("NFC").matchAll(NUMBER)].at(-1);
  if (match?.groups === undefined) return null;
  const { sign, digits = "", exponent = "", percent } = match.groups;
  const magnitude = Number(`${digits.replace(/[^\d.]/g, "")}${exponent}`);
  if (!Number.isFinite(magnitude)) return null;
  const isNegative = sign === "-" || sign === "\u2212";
  return { value: isNegative ? -magnitude : magnitude, isPercent: percent !== undefined };
}

/** Whether a text is a number and nothing else, so that it may be graded as one without being asked. */
export function isNumberText(text: string): boolean {
  const [match, second] = text.trim().matchAll(NUMBER);
  return match !== undefined && second === undefined && match[0].length === text.trim().length;
}

/** "45%" stands for 0.45 and for "45, in percent": where one side has the sign and the other not, either may hold. */
function readings(number: ParsedNumber, other: ParsedNumber): number[] {
  if (!number.isPercent) return [number.value];
  return other.isPercent ? [number.value / 100] : [number.value / 100, number.value];
}

export const numeric: Grader = {
  id: "numeric",
  summary: "1 if the last number of the answer equals the reference within a tolerance; no number scores 0.",
  options,
  grade: (input) => {
    const { abs_tolerance, rel_tolerance } = options.parse(input.options);
    const wanted = referenceNumber(input.reference);
    if (wanted === null) return null;
    const answer = lastNumber(input.response);
    if (answer === null) return 0;
    const isClose = (a: number, b: number): boolean =>
      Math.abs(a - b) <= Math.max(abs_tolerance, rel_tolerance * Math.abs(b));
    return readings(answer, wanted).some((a) => readings(wanted, answer).some((b) => isClose(a, b))) ? 1 : 0;
  },
};

function referenceNumber(reference: unknown): ParsedNumber | null {
  if (typeof reference === "number" && Number.isFinite(reference))
    return { value: reference, isPercent: false };
  return typeof reference === "string" ? lastNumber(reference) : null;
}
