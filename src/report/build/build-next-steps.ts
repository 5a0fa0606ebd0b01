import type { ReportBody, ReportInput } from "../contract.js";
import { formatMoney, formatPoints } from "../format.js";
import { plural, unpricedModels } from "./amounts.js";
import { buildToProve } from "./build-certificates.js";

/** What to do now, the most valuable first; each names its command. */
export function buildNextSteps(input: ReportInput): ReportBody["nextSteps"] {
  return [...approvalSteps(input), ...mergeSteps(input), ...proofSteps(input), ...priceSteps(input)];
}

/** The policy's approvals, for what the patches would put in place. */
function approvalSteps({ plan, patches, simulated }: ReportInput): string[] {
  if (plan === null || simulated) return [];
  const patched = new Set(patches.flatMap(({ actions }) => actions));
  return plan.actions
    .filter(({ id, approvals }) => patched.has(id) && approvals.length > 0)
    .map(
      ({ id, approvals }) =>
        `Have ${id} approved by ${approvals.join(", ")}, as the policy asks, before you merge it`,
    );
}

function mergeSteps({ plan, patches, simulated }: ReportInput): string[] {
  if (plan === null) return ["Find what can be saved: tokenop plan"];
  if (patches.length === 0) return [];
  const files = patches.map((patch) => `patches/${patch.file}`).join(", ");
  if (simulated)
    return [
      `Read ${files} to see what a real run would hand over; simulated patches are not for production.`,
    ];
  return [`Review and merge ${files}; each file says how to start small and how to undo it.`];
}

function proofSteps(input: ReportInput): string[] {
  const open = [...buildToProve(input)].sort((left, right) => right.savingUsdMonth - left.savingUsdMonth);
  return open.map((item) => {
    const worth = `${formatMoney(item.savingUsdMonth)} a month`;
    const route = `${item.scope} to ${item.candidate}`;
    if (item.state === "rejected" || item.state === "futile") {
      return `Drop the route of ${route} (${worth}, ${item.state}), or offer another candidate in policy.yaml: tokenop plan`;
    }
    if (item.state === "untested") {
      return `Test ${route} (${worth}) on at least ${plural(item.samplesNeeded ?? 0, "pair")}: tokenop run`;
    }
    if (item.samplesNeeded === null) {
      return `Leave ${route} (${worth}) out, or offer another candidate in policy.yaml: no number of samples is expected to show a loss of at most ${formatPoints(item.margin)} points`;
    }
    const more = `about ${plural(item.samplesNeeded, "more pair")}`;
    return `Decide ${route} (${worth}) at ${formatPoints(item.margin)} points: ${more}. Add prompts, then: tokenop profile, plan and run`;
  });
}

function priceSteps(input: ReportInput): string[] {
  const unpriced = unpricedModels(input);
  if (unpriced.length === 0) return [];
  return [
    `Price ${plural(unpriced.length, "model")} that the list does not know, by rows in prices.yaml: tokenop profile`,
  ];
}
