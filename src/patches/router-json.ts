import { API_VERSION } from "../shared/artifact.js";
import { type PatchWriter, type Router, routerSchema } from "./contract.js";
import { CANARY_SHARE, points, rollBackWhen, uncertifiedLines } from "./guard.js";
import { type Route, routesOf } from "./routes.js";

export const routerJson: PatchWriter = {
  id: "router-json",
  summary: "Certified routes as plain JSON, for a router of one's own",
  write(input) {
    const routes = routesOf(input);
    if (routes.length === 0) return [];
    const actions = routes.map(({ action }) => action.id);
    const router: Router = routerSchema.parse({
      ...(input.uncertified !== undefined && { uncertified: uncertifiedLines(input.uncertified, actions) }),
      apiVersion: API_VERSION,
      kind: "Router",
      simulated: input.simulated,
      routes: routes.map(describeRoute),
    });
    return [
      {
        file: "router.json",
        text: `${JSON.stringify(router, null, 2)}\n`,
        summary: `The ${routes.length === 1 ? "route" : `${routes.length} routes`} as plain JSON, each with fallback, canary share and triggers.`,
        actions,
      },
    ];
  },
};

function describeRoute({ action, cluster, alias, evidence, certificate }: Route): Router["routes"][number] {
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
    certificate: certificate === null ? null : { ...certificate },
  };
}
