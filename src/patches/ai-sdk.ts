import type { Patch, PatchWriter } from "./contract.js";
import { CANARY_SHARE, onOneLine, points, rollBackWhen } from "./guard.js";
import { commented, counted, openingLines } from "./heading.js";
import { type Route, routesOf } from "./routes.js";

const FILE = "model-routes.mjs";

/**
 * The certified routes as a table for the Vercel AI SDK and for OpenRouter: a module without dependencies. The suite
 * `e2e:patches` calls through it with `ai` 6 against a local server.
 */
export const aiSdk: PatchWriter = {
  id: "ai-sdk",
  summary:
    "Routing table as a module for the AI SDK and OpenRouter: canary share and fallback for each route",
  write(input) {
    const routes = routesOf(input);
    if (routes.length === 0) return [];
    const actions = routes.map(({ action }) => action);
    const lines = [
      ...openingLines(input, actions, "Routing table for the AI SDK and OpenRouter"),
      "Apply",
      "  1. Callers of a cluster choose their model by its route:",
      '       AI SDK: const { provider, model } = routeFor("ROUTE"); then the language model of that provider and model',
      '       OpenRouter: spread openRouterBody("ROUTE") into the request; it falls back by itself. Check that the',
      "       names are OpenRouter's own: it spells some models in another way than their providers do.",
      "  2. On an error of the chosen model call the route's fallback.",
      "",
      "Guard",
      `  canaryShare of the calls take the ${input.uncertified === undefined ? "certified" : "other"} model, the rest the baseline. Raise it to 1 after a week without a trigger:`,
      ...rollBackWhen("the route's margin in").map((line) => `  - ${line}`),
      "Roll back",
      "  Set canaryShare to 0: every call takes the baseline again.",
    ];
    const patch: Patch = {
      file: FILE,
      text: `${commented(lines, "//")}\n${moduleOf(routes)}`,
      summary: `AI SDK and OpenRouter: ${counted(routes.length, "route")} as a module.`,
      actions: actions.map(({ id }) => id),
    };
    return [patch];
  },
};

function moduleOf(routes: readonly Route[]): string {
  const table = Object.fromEntries(
    routes.map(({ alias, cluster, evidence }) => [
      alias,
      {
        cluster: onOneLine(cluster),
        to: { provider: evidence.candidate.provider, model: evidence.candidate.model },
        fallback: { provider: evidence.baseline.provider, model: evidence.baseline.model },
        canaryShare: CANARY_SHARE,
        marginPoints: Number(points(evidence.margin)),
      },
    ]),
  );
  // A plain key of that name would set the prototype instead.
  const text = JSON.stringify(table, null, 2).replace('"__proto__": {', '["__proto__"]: {');
  return `export const routes = ${text};

const anyDraw = () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;

/** The model of one call; \`draw\` is from 0 to 1. Unknown routes are refused: a typing error must not choose a model. */
export function routeFor(name, draw = anyDraw()) {
  if (!Object.hasOwn(routes, name)) throw new RangeError(\`no route named \${name}\`);
  const { to, fallback, canaryShare } = routes[name];
  return draw < canaryShare ? { ...to, fallback } : { ...fallback, fallback };
}

/** The part of an OpenRouter request that names models: the chosen one first, the baseline behind it. */
export function openRouterBody(name, draw = anyDraw()) {
  const { provider, model, fallback } = routeFor(name, draw);
  const chosen = \`\${provider}/\${model}\`;
  const baseline = \`\${fallback.provider}/\${fallback.model}\`;
  return { model: chosen, models: chosen === baseline ? [chosen] : [chosen, baseline] };
}
`;
}
