import type { planSchema } from "../../plan/contract.js";
import type { Artifact } from "../../shared/artifact.js";
import type { ReportInput } from "../contract.js";
import { formatPoints } from "../format.js";

export type PlanAction = Artifact<typeof planSchema>["actions"][number];

/** Names of clusters as people know them; an id that the profile lacks stands for itself. */
export function clusterName({ profile }: Pick<ReportInput, "profile">, id: string): string {
  return profile.clusters.find((cluster) => cluster.id === id)?.name ?? id;
}

/** `Route summarize to openai/gpt-4.1-mini`, `Exact response cache: summarize`, `Run on spot capacity: support-gpus`. */
export function describeAction(input: Pick<ReportInput, "profile">, action: PlanAction): string {
  const scope = action.cluster === null ? `${action.fleet}` : clusterName(input, action.cluster);
  const { evidence } = action;
  const changesModel =
    evidence.kind === "quality" &&
    evidence.variant === null &&
    (evidence.candidate.model !== evidence.baseline.model ||
      evidence.candidate.provider !== evidence.baseline.provider);
  if (changesModel) return `Route ${scope} to ${evidence.candidate.provider}/${evidence.candidate.model}`;
  return `${action.name}: ${scope}`;
}

/** `ttl seconds 86400, only openai/gpt-4.1`; empty where there is nothing to set. */
export function describeSettings({ parameters, model }: PlanAction): string {
  return [
    ...parameters.map(({ name, value }) => `${name.replaceAll("_", " ")} ${value ?? "none"}`),
    ...(model === null ? [] : [`only ${model.provider}/${model.model}`]),
  ].join(", ");
}

/** What holds the action up, or what it still waits for. */
export function describeEvidence(input: ReportInput, action: PlanAction): string {
  const { evidence } = action;
  if (evidence.kind === "structural") {
    const standing = evidence.attested ? "attested by the policy" : "assumed, not attested";
    const conditions = evidence.conditions.length === 0 ? "" : `: ${evidence.conditions.join("; ")}`;
    return `Same answers by construction, ${standing}${conditions}.`;
  }
  const decision = input.evaluation?.decisions.find(({ question }) => question === evidence.question);
  const scope =
    evidence.kind === "quality" ? clusterName(input, evidence.cluster) : `fleet ${evidence.fleet}`;
  const claim = `loss of at most ${formatPoints(evidence.margin)} points on ${scope}`;
  if (decision === undefined) return `Not tested: ${claim}.`;
  const verdict = decision.verdict.charAt(0).toUpperCase() + decision.verdict.slice(1);
  return `${verdict}: ${claim}, ${decision.n} pairs, population ${decision.population}.`;
}

export const isCertified = ({ evaluation }: Pick<ReportInput, "evaluation">, id: string): boolean =>
  evaluation?.certified?.actions.includes(id) ?? false;

/** `certified`, the verdict so far, or `untested`; a structural change without its attestation is `uncertified`. */
export function stateOf(input: ReportInput, action: PlanAction): string {
  if (isCertified(input, action.id)) return "certified";
  const { evidence } = action;
  if (evidence.kind === "structural") return "uncertified";
  const decision = input.evaluation?.decisions.find(({ question }) => question === evidence.question);
  // A question that held on its own does not certify an action that the evaluation left out.
  return decision === undefined
    ? "untested"
    : decision.verdict === "certified"
      ? "uncertified"
      : decision.verdict;
}
