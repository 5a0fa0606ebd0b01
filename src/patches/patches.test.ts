import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import {
  evaluationFixture,
  hostileNames,
  plainNames,
  planFixture,
} from "../../test/support/workload-fixture.js";
import { type PatchInput, routerSchema } from "./contract.js";
import { litellmParameters } from "./litellm-providers.js";
import { writePatches, writeUncertified } from "./registry.js";
import { uniqueAlias } from "./routes.js";

/**
 * The part of LiteLLM's documented configuration that the patch uses. Source: docs.litellm.ai/docs/proxy/config_settings,
 * /docs/routing (weight, simple-shuffle) and /docs/proxy/caching (mode default_off), read 2026-11. A generated
 * file was also loaded by litellm 1.106.2: weights, fallback, cache opt-in and namespaces behaved as written here.
 */
const litellmSchema = z.strictObject({
  model_list: z
    .array(
      z.strictObject({
        model_name: z.string().min(1),
        litellm_params: z.strictObject({
          model: z.string().regex(/^[a-z_]+\//),
          api_key: z.string().startsWith("os.environ/").optional(),
          api_base: z.string().startsWith("os.environ/").optional(),
          api_version: z.string().startsWith("os.environ/").optional(),
          weight: z.int().positive().optional(),
        }),
        model_info: z.strictObject({ id: z.string() }),
      }),
    )
    .optional(),
  router_settings: z
    .strictObject({
      routing_strategy: z.literal("simple-shuffle"),
      num_retries: z.int(),
      fallbacks: z.array(z.record(z.string(), z.array(z.string()))),
    })
    .optional(),
  litellm_settings: z
    .strictObject({
      cache: z.literal(true),
      cache_params: z.strictObject({
        type: z.literal("local"),
        mode: z.literal("default_off"),
        ttl: z.int(),
      }),
    })
    .optional(),
});

const inputFor = (names = plainNames, changes: Partial<PatchInput> = {}): PatchInput => ({
  plan: planFixture(names),
  evaluation: evaluationFixture(names),
  certified: new Set(evaluationFixture(names).certified!.actions),
  simulated: false,
  ...changes,
});
const fileOf = async (input: PatchInput, file: string) =>
  (await writePatches(input)).find((patch) => patch.file === file)?.text;
const configOf = async (input: PatchInput) =>
  litellmSchema.parse(parse((await fileOf(input, "litellm-config.yaml"))!));

describe("patches", () => {
  it("hold certified actions only", async () => {
    const input = inputFor();
    const actions = (await writePatches(input)).flatMap((patch) => patch.actions);
    expect(new Set(actions)).toEqual(input.certified);
  });

  it("do not exist where nothing is certified", async () => {
    expect(await writePatches(inputFor(plainNames, { certified: new Set() }))).toEqual([]);
  });

  it("name who must approve first, in every file", async () => {
    const input = inputFor();
    const approved = {
      ...input.plan,
      actions: input.plan.actions.map((action) => ({ ...action, approvals: ["cfo\n# x"] })),
    };

    for (const { file, text } of await writePatches({ ...input, plan: approved })) {
      expect(text, file).toMatch(/approval by cfo # x|"approvals": \[\s*"cfo\\n# x"/);
    }
    for (const { text } of await writePatches(input)) expect(text).not.toMatch(/Approve first/);
  });

  it("tell callers how to change what no file of ours can, for every such lever", async () => {
    const { plan, ...rest } = inputFor();
    const [first] = plan.actions;
    const levers = [
      ...["service-tier", "semantic-cache", "context-window", "system-prompt", "prompt-compression"],
      ...["output-control", "retry-policy", "cascade", "distillation", "long-context-tier"],
    ];
    const actions = levers.map((lever) => ({ ...first!, id: `${lever}/chat`, lever }));

    const files = await writePatches({
      ...rest,
      plan: { ...plan, actions },
      certified: new Set(actions.map(({ id }) => id)),
    });

    expect(files.filter(({ file }) => file.endsWith(".md")).flatMap((patch) => patch.actions)).toEqual(
      levers.map((lever) => `${lever}/chat`),
    );
    for (const { text } of files.filter(({ file }) => file.endsWith(".md"))) {
      expect(text).toMatch(/Check: .*\n\nGuard: 10 of 100 calls first(.*\n)+\nRoll back: /);
    }
  });

  it("say loudly that they come from a simulation", async () => {
    for (const { text } of await writePatches(inputFor(plainNames, { simulated: true }))) {
      expect(text).toMatch(/SIMULATED|"simulated": true/);
    }
  });
});

describe("patches of what nothing certifies", async () => {
  const input = inputFor();
  const files = await writeUncertified(input);

  it("hold none of the certified actions, and none that was rejected", async () => {
    const rejected = new Set(
      input
        .evaluation!.decisions.filter(({ verdict }) => verdict === "rejected")
        .map(({ question }) => question),
    );
    const written = new Set(files.flatMap(({ actions }) => actions));

    expect(written.size).toBeGreaterThan(0);
    for (const { id, evidence } of input.plan.actions) {
      const isRejected = evidence.kind !== "structural" && rejected.has(evidence.question);
      if (input.certified.has(id) || isRejected) expect(written).not.toContain(id);
    }
  });

  it("say so in their names and first lines, with the reason for each action", async () => {
    for (const { file, text, summary, actions } of files) {
      expect(file).toMatch(/^UNCERTIFIED-/);
      expect(summary).toMatch(/^UNCERTIFIED: /);
      const first = text
        .split("\n")
        .slice(0, 4 + 2 * actions.length)
        .join("\n");
      expect(first).toContain("UNCERTIFIED: this may lose quality");
      for (const id of actions) {
        const plain = first.replaceAll("\\", "");
        expect(plain).toMatch(
          new RegExp(
            `UNCERTIFIED ${id}: (not tested|inconclusive after|futile after|its cond|the policy attests)`,
          ),
        );
      }
      expect(text).not.toMatch(/the certified (changes|model|margin)/);
    }
  });

  it("stay valid for what reads them, under hostile names too", async () => {
    for (const names of [plainNames, hostileNames]) {
      const written = await writeUncertified(inputFor(names, { certified: new Set() }));
      const textOf = (file: string) => written.find((patch) => patch.file === `UNCERTIFIED-${file}`)!.text;
      expect(routerSchema.parse(JSON.parse(textOf("router.json"))).uncertified!.length).toBeGreaterThan(1);
      litellmSchema.parse(parse(textOf("litellm-config.yaml")));
    }
  });
});

describe("litellm-config.yaml", () => {
  it("is stable", async () => {
    await expect(await fileOf(inputFor(), "litellm-config.yaml")).toMatchFileSnapshot(
      "fixtures/litellm-config.yaml.golden",
    );
  });

  it("starts with a tenth of the calls and falls back to the baseline", async () => {
    const { model_list: models, router_settings: router } = await configOf(inputFor());
    const alias = models!.filter(({ model_name }) => model_name === "summarize");
    expect(alias.map(({ litellm_params }) => [litellm_params.model, litellm_params.weight])).toEqual([
      ["openai/gpt-4.1-mini", 10],
      ["openai/gpt-4.1", 90],
    ]);
    expect(router!.fallbacks).toEqual([{ summarize: ["gpt-4.1"] }]);
    expect(models!.map(({ model_name }) => model_name)).toContain("gpt-4.1");
  });

  it("serves from the cache only the calls that ask for it", async () => {
    expect((await configOf(inputFor())).litellm_settings?.cache_params).toEqual({
      type: "local",
      mode: "default_off",
      ttl: 86_400,
    });
  });

  it("has only a cache where only the cache is certified", async () => {
    const config = await configOf(inputFor(plainNames, { certified: new Set(["exact-cache/summarize"]) }));
    expect(Object.keys(config)).toEqual(["litellm_settings"]);
    expect(
      await fileOf(inputFor(plainNames, { certified: new Set(["exact-cache/summarize"]) }), "router.json"),
    ).toBeUndefined();
  });

  it("keeps names full of markup and line breaks inside their values", async () => {
    const text = (await fileOf(inputFor(hostileNames), "litellm-config.yaml"))!;
    const config = await configOf(inputFor(hostileNames));
    expect(config.model_list![0]!.litellm_params.model).toBe(`openai/${hostileNames.small}`);
    const comments = text.split("model_list:")[0]!.trimEnd().split("\n");
    expect(comments.every((line) => line.startsWith("#"))).toBe(true);
  });

  it("gives two routes of one cluster two aliases", async () => {
    const plan = planFixture();
    const second = structuredClone(plan.actions[1]!);
    if (second.evidence.kind !== "quality") throw new Error("the fixture's second action is a route");
    second.id = "route/summarize/other";
    second.evidence.baseline = { provider: "anthropic", model: "claude-sonnet-4-5" };
    const input = inputFor(plainNames, {
      plan: { ...plan, actions: [...plan.actions, second] },
      certified: new Set(["route/summarize", second.id]),
    });
    const groups = new Set((await configOf(input)).model_list!.map(({ model_name }) => model_name));
    expect(groups).toEqual(
      new Set(["summarize-gpt-4.1", "summarize-claude-sonnet-4-5", "gpt-4.1", "claude-sonnet-4-5"]),
    );
  });
});

describe("a model in LiteLLM's spelling", () => {
  it.each([
    ["openai", "openai/m", "os.environ/OPENAI_API_KEY"],
    ["anthropic", "anthropic/m", "os.environ/ANTHROPIC_API_KEY"],
    ["google", "gemini/m", "os.environ/GEMINI_API_KEY"],
    ["x-ai", "xai/m", "os.environ/XAI_API_KEY"],
    ["aws_bedrock", "bedrock/m", undefined],
    ["my vLLM", "openai/m", "os.environ/MY_VLLM_API_KEY"],
  ])("of %s is %s", (provider, model, key) => {
    expect(litellmParameters(provider, "m")).toMatchObject({
      model,
      ...(key === undefined ? {} : { api_key: key }),
    });
  });
});

describe("an alias", () => {
  it("is plain and never given twice", async () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        const taken = new Set<string>();
        const aliases = names.map((name) => uniqueAlias(name, taken));
        expect(new Set(aliases).size).toBe(names.length);
        for (const alias of aliases) expect(alias).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
      }),
    );
  });
});

describe("router.json", () => {
  it("is stable", async () => {
    await expect(await fileOf(inputFor(), "router.json")).toMatchFileSnapshot("fixtures/router.json.golden");
  });

  it("states route, fallback, guard and certificate", async () => {
    const router = routerSchema.parse(JSON.parse((await fileOf(inputFor(), "router.json"))!));
    expect(router.routes).toMatchObject([
      {
        action: "route/summarize",
        to: { model: "gpt-4.1-mini" },
        fallback: { model: "gpt-4.1" },
        guard: { canary_share: 0.1, margin: 0.02 },
        certificate: { verdict: "certified", pairs: 420, alpha: 0.05 },
      },
    ]);
  });
});

describe("advice", () => {
  it("is stable", async () => {
    const plan = planFixture();
    const caching = { ...plan.actions[0]!, id: "prompt-caching/summarize", lever: "prompt-caching" };
    const input = inputFor(plainNames, {
      plan: { ...plan, actions: [caching] },
      certified: new Set([caching.id]),
    });
    await expect(await fileOf(input, "prompt-caching-advice.md")).toMatchFileSnapshot(
      "fixtures/prompt-caching-advice.md.golden",
    );
  });

  it("names clusters, steps, conditions and the way back", async () => {
    const plan = planFixture();
    const [cache] = structuredClone(plan.actions);
    const batch = { ...cache!, id: "batch-api/translate", lever: "batch-api", cluster: "<b>night|jobs" };
    const input = inputFor(plainNames, {
      plan: { ...plan, actions: [batch] },
      certified: new Set([batch.id]),
    });
    const text = (await fileOf(input, "batch-advice.md"))!;
    expect(text).toContain("&lt;b&gt;night\\|jobs");
    expect(text).toContain("USD 1926.40 a month");
    expect(text).toContain("Holds as long as:");
    expect(text).toContain("Roll back:");
  });
});
