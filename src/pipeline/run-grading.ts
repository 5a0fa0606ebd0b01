import type { PriceBook } from "../pricing/contract.js";
import type { ModelRef } from "../run/contract.js";
import {
  DEFAULT_CALIBRATION,
  DEFAULT_REPEATS,
  DEFAULT_SWAP_LIMIT,
  EMBEDDING_CONTENT,
  type EvaluationInputs,
  hostsOf,
  JUDGE_CONTENT,
  type LiveProvider,
  modelsOf,
  parseLiveModel,
  providerOf,
  type Recipient,
  readLabels,
  samplesContent,
} from "../run/index.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { callableProviders, type RunOptions } from "./run-inputs.js";

type Grading = Pick<EvaluationInputs, "judge" | "embeddingModel" | "labels">;

/**
 * The models and labels that grading takes besides rules, as the flags name them.
 *
 * @throws UsageError TOP-RUN-MODEL, TOP-RUN-JUDGE-REPEATS, TOP-RUN-EMBEDDING-WIRE, those of `readLabels`.
 */
export async function readGrading(options: RunOptions, book: PriceBook, context: Context): Promise<Grading> {
  const providers = callableProviders(options, context);
  const parse = (text: string): ModelRef =>
    parseLiveModel(text, { providers: providers.map(({ id }) => id), seen: [], book, at: context.now() });
  const { judge, embeddingModel, labels: count, labelsFile, judgeRepeats = DEFAULT_REPEATS } = options;
  if (judgeRepeats % 2 === 0) throw evenRepeats(judgeRepeats);
  const embedding = embeddingModel === undefined ? undefined : parse(embeddingModel);
  if (embedding !== undefined) refuseOtherWire(embedding, providers);
  const given = labelsFile === undefined ? undefined : await readLabels(labelsFile, context.signal);
  return {
    ...(judge !== undefined && {
      judge: {
        model: parse(judge),
        repeats: judgeRepeats,
        swapLimit: options.judgeSwapLimit ?? DEFAULT_SWAP_LIMIT,
        calibration: options.judgeCalibration ?? DEFAULT_CALIBRATION,
      },
    }),
    ...(embedding !== undefined && { embeddingModel: embedding }),
    ...(count !== undefined && { labels: { count, ...(given !== undefined && { given }) } }),
  };
}

/** Models that this run calls live: all of them in live mode, else those that grade. */
export function liveModelsOf(inputs: EvaluationInputs, mode: RunOptions["mode"]): ModelRef[] {
  const grading = [inputs.judge?.model, inputs.embeddingModel].filter((ref) => ref !== undefined);
  return mode === "live" ? [...modelsOf(inputs.questions, inputs.samples), ...grading] : grading;
}

/** Every host that content goes to, and what it gets. */
export function recipientsOf(
  inputs: EvaluationInputs,
  mode: RunOptions["mode"],
  providers: readonly LiveProvider[],
): Recipient[] {
  const { judge, embeddingModel, questions, samples } = inputs;
  const named = (refs: readonly (ModelRef | undefined)[], gets: string): Recipient[] =>
    hostsOf(
      refs.filter((ref) => ref !== undefined),
      providers,
    ).map((host) => ({ host, gets }));
  return [
    ...named(mode === "live" ? modelsOf(questions, samples) : [], samplesContent(samples.length)),
    ...named([judge?.model], JUDGE_CONTENT),
    ...named([embeddingModel], EMBEDDING_CONTENT),
  ];
}

function evenRepeats(repeats: number): UsageError {
  return new UsageError({
    code: "TOP-RUN-JUDGE-REPEATS",
    message: `A judge asked ${repeats} times has no middle opinion.`,
    found: "The median of its opinions counts, so their number is odd.",
    fix: `tokenop run --judge-repeats ${repeats + 1}`,
  });
}

function refuseOtherWire(model: ModelRef, providers: readonly LiveProvider[]): void {
  const { id, wire } = providerOf(model, providers);
  if (wire === "openai") return;
  throw new UsageError({
    code: "TOP-RUN-EMBEDDING-WIRE",
    message: `${id} has no embeddings that can be asked for.`,
    found: "Embeddings come from an OpenAI-compatible /embeddings endpoint.",
    fix: "Name a server that has one: --provider NAME=URL --embedding-model NAME/MODEL",
  });
}
