import type { planSchema } from "../../plan/contract.js";
import type { Artifact } from "../../shared/artifact.js";
import type { ReportInput } from "../contract.js";
import { formatPoints } from "../format.js";

export type PlanAction = Artifact<typeof planSchema>["actions"][number];

/** Names of clusters as people know them; an id that the profile lacks stands for itself. */
export function clusterName({ profile }: Pick<ReportInput, "profile">, id: string): string {
  return profile.clusters.find((cluster) => cluster.id === id)?.name ?? id;
}

/** Where a question was asked, in words. */
export const scopeName = (input: Pick<ReportInput, "profile">, scope: string): string =>
  scope === "fleet" ? "the whole fleet" : clusterName(input, scope);

/** `Route summarize to openai/gpt-4.1-mini`, `Exact response cache: summarize`, `Run on spot capacity: support-gpus`. */
export function describeAction(input: Pick<ReportInput, "profile">, action: PlanAction): string {
  const scope = action.cluster === null ? `${action.fleet}` : clusterName(input, action.cluster);
  const { evidence } = action;
  if (evidence.kind !== "quality" || !changesModel(action)) return `${action.name}: ${scope}`;
  return `Route ${scope} to ${evidence.candidate.provider}/${evidence.candidate.model}`;
}

/** A plain route: another model answers, and nothing else differs. */
function changesModel({ evidence }: PlanAction): boolean {
  if (evidence.kind !== "quality" || evidence.variant !== null) return false;
  const { baseline, candidate } = evidence;
  return candidate.model !== baseline.model || candidate.provider !== baseline.provider;
}

/** `ttl seconds 86400, only calls to openai/gpt-4.1`; empty where there is nothing to set. A route is its own name. */
export function describeSettings(action: PlanAction): string {
  const { parameters, model } = action;
  return [
    ...(changesModel(action)
      ? []
      : parameters.map(({ name, value }) => `${name.replaceAll("_", " ")} ${value ?? "none"}`)),
    ...(model === null ? [] : [`only calls to ${model.provider}/${model.model}`]),
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
