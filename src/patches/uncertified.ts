import type { PatchInput } from "./contract.js";

type Action = PatchInput["plan"]["actions"][number];

/** Why each action that is not certified is not; without those that a run has shown to lose too much. */
export function reasonsOf(input: PatchInput): ReadonlyMap<string, string> {
  return new Map(
    input.plan.actions.flatMap((action): [string, string][] => {
      const reason = input.certified.has(action.id) ? null : reasonFor(action, input);
      return reason === null ? [] : [[action.id, reason]];
    }),
  );
}

function reasonFor({ evidence }: Action, { plan, evaluation }: PatchInput): string | null {
  if (evidence.kind === "structural")
    return evidence.attested
      ? "the policy attests its conditions, and no evaluation of this plan says so yet: tokenop run"
      : "its conditions are only assumed, the policy does not attest them";
  const { question } = evidence;
  const decision = evaluation?.decisions.find((one) => one.question === question);
  const rounds = plan.evidence?.ledger.rounds ?? [];
  const before = rounds.flatMap(({ decisions }) => decisions).find((one) => one.question === question);
  const [verdict, pairs] =
    decision === undefined ? [before?.verdict, before?.pairs] : [decision.verdict, decision.n];
  if (verdict === "rejected") return null;
  return verdict === undefined || pairs === 0 ? "not tested" : `${verdict} after ${pairs} pairs`;
}
