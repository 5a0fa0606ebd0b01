import type { PatchInput } from "./contract.js";

type Action = PatchInput["plan"]["actions"][number];
type QualityEvidence = Extract<Action["evidence"], { kind: "quality" }>;

/** What a file says of the proof of a route. */
export interface RouteCertificate {
  readonly verdict: string;
  readonly population: string;
  readonly pairs: number;
  readonly lower: number;
  readonly alpha: number;
}

/** A change of model on one cluster, certified unless the input says otherwise. */
export interface Route {
  readonly action: Action;
  readonly cluster: string;
  /** Name that callers send as the model; plain letters, unique among the routes. */
  readonly alias: string;
  readonly evidence: QualityEvidence;
  /** null where nothing was tested. */
  readonly certificate: RouteCertificate | null;
}

/** Actions that a writer may put into its files. */
export const isWritten = ({ certified, uncertified }: PatchInput, id: string): boolean =>
  uncertified === undefined ? certified.has(id) : uncertified.has(id);

/** Actions to write that send the very same requests to another model, in the plan's order. */
export function routesOf(input: PatchInput): Route[] {
  const { plan } = input;
  const routes = [...plan.actions]
    .sort((left, right) => left.order - right.order)
    .flatMap((action) =>
      isWritten(input, action.id) && action.evidence.kind === "quality" && isPlainRoute(action.evidence)
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
      certificate: certificateOf(evidence.question, input),
    };
  });
}

/** By the run on file, else by the latest of the rounds before it. */
function certificateOf(question: string, { plan, evaluation }: PatchInput): RouteCertificate | null {
  const decision = evaluation?.decisions.find((one) => one.question === question);
  if (evaluation !== null && decision !== undefined) {
    const { verdict, population, n: pairs, lower } = decision;
    return { verdict, population, pairs, lower, alpha: evaluation.alpha };
  }
  const rounds = [...(plan.evidence?.ledger.rounds ?? [])].reverse();
  const found = rounds.flatMap(({ alpha, decisions }) =>
    decisions.filter((one) => one.question === question).map((one) => ({ ...one, alpha })),
  )[0];
  if (found === undefined) return null;
  const { verdict, population, pairs, lower, alpha } = found;
  return { verdict, population, pairs, lower, alpha };
}

/** Actions to write of one lever, in the plan's order. */
export const actionsOf = (input: PatchInput, lever: string): Action[] =>
  input.plan.actions
    .filter((action) => action.lever === lever && isWritten(input, action.id))
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
