import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { evaluationFixture, planFixture } from "../../test/support/workload-fixture.js";
import { LEARNED_ROUTER_FILES, learnedRouterPatches, learnedRouterSchema } from "./learned-router.js";
import { writePatches } from "./registry.js";

type Routing = NonNullable<Parameters<typeof learnedRouterPatches>[0]>;

const BIG = { provider: "openai", model: "gpt-4.1" };
const SMALL = { provider: "openai", model: "gpt-4.1-mini" };
const estimate = {
  ...{ ips: 0.9, snips: 0.9, doublyRobust: 0.9, effectiveSamples: 600, meanWeight: 1, largestWeight: 1 },
};

const routing = (changes: Partial<Routing> = {}): Routing => ({
  ...{ apiVersion: "tokenop/v1", kind: "Routing", inputs: [], simulated: false },
  ...{ baseline: BIG, candidates: [SMALL], seed: 1, alpha: 0.05, trainingShare: 0.5, feedback: "full" },
  ...{ samples: { training: 600, heldOut: 600, thinned: 0 }, considered: 40, latencyMs: null },
  policy: {
    ...{
      kind: "clusters",
      rule: "Each cluster goes to the cheapest model.",
      threshold: 0.01,
      otherwise: BIG,
    },
    ...{ routes: [{ cluster: "chat\n- x", ...SMALL }], steps: [] },
  },
  certificate: {
    ...{ verdict: "certified", population: "traffic", n: 600, missing: 0, difference: 0, lower: -0.01 },
    ...{
      upper: 0.02,
      margin: 0.02,
      certifiableMargin: 0.01,
      samplesNeeded: 0,
      eValue: 5,
      disagreement: 0.03,
    },
    explanation: "",
  },
  value: { baseline: estimate, policy: estimate },
  traffic: [
    { ...BIG, used: 0.6, asked: 0.6 },
    { ...SMALL, used: 0.4, asked: 0.4 },
  ],
  cost: { baselineUsd: "10", policyUsd: "7", savingShare: 0.3, basis: "replayed" },
  ...{ comparisons: [], warnings: [], run: { createdAt: "", tokenopVersion: "", directory: "" } },
  ...changes,
});

const cascade = routing({
  policy: {
    ...{ kind: "cascade", rule: "Ask the small model first.", threshold: 0.02, otherwise: BIG, routes: [] },
    steps: [{ ...SMALL, columns: [{ name: "constant", weight: 1 }], clusters: [], grams: [] }],
  },
});

const textOf = (of: Routing, file: string): string =>
  learnedRouterPatches(of).find((patch) => patch.file === file)!.text;
const litellmOf = (of: Routing) => parse(textOf(of, "learned-router-litellm.yaml"));

describe("a learned router", () => {
  it("is written only where held-out samples certified it", () => {
    expect(learnedRouterPatches(routing()).map(({ file }) => file)).toEqual([...LEARNED_ROUTER_FILES]);
    for (const verdict of ["rejected", "futile", "inconclusive"] as const) {
      const certificate = { ...routing().certificate!, verdict };
      expect(learnedRouterPatches(routing({ certificate }))).toEqual([]);
    }
    expect(learnedRouterPatches(routing({ policy: null, certificate: null }))).toEqual([]);
    expect(learnedRouterPatches(null)).toEqual([]);
  });

  it("stands beside the plan's patches, and never among the uncertified ones", async () => {
    const input = {
      plan: planFixture(),
      evaluation: evaluationFixture(),
      simulated: false,
      routing: routing(),
    };
    const files = async (more: object) =>
      (await writePatches({ ...input, certified: new Set<string>(), ...more })).map(({ file }) => file);
    expect(await files({})).toEqual([...LEARNED_ROUTER_FILES]);
    expect(await files({ uncertified: new Map() })).toEqual([]);
  });

  it("gives a router the whole policy, its certificate and when to undo it", () => {
    const router = learnedRouterSchema.parse(JSON.parse(textOf(cascade, "learned-router.json")));
    expect(router.policy).toMatchObject({
      kind: "cascade",
      threshold: 0.02,
      steps: [{ model: SMALL.model }],
    });
    expect(router.guard).toMatchObject({ margin: 0.02, largest_escalated_share: 0.6 });
    expect(router.certificate).toMatchObject({ verdict: "certified", pairs: 600, alpha: 0.05 });
  });

  it("gives LiteLLM an alias a cluster, by canary weight, with the baseline to fall back on", () => {
    const { model_list: models, router_settings: settings } = litellmOf(routing());
    expect(models.map((one: { model_info: { id: string } }) => one.model_info.id)).toEqual([
      "chat---x--candidate",
      "chat---x--baseline",
      "gpt-4.1",
    ]);
    expect(models[0].litellm_params).toMatchObject({ model: "openai/gpt-4.1-mini", weight: 10 });
    expect(settings.fallbacks).toEqual([{ "chat---x": ["gpt-4.1"] }]);
  });

  it("tells callers in which order a cascade asks, since LiteLLM has no setting for it", () => {
    const text = textOf(cascade, "learned-router-litellm.yaml");
    expect(text).toContain("Ask in this order: gpt-4.1-mini, gpt-4.1.");
    expect(litellmOf(cascade).model_list).toHaveLength(2);
    expect(JSON.stringify(litellmOf(cascade))).not.toContain("weight");
  });

  it("keeps user text on one line of a comment, and says what is simulated", () => {
    const text = textOf(routing({ simulated: true }), "learned-router-litellm.yaml");
    expect(text).toContain("cluster chat - x");
    expect(text).toContain("SIMULATED");
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    expect(text.startsWith(comments.join("\n"))).toBe(true);
  });
});
