import { z } from "zod";
import type { Grader } from "../contract.js";
import { similarity } from "./similarity.js";

const end = z.number().min(-1).max(1);

export const embeddingOptions = z
  .strictObject({
    zero_at: end.default(0).describe("Cosine that scores 0; values between are scaled."),
    one_at: end.default(1).describe("Cosine that scores 1."),
  })
  .refine(({ zero_at, one_at }) => zero_at < one_at, { message: "expected zero_at below one_at" });

/** Without a model the likeness is lexical; the run says so and labels the grade `embedding-lexical`. */
export const embedding: Grader = {
  id: "embedding",
  summary:
    "Cosine of the answer's and the reference's embeddings; needs --embedding-model, else lexical likeness.",
  options: embeddingOptions,
  asks: "embeddings",
  grade: (input) => similarity.grade(input),
};
