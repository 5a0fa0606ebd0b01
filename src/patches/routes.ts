import type { evaluationSchema } from "../run/contract.js";
import type { Artifact } from "../shared/artifact.js";
import type { PatchInput } from "./contract.js";

type Action = PatchInput["plan"]["actions"][number];
type QualityEvidence = Extract<Action["evidence"], { kind: "quality" }>;

/** A certified change of model on one cluster. */
export interface Route {
  readonly action: Action;
  readonly cluster: string;
  /** Name that callers send as the model; plain letters, unique among the routes. */
  readonly alias: string;
  readonly evidence: QualityEvidence;
  readonly decision: Artifact<typeof evaluationSchema>["decisions"][number] | null;
}

/** Certified actions that send the very same requests to another model, in the plan's order. */
export function certifiedRoutes({ plan, evaluation, certified }: PatchInput): Route[] {
  const routes = [...plan.actions]
    .sort((left, right) => left.order - right.order)
    .flatMap((action) =>
      certified.has(action.id) && action.evidence.kind === "quality" && isPlainRoute(action.evidence)
        ? [{ action, evidence: action.evidence }]
        : [],
    );
  const taken = new Set<string>();
  return routes.map(({ action, evidence }) => {
    const isOnly = routes.filter((other) => other.evidence.cluster === evidence.cluster).length === 1;
    const name = isOnly ? evidence.cluster : `${evidence.cluster}-${evidence.baseline.model}`;
    return {
      action,
      evidence,
      cluster: evidence.cluster,
      alias: uniqueAlias(name, taken),
      decision: evaluation?.decisions.find(({ question }) => question === evidence.question) ?? null,
    };
  });
}

/** Certified actions of one lever, in the plan's order. */
export const certifiedOf = ({ plan, certified }: PatchInput, lever: string): Action[] =>
  plan.actions
    .filter((action) => action.lever === lever && certified.has(action.id))
    .sort((left, right) => left.order - right.order);

/** Another model for the very same request; a variant needs more than a router. */
const isPlainRoute = ({ baseline, candidate, variant }: QualityEvidence): boolean =>
  variant === null && (baseline.model !== candidate.model || baseline.provider !== candidate.provider);

/** Letters, digits, dot, dash and underscore, so that the alias needs no quoting in any client. */
export function uniqueAlias(name: string, taken: Set<string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "") || "cluster";
  let alias = plain;
  for (let count = 2; taken.has(alias); count += 1) alias = `${plain}-${count}`;
  taken.add(alias);
  return alias;
}
