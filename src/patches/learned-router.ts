import { z } from "zod";
import { routingPolicySchema, type routingSchema } from "../run/contract.js";
import { API_VERSION, type Artifact, renderYaml } from "../shared/artifact.js";
import { toFileShape } from "../shared/case.js";
import type { Patch, PatchWriter } from "./contract.js";
import { CANARY_SHARE, onOneLine, points, rollBackWhen, SIMULATED_NOTE } from "./guard.js";
import { litellmParameters } from "./litellm-providers.js";
import { uniqueAlias } from "./routes.js";

export type RoutingArtifact = Artifact<typeof routingSchema>;
type Model = RoutingArtifact["baseline"];

const JSON_FILE = "learned-router.json";
const LITELLM_FILE = "learned-router-litellm.yaml";
export const LEARNED_ROUTER_FILES = [JSON_FILE, LITELLM_FILE] as const;

/** learned-router.json: the certified policy whole, for a router of one's own. */
export const learnedRouterSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("LearnedRouter"),
  simulated: z.boolean(),
  policy: routingPolicySchema,
  guard: z.strictObject({
    canary_share: z.number().describe("Share of requests to move first; the rest keep the baseline."),
    margin: z.number().describe("Certified loss tolerance over all requests, 0.01 = 1 point."),
    largest_escalated_share: z
      .number()
      .describe(
        "Share of requests that asked the baseline on held-out samples; well above it the saving is gone.",
      ),
    roll_back_when: z.array(z.string()),
  }),
  certificate: z.strictObject({
    verdict: z.literal("certified"),
    population: z.string(),
    pairs: z.int(),
    lower: z.number(),
    alpha: z.number(),
  }),
});

export const learnedRouter: PatchWriter = {
  id: "learned-router",
  summary: "A certified learned routing: the policy as JSON, and what of it LiteLLM can follow",
  write: ({ routing, uncertified }) =>
    uncertified === undefined ? learnedRouterPatches(routing ?? null) : [],
};

/** Nothing unless the held-out samples certified the policy. */
export function learnedRouterPatches(routing: RoutingArtifact | null): Patch[] {
  if (routing === null || routing.policy === null || routing.certificate?.verdict !== "certified") return [];
  const { policy, certificate } = routing;
  const saved =
    routing.cost === null ? "" : ` ${percent(routing.cost.savingShare)} cheaper on held-out samples.`;
  const summary = `Learned routing (${policy.kind}), certified on ${certificate.n} held-out samples.${saved}`;
  return [
    { file: JSON_FILE, text: routerText(routing), summary, actions: [] },
    { file: LITELLM_FILE, text: litellmText(routing), summary: `${summary} For LiteLLM.`, actions: [] },
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const guardOf = ({ certificate, traffic }: RoutingArtifact) => ({
  margin: certificate!.margin,
  escalated: traffic[0]?.asked ?? 1,
  rollBack: rollBackWhen(points(certificate!.margin)),
});

function routerText(routing: RoutingArtifact): string {
  const { margin, escalated, rollBack } = guardOf(routing);
  const { verdict, population, n, lower } = routing.certificate!;
  const router = learnedRouterSchema.parse({
    apiVersion: API_VERSION,
    kind: "LearnedRouter",
    simulated: routing.simulated,
    policy: toFileShape(routing.policy),
    guard: {
      canary_share: CANARY_SHARE,
      margin,
      largest_escalated_share: escalated,
      roll_back_when: rollBack,
    },
    certificate: { verdict, population, pairs: n, lower, alpha: routing.alpha },
  });
  return `${JSON.stringify(router, null, 2)}\n`;
}

/** A name that callers send, and the models behind it by weight; `fallback` is the baseline's name. */
interface Group {
  readonly name: string;
  readonly model: Model;
  readonly weight: number | null;
  readonly id: string;
}

const CANDIDATE_WEIGHT = Math.round(CANARY_SHARE * 100);

function litellmText(routing: RoutingArtifact): string {
  const { baseline, policy } = routing;
  const taken = new Set<string>();
  const baselineName = uniqueAlias(baseline.model, taken);
  const isTable = policy!.kind === "clusters";
  const aliases = isTable
    ? policy!.routes.map((route) => ({ route, alias: uniqueAlias(route.cluster, taken) }))
    : policy!.steps.map((step) => ({ route: step, alias: uniqueAlias(step.model, taken) }));
  const groups = aliases.flatMap(({ route, alias }) => groupsOf(alias, route, baseline, isTable));
  const config = {
    model_list: [...groups, { name: baselineName, model: baseline, weight: null, id: baselineName }].map(
      deployment,
    ),
    router_settings: {
      routing_strategy: "simple-shuffle",
      num_retries: 1,
      fallbacks: aliases.map(({ alias }) => ({ [alias]: [baselineName] })),
    },
  };
  const callers = isTable
    ? aliases.map(
        ({ route, alias }) =>
          `       ${alias}: cluster ${onOneLine("cluster" in route ? route.cluster : "")}`,
      )
    : stepsFor(policy!.kind, [...aliases.map(({ alias }) => alias), baselineName]);
  const lines = header(routing, baselineName, callers);
  return `${lines.map((line) => `# ${line}`.trimEnd()).join("\n")}\n${renderYaml(config)}`;
}

/** A table's alias moves by weight; where the caller decides there is nothing to weigh. */
function groupsOf(alias: string, model: Model, baseline: Model, isTable: boolean): Group[] {
  const { provider, model: name } = model;
  const own = { provider, model: name };
  if (!isTable) return [{ name: alias, model: own, weight: null, id: alias }];
  return [
    { name: alias, model: own, weight: CANDIDATE_WEIGHT, id: `${alias}--candidate` },
    { name: alias, model: baseline, weight: 100 - CANDIDATE_WEIGHT, id: `${alias}--baseline` },
  ];
}

const deployment = ({ name, model, weight, id }: Group) => ({
  model_name: name,
  litellm_params: {
    ...litellmParameters(model.provider, model.model),
    ...(weight === null ? {} : { weight }),
  },
  model_info: { id },
});

/** LiteLLM has no setting for either, so the caller follows learned-router.json. */
function stepsFor(kind: "clusters" | "prompts" | "cascade", names: readonly string[]): string[] {
  const order = names.join(", ");
  return kind === "cascade"
    ? [
        `       Ask in this order: ${order}. After each answer but the last compute its predicted loss by`,
        "       learned-router.json (policy.steps); keep the answer if the loss is at most policy.threshold.",
      ]
    : [
        `       Compute each predicted loss by learned-router.json (policy.steps) and send the first of ${order}`,
        "       whose loss is at most policy.threshold; the last one needs none.",
      ];
}

function header(routing: RoutingArtifact, baselineName: string, callers: readonly string[]): string[] {
  const { margin, escalated, rollBack } = guardOf(routing);
  const { n, population } = routing.certificate!;
  return [
    ...(routing.simulated ? [SIMULATED_NOTE, ""] : []),
    "LiteLLM proxy configuration for the certified policy of routing.yaml.",
    "It takes the place of the routes in litellm-config.yaml: beside them both would spend the quality budget.",
    onOneLine(routing.policy!.rule, 400),
    "",
    "Apply",
    "  1. Set the environment variables named below and LITELLM_MASTER_KEY; no key stands in this file.",
    `  2. Add it to the proxy's own configuration (include: [${LITELLM_FILE}]), or start it alone: litellm --config ${LITELLM_FILE}`,
    "  3. What the callers send as the model:",
    ...callers,
    `       ${baselineName}: everything else`,
    "",
    "Guard",
    `  Move ${CANDIDATE_WEIGHT} of 100 calls first; all after a week without a trigger. Errors fall back to ${baselineName}.`,
    `  On held-out samples ${percent(escalated)} of requests asked the baseline; well above it the saving is gone.`,
    ...rollBack.map((line) => `  - ${line}`),
    "Certificate",
    `  Over all requests a loss of at most ${points(margin)} points, ${n} held-out samples, population ${population}. No single cluster is certified.`,
    "Roll back",
    `  Let callers send ${baselineName} again.`,
  ];
}
