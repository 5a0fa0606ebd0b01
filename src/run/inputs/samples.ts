import { promptSchema, sampleSchema } from "../../profile/contract.js";
import { UsageError } from "../../shared/errors.js";
import { createRandom } from "../../shared/random.js";
import type { ModelCall, ModelRef } from "../contract.js";
import { checkGrader, type GraderSpec } from "../graders/index.js";
import { readJsonLines } from "./read-lines.js";

/** One prompt that may enter a test, whatever file it came from. A list of them is in the run's fixed order. */
export interface RunSample {
  readonly id: string;
  readonly cluster: string;
  /** Model that answered it in production; null where the file does not say. */
  readonly provider: string | null;
  readonly model: string | null;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly reference?: unknown;
  readonly grader: GraderSpec | null;
  readonly maxTokens: number | null;
  /** As the prompt states them; see `ModelCall`. */
  readonly tools?: readonly unknown[];
  readonly responseFormat?: unknown;
  /** null where every sample had the same chance. */
  readonly inclusionProbability: number | null;
}

/** Cluster of prompts that declare no intent. */
export const UNKNOWN_CLUSTER = "unknown";

/**
 * Reads samples.jsonl in its own order. Only `role: inference` lines were drawn at random; the others never enter.
 *
 * @throws UsageError TOP-RUN-INPUT, TOP-RUN-LINE, TOP-RUN-GRADER, TOP-RUN-GRADER-OPTIONS, TOP-RUN-SAMPLE-TWICE.
 */
export async function readSamples(path: string, signal?: AbortSignal): Promise<RunSample[]> {
  const ordered: { order: number; sample: RunSample }[] = [];
  const fix = "Draw the samples again: tokenop profile";
  for await (const { value } of readJsonLines(path, sampleSchema, { signal, fix })) {
    if (value.role !== "inference") continue;
    const { id, cluster, provider, model, messages, reference, grader } = value;
    const sample = { id, cluster, provider, model, messages, reference, grader };
    const rest = {
      maxTokens: value.max_tokens,
      ...extrasOf(value),
      inclusionProbability: value.inclusion_probability,
    };
    ordered.push({ order: value.order, sample: { ...sample, ...rest } });
  }
  ordered.sort((a, b) => a.order - b.order || (a.sample.id < b.sample.id ? -1 : 1));
  return checked(ordered.map(({ sample }) => sample));
}

/**
 * Reads prompts.jsonl as samples: every line counts equally, in one seeded random order.
 *
 * @throws UsageError as `readSamples`.
 */
export async function readPrompts(path: string, seed: number, signal?: AbortSignal): Promise<RunSample[]> {
  const samples: RunSample[] = [];
  const fix = 'Correct the line; each needs "id" or "event_id", and "messages" or "prompt".';
  for await (const { value } of readJsonLines(path, promptSchema, { signal, fix })) {
    samples.push({
      id: (value.id ?? value.event_id)!,
      cluster: value.intent ?? UNKNOWN_CLUSTER,
      provider: value.provider ?? null,
      model: value.model ?? null,
      messages: value.messages ?? [{ role: "user", content: value.prompt }],
      reference: value.reference,
      grader: value.grader ?? null,
      maxTokens: value.max_tokens ?? null,
      ...extrasOf(value),
      inclusionProbability: null,
    });
  }
  return seededOrder(checked(samples), seed);
}

/** `model` asked this sample: everything that the answer may depend on. */
export function callOf(sample: RunSample, { provider, model }: ModelRef): ModelCall {
  const { id: sampleId, cluster, messages, maxTokens, tools, responseFormat } = sample;
  return {
    ...{ sampleId, cluster, provider, model, messages, maxTokens },
    ...(tools !== undefined && { tools }),
    ...(responseFormat !== undefined && { responseFormat }),
  };
}

/** Tells a call from every other of its run. */
export function callKey({
  sampleId,
  provider,
  model,
  part,
}: Pick<ModelCall, "sampleId" | "provider" | "model" | "part">): string {
  return [sampleId, provider, model, ...(part === undefined ? [] : [part])].join("\0");
}

function extrasOf(line: { readonly tools?: readonly unknown[]; readonly response_format?: unknown }) {
  const { tools, response_format: responseFormat } = line;
  return { ...(tools !== undefined && { tools }), ...(responseFormat !== undefined && { responseFormat }) };
}

/** One random order from ids and seed alone: the order of lines in a file does not matter. */
export function seededOrder<T extends { readonly id: string }>(samples: readonly T[], seed: number): T[] {
  const byId = [...samples].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return createRandom(seed).fork("sample-order").shuffle(byId);
}

function checked(samples: RunSample[]): RunSample[] {
  const seen = new Set<string>();
  for (const { id, grader } of samples) {
    if (grader !== null) checkGrader(grader, id);
    if (seen.has(id)) {
      throw new UsageError({
        code: "TOP-RUN-SAMPLE-TWICE",
        message: `Sample "${id}" stands twice in the file.`,
        found: "Counting one prompt twice would make the evidence look stronger than it is.",
        fix: "Keep one of the two lines, or give them different ids.",
      });
    }
    seen.add(id);
  }
  return samples;
}
