import { UsageError } from "../../shared/errors.js";
import { labelSchema, type ModelRef } from "../contract.js";
import { readJsonLines } from "./read-lines.js";

/** Scores that people gave to single answers, found by sample and model. */
export interface Labels {
  find(sampleId: string, ref: ModelRef): number | null;
}

export const NO_LABELS: Labels = { find: () => null };

/**
 * Reads a labels file: one line for each answer, with the model as results.jsonl names it.
 *
 * @throws UsageError TOP-RUN-INPUT, TOP-RUN-LINE, TOP-RUN-LABEL-TWICE.
 */
export async function readLabels(path: string, signal?: AbortSignal): Promise<Labels> {
  const labels = new Map<string, number>();
  const fix = 'Correct the line; each needs "sample_id", "model" and a "score" from 0 to 1.';
  for await (const { value } of readJsonLines(path, labelSchema, { signal, fix })) {
    const model = value.provider === undefined ? value.model : `${value.provider}/${value.model}`;
    const key = `${value.sample_id}\0${model}`;
    const known = labels.get(key);
    if (known !== undefined && known !== value.score) throw labelledTwice(value.sample_id, model);
    labels.set(key, value.score);
  }
  return {
    find: (sampleId, { provider, model }) =>
      labels.get(`${sampleId}\0${provider}/${model}`) ?? labels.get(`${sampleId}\0${model}`) ?? null,
  };
}

function labelledTwice(sampleId: string, model: string): UsageError {
  return new UsageError({
    code: "TOP-RUN-LABEL-TWICE",
    message: `The answer of "${model}" to sample "${sampleId}" has two different labels.`,
    found: "Which of them counts would be a choice made after seeing the answers.",
    fix: "Keep one of the two lines.",
  });
}
