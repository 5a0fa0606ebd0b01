import type { PicoUsd } from "../../shared/money.js";
import { createRandom } from "../../shared/random.js";
import type { ModelRef } from "../contract.js";

/** One model's answer to one sample, as far as a router may learn from it. */
export interface ArmAnswer {
  /** 0..1; null where it has no grade. */
  readonly score: number | null;
  /** List price of its tokens, or the recorded cost; null: unknown. */
  readonly cost: PicoUsd | null;
  readonly latencyMs: number | null;
  readonly outputTokens: number | null;
  /** Content: read for its length and wording, and never written anywhere. */
  readonly text: string | null;
  readonly truncated: boolean;
}

/** A sample with what is known of each model on it. Arms are numbered as in `RoutingData`; arm 0 is the baseline. */
export interface RoutingSample {
  readonly id: string;
  readonly cluster: string;
  readonly inputTokens: number | null;
  /** The prompt's text, read for its length and wording; null where no file has it. */
  readonly text: string | null;
  readonly answers: readonly (ArmAnswer | null)[];
  /** Where a router chose one arm by chance: which, and with what chance. null: every arm was asked. */
  readonly logged: { readonly arm: number; readonly propensity: number } | null;
  /** Chance with which the sample was drawn; null where all had the same. */
  readonly inclusionProbability: number | null;
}

export interface RoutingData {
  /** The baseline, then the candidates, cheapest first. */
  readonly arms: readonly ModelRef[];
  readonly samples: readonly RoutingSample[];
}

export interface Split {
  /** Chooses the policy, thresholds and routes included. */
  readonly training: readonly RoutingSample[];
  /** Judges it, once. In one random order, of equal chances of being drawn. */
  readonly heldOut: readonly RoutingSample[];
  /** Held-out samples left out so that the rest had equal chances. */
  readonly thinned: number;
}

/**
 * One split for good, from ids and seed alone. Samples that were drawn with unequal chances are thinned in the held-out
 * part by (smallest chance) / (their chance), as in `drawFor`: what remains speaks for the traffic without weights.
 */
export function splitSamples(samples: readonly RoutingSample[], trainingShare: number, seed: number): Split {
  const byId = [...samples].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const order = createRandom(seed).fork("routing-split").shuffle(byId);
  const size = Math.round(trainingShare * order.length);
  const others = order.slice(size);
  const smallest = Math.min(1, ...samples.map(chanceOf));
  const heldOut = others.filter(
    (sample) => createRandom(`${seed}\0routing-thin\0${sample.id}`).next() < smallest / chanceOf(sample),
  );
  return { training: order.slice(0, size), heldOut, thinned: others.length - heldOut.length };
}

const chanceOf = ({ inclusionProbability }: RoutingSample): number => inclusionProbability ?? 1;

/** Mean of what is known; null without any. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
