import { z } from "zod";
import type { Grader } from "../contract.js";

const options = z.strictObject({
  score: z.number().min(0).max(1).nullable().default(null).describe("The score as recorded."),
});

export const recordedScore: Grader = {
  id: "recorded-score",
  summary: "The score that stands in the recording, as graded when it was recorded.",
  options,
  grade: (input) => options.parse(input.options).score,
};
