import { EMPTY_ANSWER, type ModelAnswer, type ModelCall, type ModelRef } from "../contract.js";
import { asksForEmbeddings, EmbeddingBook, referencesOf } from "../embeddings/embedding-book.js";
import { baselineFor, type Draw, type Question, refLabel } from "../inputs/questions.js";
import { type AskedPair, JudgeBook } from "../judge/judge-book.js";
import { SHOWN_CHARACTERS } from "../judge/prompts.js";
import type { JudgeSettings } from "../judge/settings.js";

/** Models that grading asks, besides those that are compared. */
export interface GradingModels {
  readonly judge?: JudgeSettings;
  readonly embeddingModel?: ModelRef;
}

/**
 * The calls of judge and embeddings over these draws, for answers of `characters` each that are all different: equal
 * answers need fewer.
 */
export function gradingCalls(
  draws: readonly { readonly question: Question; readonly draw: Draw }[],
  { judge: settings, embeddingModel }: GradingModels,
  characters: (sample: AskedPair["sample"]) => number,
): ModelCall[] {
  const pairs = draws.flatMap(({ question, draw }) =>
    draw.samples.flatMap((sample): AskedPair[] => {
      const baseline = baselineFor(question, sample);
      return baseline === null ? [] : [{ sample, baseline, candidate: question.candidate }];
    }),
  );
  const samples = new Map(pairs.map(({ sample }) => [sample.id, sample]));
  const textOf = (id: string, ref: ModelRef): string =>
    refLabel(ref).padEnd(Math.min(SHOWN_CHARACTERS, characters(samples.get(id)!)), "x");
  const answers = {
    answerTo: (id: string, ref: ModelRef, part?: string): ModelAnswer | undefined =>
      part === undefined ? { ...EMPTY_ANSWER, text: textOf(id, ref) } : undefined,
    askAll: async () => undefined,
  };
  const judge =
    settings === undefined
      ? null
      : new JudgeBook({ settings, asker: answers, samples: [...samples.values()] });
  const embeddings = embeddingModel === undefined ? null : new EmbeddingBook(embeddingModel, answers);
  const embedded = pairs
    .filter(({ sample }) => asksForEmbeddings(sample) && referencesOf(sample).length > 0)
    .flatMap(({ sample, baseline, candidate }) =>
      [baseline, candidate].map((ref) => ({ sample, text: textOf(sample.id, ref) })),
    );
  return [...(judge?.callsOn(pairs) ?? []), ...(embeddings?.callsOn(embedded) ?? [])];
}
