import { createRandom } from "../../shared/random.js";
import type { ModelRef } from "../contract.js";
import type { Grade } from "../graders/index.js";
import type { Labels } from "../inputs/labels.js";
import type { RunSample } from "../inputs/samples.js";
import type { AskedPair } from "../judge/judge-book.js";

export interface LabelDesign {
  /** Samples of the draw that get a label, on average. */
  readonly count: number;
  readonly labels: Labels;
  readonly seed: number;
}

/** A judged difference that labels keep right on average; null where the label is still to be given. */
export interface Corrected {
  readonly value: number | null;
  readonly isLabelled: boolean;
}

/**
 * A cheap judge on every sample, corrected by labels on few. A sample is chosen for a label with chance p by its id
 * and the seed alone, before anything is asked. With f the judge's difference on it and y the labelled one,
 *   z = f                        where it was not chosen,
 *   z = f + (y - f) / p          where it was,
 * so the mean of z is the mean of y whatever the judge's errors are: a bad judge costs samples and certifies nothing
 * false. z lies within 2 / p - 1 of 0, and is tested by the same e-process as any difference, at every count.
 * Source: active and prediction-powered inference, Zrnic and Candes (2403.03208); bounded draws as in `mixture.ts`.
 */
export class LabelBook {
  readonly chance: number;
  readonly #design: LabelDesign;
  readonly #wanted = new Map<string, Set<string>>();

  constructor(design: LabelDesign, judged: number) {
    this.#design = design;
    this.chance = judged === 0 ? 1 : Math.min(1, design.count / judged);
  }

  /** Largest size that a corrected difference can have. */
  get bound(): number {
    return 2 / this.chance - 1;
  }

  /** Samples that were chosen and lack the label of a model, with these models. */
  get wanted(): { sampleId: string; models: string[] }[] {
    return [...this.#wanted].map(([sampleId, models]) => ({ sampleId, models: [...models] }));
  }

  isChosen({ id }: Pick<RunSample, "id">): boolean {
    return createRandom(`${this.#design.seed}\0label\0${id}`).next() < this.chance;
  }

  /** `known`: what rules say of an answer, where they do. */
  correct(
    { sample, baseline, candidate }: AskedPair,
    judged: { readonly baseline: { readonly grade: Grade }; readonly candidate: { readonly grade: Grade } },
    known: (ref: ModelRef) => number | null,
  ): Corrected {
    const [ours, theirs] = [judged.baseline.grade.score, judged.candidate.grade.score];
    const difference = ours === null || theirs === null ? null : theirs - ours;
    if (!this.isChosen(sample)) return { value: difference, isLabelled: false };
    const [first, second] = [baseline, candidate].map((ref) => this.#labelOf(sample, ref, known));
    if (difference === null || first == null || second == null) return { value: null, isLabelled: true };
    return { value: difference + (second - first - difference) / this.chance, isLabelled: true };
  }

  #labelOf(sample: RunSample, ref: ModelRef, known: (ref: ModelRef) => number | null): number | null {
    const label = this.#design.labels.find(sample.id, ref) ?? known(ref);
    if (label !== null) return label;
    const models = this.#wanted.get(sample.id) ?? new Set();
    models.add(ref.provider === "" ? ref.model : `${ref.provider}/${ref.model}`);
    this.#wanted.set(sample.id, models);
    return null;
  }
}
