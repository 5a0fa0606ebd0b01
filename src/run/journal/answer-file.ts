import { z } from "zod";
import { fromFileShape, toFileShape } from "../../shared/case.js";
import { formatExact, parseUsd } from "../../shared/money.js";
import type { ModelAnswer } from "../contract.js";

const count = z.int().nonnegative().nullable();

/** An answer as journal and response cache keep it. Content-bearing. */
export const storedAnswerSchema = z.strictObject({
  text: z.string().nullable(),
  score: z.number().min(0).max(1).nullable(),
  input_tokens: count,
  cached_input_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  latency_ms: z.number().nullable(),
  ttft_ms: z.number().nullable().default(null),
  cost: z.string().nullable(),
  status: z.enum(["ok", "error", "timeout"]),
  failure: z.string().nullable(),
  cached: z.boolean(),
  truncated: z.boolean().default(false),
  lost_attempts: z.int().nonnegative().default(0),
});

export type StoredAnswer = z.infer<typeof storedAnswerSchema>;

export function toStored(answer: ModelAnswer): StoredAnswer {
  const cost = answer.cost === null ? null : formatExact(answer.cost);
  return toFileShape({ ...answer, cost }) as StoredAnswer;
}

export function fromStored(stored: StoredAnswer): ModelAnswer {
  return { ...fromFileShape(stored), cost: stored.cost === null ? null : parseUsd(stored.cost) };
}
