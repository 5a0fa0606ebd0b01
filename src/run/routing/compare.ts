import { refLabel } from "../inputs/questions.js";
import type { RoutingData, RoutingSample } from "./feedback.js";
import type { LearnedPolicy } from "./learn.js";
import type { Outcomes } from "./outcomes.js";
import { BASELINE_ARM, decide } from "./policy.js";
import { costsOf, type Decide, differenceOfPolicy } from "./prove.js";

interface Setting {
  readonly data: RoutingData;
  readonly heldOut: readonly RoutingSample[];
  readonly outcomes: Outcomes;
}

export interface Comparison {
  readonly name: string;
  readonly difference: number | null;
  readonly savingShare: number | null;
}

/**
 * What else could have been done with the held-out samples: every candidate for all requests, a coin that saves as
 * much as the policy, and the best policies of the other kinds. A router that does not beat the coin has learned nothing.
 */
export function compareOthers(
  others: readonly LearnedPolicy[],
  savingShare: number | null,
  setting: Setting,
): Comparison[] {
  const { data } = setting;
  const fixed = data.arms
    .map((ref, arm) => ({ ref, arm }))
    .filter(({ arm }) => arm !== BASELINE_ARM)
    .map(({ ref, arm }) =>
      measure(`${refLabel(ref)} for every request`, () => ({ arm, asked: [arm] }), setting),
    );
  return [
    ...fixed,
    ...(savingShare === null ? [] : coinOf(fixed, savingShare)),
    ...others.map(({ policy }) =>
      measure(`the best policy of kind ${policy.kind}`, (sample) => decide(policy, sample), setting),
    ),
  ];
}

function measure(name: string, doing: Decide, { heldOut, outcomes }: Setting): Comparison {
  return {
    name,
    difference: differenceOfPolicy(heldOut, doing, outcomes),
    savingShare: costsOf(heldOut, doing, outcomes)?.savingShare ?? null,
  };
}

/** Sends a random share to one candidate: of those that can save as much, the one that loses least. */
function coinOf(fixed: readonly Comparison[], savingShare: number): Comparison[] {
  const mixes = fixed.flatMap(({ difference, savingShare: whole }) => {
    if (difference === null || whole === null || whole <= 0 || savingShare > whole) return [];
    return [
      { name: "a coin that saves as much", difference: (difference * savingShare) / whole, savingShare },
    ];
  });
  return mixes.sort((a, b) => b.difference - a.difference).slice(0, 1);
}
