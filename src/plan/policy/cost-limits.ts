import { type PicoUsd, parseUsd, ratio } from "../../shared/money.js";
import type { Policy } from "./load-policy.js";

/** A limit of the policy on what a plan costs that a monthly cost breaks. */
export type BrokenLimit =
  | { readonly field: "cost.monthly_maximum_usd"; readonly maximum: PicoUsd }
  | {
      readonly field: "cost.minimum_saving_share";
      readonly minimum: number;
      /** What is saved, of the baseline; negative where the plan costs more. */
      readonly share: number;
    };

/** The policy's limits on cost that a plan breaks; empty where it keeps them all. Both costs are of one month. */
export function brokenLimits(
  { cost }: Pick<Policy, "cost">,
  baseline: PicoUsd,
  plan: PicoUsd,
): BrokenLimit[] {
  const broken: BrokenLimit[] = [];
  const maximum = cost.monthlyMaximumUsd === null ? null : parseUsd(cost.monthlyMaximumUsd.toFixed(6));
  if (maximum !== null && plan > maximum) broken.push({ field: "cost.monthly_maximum_usd", maximum });
  const minimum = cost.minimumSavingShare;
  const share = ratio(baseline - plan, baseline);
  if (share < minimum) broken.push({ field: "cost.minimum_saving_share", minimum, share });
  return broken;
}
