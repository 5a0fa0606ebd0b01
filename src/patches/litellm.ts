import { renderYaml } from "../shared/artifact.js";
import { lifetimeOf } from "./caches.js";
import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import {
  approvalLines,
  CANARY_SHARE,
  onOneLine,
  points,
  rollBackWhen,
  SIMULATED_NOTE,
  uncertifiedLines,
} from "./guard.js";
import { litellmParameters } from "./litellm-providers.js";
import { actionsOf, type Route, routesOf, uniqueAlias } from "./routes.js";

const FILE = "litellm-config.yaml";
/** Weights of candidate and baseline that give the canary share; LiteLLM normalises them. */
const CANDIDATE_WEIGHT = Math.round(CANARY_SHARE * 100);
const BASELINE_WEIGHT = 100 - CANDIDATE_WEIGHT;

/** Schema: docs.litellm.ai/docs/proxy/config_settings, routing and caching, read 2026-11. */
export const litellm: PatchWriter = {
  id: "litellm",
  summary: "LiteLLM proxy: certified routes as weighted aliases with fallbacks, exact cache as opt-in",
  write(input) {
    const routes = routesOf(input);
    const caches = actionsOf(input, "exact-cache");
    if (routes.length === 0 && caches.length === 0) return [];
    const config = { ...routeConfig(routes), ...cacheConfig(caches) };
    const patch: Patch = {
      file: FILE,
      text: `${header(input, routes, caches)}\n${renderYaml(config)}`,
      summary: `LiteLLM proxy: ${counted(routes.length, input.uncertified === undefined ? "certified route" : "route")}, exact cache for ${counted(caches.length, "cluster")}.`,
      actions: [...routes.map(({ action }) => action.id), ...caches.map(({ id }) => id)],
    };
    return [patch];
  },
};

/** Each alias holds candidate and baseline by weight, and falls back to the baseline's own group on errors. */
function routeConfig(routes: readonly Route[]) {
  if (routes.length === 0) return {};
  const groups = baselineGroups(routes);
  const groupOf = ({ evidence }: Route) => groups.get(modelKey(evidence.baseline))!.name;
  const deployments = routes.flatMap(({ alias, evidence }) => [
    deployment(alias, evidence.candidate, `${alias}--candidate`, CANDIDATE_WEIGHT),
    deployment(alias, evidence.baseline, `${alias}--baseline`, BASELINE_WEIGHT),
  ]);
  return {
    model_list: [
      ...deployments,
      ...[...groups.values()].map(({ name, model }) => deployment(name, model, name)),
    ],
    router_settings: {
      routing_strategy: "simple-shuffle",
      num_retries: 1,
      fallbacks: routes.map((route) => ({ [route.alias]: [groupOf(route)] })),
    },
  };
}

type Model = Route["evidence"]["baseline"];

const modelKey = ({ provider, model }: Model): string => JSON.stringify([provider, model]);

function baselineGroups(routes: readonly Route[]): Map<string, { name: string; model: Model }> {
  const taken = new Set(routes.map(({ alias }) => alias));
  const groups = new Map<string, { name: string; model: Model }>();
  for (const { evidence } of routes) {
    const key = modelKey(evidence.baseline);
    if (!groups.has(key))
      groups.set(key, { name: uniqueAlias(evidence.baseline.model, taken), model: evidence.baseline });
  }
  return groups;
}

const deployment = (name: string, { provider, model }: Model, id: string, weight?: number) => ({
  model_name: name,
  litellm_params: { ...litellmParameters(provider, model), ...(weight === undefined ? {} : { weight }) },
  model_info: { id },
});

/** Off unless a call asks for it, so that only attested clusters are ever served from the cache. */
function cacheConfig(caches: PatchInput["plan"]["actions"]) {
  if (caches.length === 0) return {};
  return {
    litellm_settings: {
      cache: true,
      cache_params: { type: "local", mode: "default_off", ttl: Math.min(...caches.map(lifetimeOf)) },
    },
  };
}

function header(input: PatchInput, routes: readonly Route[], caches: PatchInput["plan"]["actions"]): string {
  const { uncertified } = input;
  const ids = [...routes.map(({ action }) => action.id), ...caches.map(({ id }) => id)];
  const lines = [
    ...(uncertified === undefined ? [] : [...uncertifiedLines(uncertified, ids), ""]),
    ...(input.simulated ? [SIMULATED_NOTE, ""] : []),
    uncertified === undefined
      ? "LiteLLM proxy configuration with the certified changes of plan.yaml, and nothing else."
      : "LiteLLM proxy configuration with changes of the plan that are not certified, and nothing else.",
    "",
    ...approvalSteps([...routes.map(({ action }) => action), ...caches]),
    "Apply",
    "  1. Set the environment variables named below and LITELLM_MASTER_KEY; no key stands in this file.",
    `  2. Add it to the proxy's own configuration (include: [${FILE}]), or start it alone: litellm --config ${FILE}`,
    ...(routes.length > 0
      ? [
          "  3. Let the callers of each cluster send its alias as the model:",
          ...routes.map(
            ({ alias, cluster, evidence }) =>
              `       ${alias}: cluster ${onOneLine(cluster)}, calls that go to ${onOneLine(evidence.baseline.model)} today`,
          ),
        ]
      : []),
    ...(caches.length > 0 ? cacheSteps(caches) : []),
    ...(routes.length > 0 ? guardLines(routes, uncertified === undefined) : []),
  ];
  return lines.map((line) => `# ${line}`.trimEnd()).join("\n");
}

function approvalSteps(actions: Parameters<typeof approvalLines>[0]): string[] {
  const lines = approvalLines(actions);
  return lines.length === 0 ? [] : ["Approve first", ...lines.map((line) => `  ${line}`), ""];
}

function guardLines(routes: readonly Route[], isCertified: boolean): string[] {
  const [first, ...others] = routes;
  const margin =
    others.length === 0
      ? points(first!.evidence.margin)
      : `the ${isCertified ? "certified" : "planned"} margin in`;
  return [
    "",
    "Guard",
    `  ${CANDIDATE_WEIGHT} of 100 calls of an alias take the ${isCertified ? "certified" : "other"} model, the rest the baseline (weight). Errors fall back to the baseline.`,
    "  Raise the weight to 100 and delete the --baseline entry after a week without a trigger. Triggers, per alias:",
    ...rollBackWhen(margin).map((line) => `  - ${line}`),
    isCertified ? "Certificates" : "To be proven",
    ...routes.map(
      ({ alias, evidence, certificate }) =>
        `  ${alias}: loss of at most ${points(evidence.margin)} points${certificate === null ? "" : `, ${certificate.pairs} pairs, population ${certificate.population}`}`,
    ),
    "Roll back",
    "  Set the weight of the --candidate entries to 0 and restart; or let callers send the old model name again.",
  ];
}

function cacheSteps(caches: PatchInput["plan"]["actions"]): string[] {
  return [
    "",
    "Exact cache",
    "  Off by default. Calls of these clusters opt in, with the tenant as the namespace and temperature 0:",
    ...caches.map(
      (cache) =>
        `       ${onOneLine(cache.cluster ?? "the whole fleet")}: "cache": {"use-cache": true, "namespace": "<tenant>", "ttl": ${lifetimeOf(cache)}}`,
    ),
    "  type local is one proxy process; with more than one, use type redis as redis-cache.conf says.",
    "  LiteLLM 1.106 leaves requests of more than 4 messages uncached unless cache_params has max_messages.",
    "  Roll back: delete litellm_settings.cache and restart; nothing else depends on it.",
  ];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
