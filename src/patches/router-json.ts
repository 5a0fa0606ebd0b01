import { API_VERSION } from "../shared/artifact.js";
import { type PatchWriter, type Router, routerSchema } from "./contract.js";
import { CANARY_SHARE, points, rollBackWhen } from "./guard.js";
import { certifiedRoutes, type Route } from "./routes.js";

export const routerJson: PatchWriter = {
  id: "router-json",
  summary: "Certified routes as plain JSON, for a router of one's own",
  write(input) {
    const routes = certifiedRoutes(input);
    if (routes.length === 0) return [];
    const alpha = input.evaluation?.alpha ?? null;
    const router: Router = routerSchema.parse({
      apiVersion: API_VERSION,
      kind: "Router",
      simulated: input.simulated,
      routes: routes.map((route) => describeRoute(route, alpha)),
    });
    return [
      {
        file: "router.json",
        text: `${JSON.stringify(router, null, 2)}\n`,
        summary: `The ${routes.length === 1 ? "route" : `${routes.length} routes`} as plain JSON, each with fallback, canary share and triggers.`,
        actions: routes.map(({ action }) => action.id),
      },
    ];
  },
};

function describeRoute(
  { action, cluster, alias, evidence, decision }: Route,
  alpha: number | null,
): Router["routes"][number] {
  return {
    action: action.id,
    cluster,
    alias,
    to: { ...evidence.candidate },
    fallback: { ...evidence.baseline },
    approvals: [...action.approvals],
    guard: {
      canary_share: CANARY_SHARE,
      margin: evidence.margin,
      roll_back_when: rollBackWhen(points(evidence.margin)),
    },
    certificate:
      decision === null || alpha === null
        ? null
        : {
            verdict: decision.verdict,
            population: decision.population,
            pairs: decision.n,
            lower: decision.lower,
            alpha,
          },
  };
}
