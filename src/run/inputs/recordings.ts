import type { z } from "zod";
import { type ModelRef, recordingSchema } from "../contract.js";
import { checkGrader } from "../graders/index.js";
import { variantOf } from "./questions.js";
import { readJsonLines } from "./read-lines.js";
import { type RunSample, seededOrder, UNKNOWN_CLUSTER } from "./samples.js";

export type Recording = z.infer<typeof recordingSchema>;

/** Recorded answers, found by sample and model. */
export interface Recordings {
  /** Every (provider, model) seen, in order of first appearance; provider is "" where the file names none. */
  readonly models: readonly ModelRef[];
  /** The recorded samples in the run's seeded order. */
  readonly samples: readonly RunSample[];
  /** Lines left out because their sample and model had been read before. */
  readonly repeated: number;
  find(sampleId: string, model: ModelRef): Recording | undefined;
}

/**
 * Reads a recordings file: one line for each answer of a model to a sample. Order of lines does not matter, except
 * that of two lines for the same sample and model the first counts.
 *
 * @throws UsageError TOP-RUN-INPUT, TOP-RUN-LINE, TOP-RUN-GRADER, TOP-RUN-GRADER-OPTIONS.
 */
export async function readRecordings(path: string, seed: number, signal?: AbortSignal): Promise<Recordings> {
  const answers = new Map<string, Recording>();
  const samples = new Map<string, RunSample>();
  const models = new Map<string, ModelRef>();
  let repeated = 0;
  const fix = "Correct the line; the format is in docs/guide/run.md.";
  for await (const { value } of readJsonLines(path, recordingSchema, { signal, fix })) {
    const ref = variantOf({ provider: value.provider ?? "", model: value.model }, value.variant);
    const key = answerKey(value.sample_id, ref);
    if (answers.has(key)) {
      repeated += 1;
      continue;
    }
    if (value.grader !== undefined) checkGrader(value.grader, value.sample_id);
    answers.set(key, value);
    models.set(`${ref.provider}\0${ref.model}`, ref);
    samples.set(value.sample_id, mergeSample(samples.get(value.sample_id), value));
  }
  const known = [...models.values()];
  return {
    models: known,
    samples: seededOrder([...samples.values()], seed),
    repeated,
    find: (sampleId, ref) => {
      const matching = ref.provider === "" ? known.filter(({ model }) => model === ref.model) : [ref];
      // A recording without a provider answers for any: replay files often name the model alone.
      for (const match of [...matching, { provider: "", model: ref.model }]) {
        const found = answers.get(answerKey(sampleId, match));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

const answerKey = (sampleId: string, ref: ModelRef): string => `${sampleId}\0${ref.provider}\0${ref.model}`;

function mergeSample(known: RunSample | undefined, line: Recording): RunSample {
  return {
    id: line.sample_id,
    cluster:
      known !== undefined && known.cluster !== UNKNOWN_CLUSTER
        ? known.cluster
        : (line.intent ?? UNKNOWN_CLUSTER),
    provider: null,
    model: null,
    messages: [],
    reference: known?.reference ?? line.reference,
    grader: known?.grader ?? line.grader ?? null,
    maxTokens: null,
    inclusionProbability: null,
  };
}
