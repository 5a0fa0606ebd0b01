import { z } from "zod";
import type { Grader } from "../contract.js";

export const DEFAULT_CRITERIA = [
  "The answer is right: it states nothing that is false or that the reference contradicts.",
  "The answer is complete: it does all that the task asks.",
  "The answer keeps to the task: format and instructions are followed, and nothing needless is added.",
] as const;

const criterion = z.string().min(1);

export const judgeOptions = z.strictObject({
  mode: z
    .enum(["auto", "rubric", "pairwise"])
    .default("auto")
    .describe(
      "rubric: each answer by itself; pairwise: both beside each other; auto: rubric with a reference.",
    ),
  criteria: z
    .union([criterion, z.array(criterion).min(1).max(20)])
    .default([...DEFAULT_CRITERIA])
    .describe("What a good answer does: one criterion or a list."),
  points: z.int().min(1).max(10).default(4).describe("Points of each criterion, in rubric mode."),
});

export const judge: Grader = {
  id: "judge",
  summary: "A model judges the answers, by a rubric or in swapped pairs; needs --judge.",
  options: judgeOptions,
  asks: "judge",
  grade: () => ({ missing: "has no opinion of the judge" }),
};
