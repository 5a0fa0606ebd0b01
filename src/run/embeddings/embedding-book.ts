import { sha256 } from "../../shared/artifact.js";
import type { Asker } from "../ask.js";
import type { ModelCall, ModelRef } from "../contract.js";
import { embeddingOptions } from "../graders/embedding.js";
import { findGrader } from "../graders/index.js";
import { acceptedTexts } from "../graders/text.js";
import { callKey, type RunSample } from "../inputs/samples.js";
import { cosine, textToVector } from "./vector.js";

/** Longest text that is embedded, well within what the common models take. */
export const EMBEDDED_CHARACTERS = 24_000;
const PART_CHARACTERS = 24;

type Answers = Pick<Asker, "answerTo" | "askAll">;

export interface EmbeddedAnswer {
  readonly sample: RunSample;
  readonly text: string;
}

/** Asks for the vectors of answers and references, and compares them. Calls are kept and paid for like any other. */
export class EmbeddingBook {
  readonly model: ModelRef;
  readonly #asker: Answers;

  constructor(model: ModelRef, asker: Answers) {
    this.model = model;
    this.#asker = asker;
  }

  /** Asks for what scoring these answers takes, in their order. */
  async embed(answers: readonly EmbeddedAnswer[], total: number): Promise<void> {
    const calls = this.callsOn(answers);
    if (calls.length > 0) await this.#asker.askAll(calls, total);
  }

  /** What is still to be asked for these answers, each call once. */
  callsOn(answers: readonly EmbeddedAnswer[]): ModelCall[] {
    const calls = new Map<string, ModelCall>();
    for (const { sample, text } of answers) {
      for (const each of [text, ...referencesOf(sample)]) {
        const call = embeddingCall(sample, each, this.model);
        if (this.#asker.answerTo(call.sampleId, call, call.part) === undefined)
          calls.set(callKey(call), call);
      }
    }
    return [...calls.values()];
  }

  /** Likeness to the best reference, scaled; null where a vector is not to be had. undefined: not asked yet. */
  scoreOf(sample: RunSample, text: string): number | null | undefined {
    const references = referencesOf(sample);
    if (references.length === 0) return null;
    const vectors = [text, ...references].map((each) => this.#vectorOf(sample, each));
    if (vectors.includes(undefined)) return undefined;
    const [answer, ...others] = vectors;
    const cosines = others.map((other) => (answer == null || other == null ? null : cosine(answer, other)));
    if (cosines.some((value) => value === null)) return null;
    const { kind, ...given } =
      typeof sample.grader === "string" ? { kind: "" } : (sample.grader ?? { kind: "" });
    const { zero_at, one_at } = embeddingOptions.parse(given);
    const best = Math.max(...cosines.filter((value) => value !== null));
    return Math.min(1, Math.max(0, (best - zero_at) / (one_at - zero_at)));
  }

  #vectorOf(sample: RunSample, text: string): number[] | null | undefined {
    const call = embeddingCall(sample, text, this.model);
    const answer = this.#asker.answerTo(call.sampleId, call, call.part);
    if (answer === undefined) return undefined;
    return answer.status !== "ok" || answer.text === null ? null : textToVector(answer.text);
  }
}

export function asksForEmbeddings({ grader }: Pick<RunSample, "grader">): boolean {
  const kind = typeof grader === "string" ? grader : grader?.kind;
  return kind !== undefined && findGrader(kind)?.asks === "embeddings";
}

/** Texts that an answer to the sample would be compared with. */
export const referencesOf = ({ reference }: RunSample): readonly string[] => acceptedTexts(reference) ?? [];

/** The call for the vector of one text. */
export function embeddingCall(
  { id: sampleId, cluster }: RunSample,
  text: string,
  model: ModelRef,
): ModelCall {
  const embed = text.slice(0, EMBEDDED_CHARACTERS);
  const part = `embedding/${sha256(embed).slice(0, PART_CHARACTERS)}`;
  return { sampleId, cluster, ...model, messages: [], maxTokens: null, part, embed };
}
