import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { z } from "zod";
import { parseYaml } from "../../shared/artifact.js";
import type { Camel } from "../../shared/case.js";
import { UsageError } from "../../shared/errors.js";
import { createRandom } from "../../shared/random.js";
import { type Executor, type ModelAnswer, type ModelCall, simulatedModelsSchema } from "../contract.js";
import type { RunSample } from "../inputs/samples.js";
import { estimatedTokens } from "../spend/text-tokens.js";
import type { Pricer } from "./pricer.js";

export type SimulatedModel = Camel<z.infer<typeof simulatedModelsSchema>>["models"][number];

export interface SimulateOptions {
  readonly models: readonly SimulatedModel[];
  readonly samples: readonly RunSample[];
  readonly pricer: Pricer;
  readonly seed: number;
}

/** No reference contains it, so every grader that compares with a reference scores it 0. */
export const WRONG_ANSWER = "\u2205";

// Spread of latency around its median: about half to twice over a thousand calls.
const LATENCY_LOG_SD = 0.25;

/**
 * Declared models that answer with the sample's reference at their declared accuracy. Draws depend on (seed, model,
 * sample) alone, never on the order of calls. Costs are list prices of simulated tokens; nothing is paid.
 *
 * @throws UsageError TOP-RUN-SIM-MODEL from `execute` and `worstCase` for a model that was not declared.
 */
export function createSimulateExecutor({ models, samples, pricer, seed }: SimulateOptions): Executor {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  const find = (call: ModelCall): SimulatedModel => {
    const declared = models.find(
      ({ provider, model }) => model === call.model && (call.provider === "" || provider === call.provider),
    );
    if (declared !== undefined) return declared;
    throw new UsageError({
      code: "TOP-RUN-SIM-MODEL",
      message: `The model "${call.model}" is not among the simulated ones.`,
      found: `Declared: ${models.map(({ model }) => model).join(", ") || "none"}.`,
      fix: "Add it to the simulated models file, or run in another mode.",
    });
  };
  return {
    mode: "simulate",
    hosts: [],
    worstCase: (call) => {
      const usage = simulatedUsage(call, find(call));
      return { tokens: usage.inputTokens + usage.outputTokens, cost: pricer.price(find(call), usage) };
    },
    execute: async (call) => {
      const model = find(call);
      return simulatedAnswer(call, model, byId.get(call.sampleId)?.reference, pricer, seed);
    },
  };
}

function simulatedAnswer(
  call: ModelCall,
  model: SimulatedModel,
  reference: unknown,
  pricer: Pricer,
  seed: number,
): ModelAnswer {
  const random = createRandom(`${seed}\0${model.provider}\0${model.model}\0${call.sampleId}`);
  const accuracy =
    model.accuracyByCluster.find(({ cluster }) => cluster === call.cluster)?.accuracy ?? model.accuracy;
  const isRight = random.next() < accuracy;
  const { cacheWrite1hTokens, ...tokens } = simulatedUsage(call, model);
  return {
    text: isRight ? referenceText(reference) : WRONG_ANSWER,
    score: null,
    ...tokens,
    latencyMs: Math.round(model.latencyMs * Math.exp(LATENCY_LOG_SD * random.normal()) * 10) / 10,
    ttftMs: null,
    cost: pricer.price(model, { ...tokens, cacheWrite1hTokens }),
    status: "ok",
    failure: null,
    cached: false,
    truncated: false,
    lostAttempts: 0,
  };
}

function simulatedUsage(call: ModelCall, model: SimulatedModel) {
  return {
    inputTokens: Math.max(1, estimatedTokens(call.messages.map(({ content }) => content))),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: Math.min(model.outputTokens, call.maxTokens ?? model.outputTokens),
    reasoningTokens: 0,
  };
}

function referenceText(reference: unknown): string {
  if (reference === undefined || reference === null) return "";
  const first = Array.isArray(reference) && typeof reference[0] !== "object" ? reference[0] : reference;
  return typeof first === "object" ? JSON.stringify(first) : String(first);
}

/** @throws UsageError TOP-RUN-SIM-FILE, or TOP-ARTIFACT-SYNTAX and TOP-ARTIFACT-SCHEMA naming line and field. */
export async function readSimulatedModels(path: string): Promise<readonly SimulatedModel[]> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError({
      code: "TOP-RUN-SIM-FILE",
      message: `${basename(path)} with the simulated models cannot be read.`,
      found: cause.code ?? "unknown error",
      fix: "Name it: --simulated-models models.yaml",
      cause,
    });
  });
  return parseYaml(
    text,
    basename(path),
    simulatedModelsSchema,
    "Correct the file; its schema: tokenop schema simulated-models",
  ).models;
}
