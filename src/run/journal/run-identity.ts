import { sha256 } from "../../shared/artifact.js";
import { DEFAULT_ALLOCATION } from "../allocation/registry.js";
import type { RunMode } from "../contract.js";
import type { EvaluationInputs } from "../evaluate.js";

/**
 * Hash of everything that a run's answers and decisions depend on. Budget and concurrency are left out on purpose:
 * a run that ended at its budget may be resumed with a larger one. So are labels: they change no call.
 */
export function runIdentity(
  inputs: Omit<EvaluationInputs, "isRecorded" | "warnings" | "plan" | "design" | "labels">,
  executor: { readonly mode: RunMode; readonly hosts: readonly string[]; readonly settings?: unknown },
): string {
  const { questions, family, samples, alpha, beta, seed, population, sampleSize } = inputs;
  const { earlyStopping, allocation, judge, embeddingModel, batchSamples } = inputs;
  const { mode, hosts, settings } = executor;
  const run = [
    mode,
    hosts,
    settings,
    questions,
    family,
    samples,
    alpha,
    beta,
    seed,
    population,
    sampleSize,
    earlyStopping,
    earlyStopping ? (allocation ?? DEFAULT_ALLOCATION.name) : null,
    ...(judge === undefined && embeddingModel === undefined ? [] : [judge ?? null, embeddingModel ?? null]),
    ...(batchSamples === undefined ? [] : [{ batchSamples }]),
  ];
  return sha256(JSON.stringify(run));
}
