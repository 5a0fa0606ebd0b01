import { z } from "zod";
import type { Grader } from "../contract.js";
import { acceptedTexts, foldOptions, normaliseText } from "./text.js";

const options = z.strictObject({
  ...foldOptions,
  mode: z.enum(["all", "any"]).default("all").describe("How many of a list of references must occur."),
});

export const contains: Grader = {
  id: "contains",
  summary: "1 if the reference text occurs in the answer; of a list all must, or any.",
  options,
  grade: (input) => {
    const wanted = acceptedTexts(input.reference);
    if (wanted === null) return null;
    const { mode, ...folding } = options.parse(input.options);
    const answer = normaliseText(input.response, folding);
    const occurs = (text: string): boolean => answer.includes(normaliseText(text, folding));
    return (mode === "all" ? wanted.every(occurs) : wanted.some(occurs)) ? 1 : 0;
  },
};
