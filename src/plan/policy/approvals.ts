import { type Layer, RISKS, type Risk } from "../../levers/index.js";
import type { PicoUsd } from "../../shared/money.js";
import { usd } from "./economics.js";
import type { Policy } from "./load-policy.js";

/** What an approval rule can see of an action. */
export interface ApprovalSubject {
  readonly lever: string;
  readonly layer: Layer;
  readonly risk: Risk;
  /** Share of the joint saving, pico-USD a month. */
  readonly savingPicoUsdMonth: PicoUsd;
}

/** Who must approve an action before it ships, in the policy's order; empty: nobody. */
export function approvalsOf(action: ApprovalSubject, { approvals }: Pick<Policy, "approvals">): string[] {
  const asked = approvals.filter(
    ({ when: { layer, lever, risk, savingAboveUsdMonth } }) =>
      (layer === undefined || layer === action.layer) &&
      (lever === undefined || lever === action.lever) &&
      (risk === undefined || RISKS.indexOf(action.risk) >= RISKS.indexOf(risk)) &&
      (savingAboveUsdMonth === undefined || action.savingPicoUsdMonth > usd(savingAboveUsdMonth)),
  );
  return [...new Set(asked.map(({ by }) => by))];
}
