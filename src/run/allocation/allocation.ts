import type { Random } from "../../shared/random.js";
import type { AllocationName } from "../contract.js";

/** What an allocation may know of a question that is still open. */
export interface OpenQuestion {
  readonly id: string;
  /** ln E as a share of what certification takes: about 0 at the start, 1 when certified, below 0 after losses. */
  readonly progress: number;
  /** Pairs used so far. */
  readonly pairs: number;
  /** Saving at stake over the largest among open questions, 0..1; 1 where nothing is known of it yet. */
  readonly saving: number;
}

/**
 * Says which open question takes the next wave of samples. Pure: equal questions and an equal random stream give an
 * equal choice, so that a resumed run repeats it.
 *
 * The choice may depend on everything seen so far. Each question still takes its samples in its own fixed order and
 * bets on them by itself, so its e-process stays a supermartingale under its null whatever the allocation does, and
 * alpha / K holds at the time the allocation stops asking it.
 */
export interface Allocation {
  readonly name: AllocationName;
  readonly summary: string;
  /** True if a candidate is asked no further once a cheaper one is certified on the same samples. */
  readonly eliminates: boolean;
  /** Index into `open`, which is never empty. */
  choose(open: readonly OpenQuestion[], random: Random): number;
}

/** Index of the largest value, the earlier one of equals. */
export function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) if (values[index]! > values[best]!) best = index;
  return best;
}
