import { renderYaml } from "../shared/artifact.js";
import type { Patch, PatchWriter } from "./contract.js";
import { CANARY_SHARE, onOneLine, points, rollBackWhen } from "./guard.js";
import { commented, counted, openingLines } from "./heading.js";
import { type Route, routesOf, uniqueAlias } from "./routes.js";

const FILE = "semantic-router.yaml";

/** Where an API of a provider is; anything else is taken to be an engine of one's own at the address in its comment. */
const BASE_URLS: Readonly<Record<string, { readonly url: string; readonly key: string }>> = {
  openai: { url: "https://api.openai.com/v1", key: "OPENAI_API_KEY" },
  mistral: { url: "https://api.mistral.ai/v1", key: "MISTRAL_API_KEY" },
  deepseek: { url: "https://api.deepseek.com/v1", key: "DEEPSEEK_API_KEY" },
  groq: { url: "https://api.groq.com/openai/v1", key: "GROQ_API_KEY" },
  openrouter: { url: "https://openrouter.ai/api/v1", key: "OPENROUTER_API_KEY" },
};

/**
 * vLLM semantic router, configuration v0.3: a model name for each certified route, behind it a recipe of one decision.
 * Schema: router-config-v0.3.schema.json of vllm-sr 0.4.0; the suite `e2e:patches` has that release validate the file.
 */
export const semanticRouter: PatchWriter = {
  id: "semantic-router",
  summary: "vLLM semantic router: a model name and a recipe for each certified route",
  write(input) {
    const routes = routesOf(input);
    if (routes.length === 0) return [];
    const actions = routes.map(({ action }) => action);
    const names = modelNames(routes);
    const lines = [
      ...openingLines(input, actions, "vLLM semantic router, configuration v0.3,"),
      "Apply",
      "  1. Set the environment variables named below; no key stands in this file. Providers without a known address",
      "     stand at http://PROVIDER.internal: put yours.",
      `  2. vllm-sr config validate --config ${FILE} (vllm-sr 0.4.0 or later)`,
      "  3. Merge it into your configuration, or serve it alone. Callers of a cluster send its name as the model:",
      ...routes.map(
        ({ alias, cluster, evidence }) =>
          `       ${alias}: cluster ${onOneLine(cluster)}, calls that go to ${onOneLine(evidence.baseline.model)} today`,
      ),
      "",
      "Guard",
      `  Let ${Math.round(100 * CANARY_SHARE)} of 100 calls of a cluster send its name first, all after a week without a trigger. Triggers, per route:`,
      ...rollBackWhen("the margin in").map((line) => `  - ${line}`),
      ...routes.map(({ alias, evidence }) => `  ${alias}: loss of at most ${points(evidence.margin)} points`),
      "Roll back",
      "  Let callers send the old model name again; then delete the entry point and its recipe.",
    ];
    const patch: Patch = {
      file: FILE,
      text: `${commented(lines)}\n${renderYaml(configOf(routes, names))}`,
      summary: `vLLM semantic router: ${counted(routes.length, "route")} as model names.`,
      actions: actions.map(({ id }) => id),
    };
    return [patch];
  },
};

type Model = Route["evidence"]["baseline"];
const keyOf = ({ provider, model }: Model): string => JSON.stringify([provider, model]);

/** Names within the file: plain, and unlike any alias, so that no name means two things. */
function modelNames(
  routes: readonly Route[],
): ReadonlyMap<string, { readonly name: string; readonly model: Model }> {
  const taken = new Set(routes.map(({ alias }) => alias));
  const names = new Map<string, { readonly name: string; readonly model: Model }>();
  for (const { evidence } of routes) {
    for (const model of [evidence.candidate, evidence.baseline]) {
      const key = keyOf(model);
      if (!names.has(key)) names.set(key, { name: uniqueAlias(model.model, taken), model });
    }
  }
  return names;
}

function configOf(routes: readonly Route[], names: ReturnType<typeof modelNames>) {
  const nameOf = (model: Model) => names.get(keyOf(model))!.name;
  const baseline = nameOf(routes[0]!.evidence.baseline);
  return {
    version: "v0.3",
    listeners: [{ name: "http-8899", address: "0.0.0.0", port: 8899, timeout: "300s" }],
    providers: {
      defaults: { model: baseline },
      models: [...names.values()].map(({ name, model }) => ({
        name,
        provider_model_id: model.model,
        backend_refs: [backendOf(model)],
      })),
    },
    routing: {
      modelCards: [...names.values()].map(({ name }) => ({ name })),
      decisions: [decision("everything-else", "Calls without a route of their own.", 1, baseline)],
    },
    entrypoints: routes.map(({ alias }) => ({ model_names: [alias], recipe: alias })),
    recipes: routes.map(({ alias, cluster, evidence }) => ({
      name: alias,
      description: onOneLine(`Cluster ${cluster}`),
      routing: { decisions: [decision(alias, "The model of this route.", 100, nameOf(evidence.candidate))] },
    })),
  };
}

const decision = (name: string, description: string, priority: number, model: string) => ({
  name,
  description,
  priority,
  rules: { operator: "AND", conditions: [] },
  modelRefs: [{ model, use_reasoning: false }],
});

function backendOf({ provider }: Model) {
  const name = uniqueAlias(provider.toLowerCase(), new Set());
  const known = BASE_URLS[provider.toLowerCase()];
  return known === undefined
    ? {
        name,
        provider: "vllm",
        endpoint: `${name.replaceAll(/[._]+/g, "-")}.internal:80`,
        protocol: "http",
        weight: 100,
      }
    : { name, provider: "openai", base_url: known.url, api_key_env: known.key, weight: 100 };
}
