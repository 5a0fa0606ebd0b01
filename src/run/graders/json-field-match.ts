import { z } from "zod";
import type { Grader } from "../contract.js";
import { parseJson, withoutFence } from "./json-text.js";
import { leafMatch } from "./leaf-match.js";
import { foldOptions } from "./text.js";

const options = z.strictObject({
  ...foldOptions,
  arrays: z
    .enum(["ordered", "multiset"])
    .default("ordered")
    .describe("Lists element by element, or in any order: an element then matches whole or not at all."),
  number_text: z.boolean().default(true).describe('A text such as "42" equals the number 42.'),
  fences: z.boolean().default(true).describe("A Markdown code fence around the answer is taken off first."),
});

export const jsonFieldMatch: Grader = {
  id: "json-field-match",
  summary:
    "Share of the reference's leaves (fields and list elements) that the answer's JSON has; no JSON scores 0.",
  options,
  grade: (input) => {
    const { fences, ...compared } = options.parse(input.options);
    const wanted = typeof input.reference === "string" ? parseJson(input.reference) : input.reference;
    if (typeof wanted !== "object" || wanted === null) return null;
    const answer = parseJson(fences ? withoutFence(input.response) : input.response);
    return answer === undefined ? 0 : leafMatch(answer, wanted, compared);
  },
};
