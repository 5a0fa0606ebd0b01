import { z } from "zod";
import type { Grader } from "../contract.js";
import { acceptedTexts, foldOptions, normaliseText } from "./text.js";

const options = z.strictObject(foldOptions);

export const exact: Grader = {
  id: "exact",
  summary:
    "1 if the answer equals the reference (or one of a list) after NFKC, trim, case and space folding.",
  options,
  grade: (input) => {
    const accepted = acceptedTexts(input.reference);
    if (accepted === null) return null;
    const folding = options.parse(input.options);
    const answer = normaliseText(input.response, folding);
    return accepted.some((text) => normaliseText(text, folding) === answer) ? 1 : 0;
  },
};
