import type { PatchInput } from "./contract.js";
import { approvalLines, CANARY_SHARE, SIMULATED_NOTE, uncertifiedLines } from "./guard.js";

type Action = PatchInput["plan"]["actions"][number];

const CERTIFIED = "with the certified changes of plan.yaml, and nothing else";
const NOT_CERTIFIED = {
  actions: "with changes of the plan that are not certified, and nothing else",
  state: "as the whole plan leaves it, with changes that nothing certifies",
};

/**
 * What every file begins with: that nothing certifies it, that it is simulated, what it is, and who must approve.
 *
 * @param holds `actions`: those and nothing else; `state`: a fleet as a whole, as certified changes leave it, or all of
 *   the plan's where the file is asked for without a certificate.
 */
export function openingLines(
  input: PatchInput,
  actions: readonly Action[],
  what: string,
  holds: "actions" | "state" = "actions",
): string[] {
  const { uncertified, simulated } = input;
  const approvals = approvalLines(actions);
  const ids = actions.map(({ id }) => id);
  return [
    ...(uncertified === undefined ? [] : [...uncertifiedLines(uncertified, ids), ""]),
    ...(simulated ? [SIMULATED_NOTE, ""] : []),
    `${what} ${uncertified === undefined ? CERTIFIED : NOT_CERTIFIED[holds]}.`,
    "",
    ...(approvals.length === 0 ? [] : ["Approve first", ...approvals.map((line) => `  ${line}`), ""]),
  ];
}

/** How a change of a fleet goes live and when it goes back, in words that fit any monitoring. */
export function fleetGuardLines(back: string): string[] {
  return [
    "Guard",
    `  One replica of ${Math.round(1 / CANARY_SHARE)}, or the smallest region, first; all after a day without a trigger. Triggers:`,
    "  - time to first token or time per token exceed the targets of fleet.yaml for 30 minutes",
    "  - errors, or requests that wait in the queue, exceed those before by 1 point for 30 minutes",
    "  - out-of-memory restarts, or preempted requests where there were none",
    "Roll back",
    `  ${back}`,
  ];
}

/** Lines as comments of YAML, shell, Python and the like. */
export const commented = (lines: readonly string[], mark = "#"): string =>
  lines.map((line) => `${mark} ${line}`.trimEnd()).join("\n");

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
