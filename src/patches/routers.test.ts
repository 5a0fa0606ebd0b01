import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  evaluationFixture,
  type FixtureNames,
  hostileNames,
  plainNames,
  planFixture,
} from "../../test/support/workload-fixture.js";
import type { PatchInput } from "./contract.js";
import { writePatches } from "./registry.js";

const inputFor = (names: FixtureNames = plainNames, changes: Partial<PatchInput> = {}): PatchInput => ({
  plan: planFixture(names),
  evaluation: evaluationFixture(names),
  certified: new Set(evaluationFixture(names).certified!.actions),
  simulated: false,
  ...changes,
});

const fileOf = async (file: string, input = inputFor()): Promise<string> =>
  (await writePatches(input)).find((patch) => patch.file === file)!.text;

interface Table {
  readonly routes: Record<string, { readonly canaryShare: number; readonly to: { readonly model: string } }>;
  routeFor(name: string, draw?: number): { readonly provider: string; readonly model: string };
  openRouterBody(name: string, draw?: number): { readonly model: string; readonly models: readonly string[] };
}

async function tableOf(text: string): Promise<Table> {
  const path = join(await mkdtemp(join(tmpdir(), "routes-")), "model-routes.mjs");
  await writeFile(path, text);
  return import(/* @vite-ignore */ pathToFileURL(path).href) as Promise<Table>;
}

describe("every file for routers and caches", () => {
  it.each(["semantic-router.yaml", "model-routes.mjs", "gptcache_exact.py", "redis-cache.conf"])(
    "%s is stable, and says how to apply it, when to stop and how to go back",
    async (file) => {
      const text = await fileOf(file);

      await expect(text).toMatchFileSnapshot(`fixtures/${file}.golden`);
      for (const part of ["Apply", "Guard", "Roll back"])
        expect(text).toMatch(new RegExp(`^(#|//) ${part}$`, "m"));
    },
  );

  it("is written for what is certified only", async () => {
    const only = (id: string) => writePatches(inputFor(plainNames, { certified: new Set([id]) }));
    const cached = (await only("exact-cache/summarize")).map(({ file }) => file);
    const routed = (await only("route/summarize")).map(({ file }) => file);

    expect(cached).toEqual(["litellm-config.yaml", "gptcache_exact.py", "redis-cache.conf"]);
    expect(routed).toEqual([
      "litellm-config.yaml",
      "semantic-router.yaml",
      "model-routes.mjs",
      "router.json",
    ]);
  });

  it("keeps a route that is named like a prototype", async () => {
    const names = {
      ...plainNames,
      clusters: ["__proto__", ...plainNames.clusters.slice(1)],
    } as unknown as FixtureNames;
    const { routeFor } = await tableOf(await fileOf("model-routes.mjs", inputFor(names)));
    expect(routeFor("__proto__", 0).model).toBe("gpt-4.1-mini");
  });

  it("keeps hostile names inside its values", async () => {
    const input = inputFor(hostileNames);

    const router = parse(await fileOf("semantic-router.yaml", input));
    const names = router.providers.models.map((one: { provider_model_id: string }) => one.provider_model_id);
    expect(names).toEqual([hostileNames.small, hostileNames.large]);

    const { routes } = await tableOf(await fileOf("model-routes.mjs", input));
    expect(Object.values(routes).map(({ to }) => to.model)).toEqual([hostileNames.small]);

    const settings = (await fileOf("redis-cache.conf", input))
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    expect(settings.every((line) => /^[a-z-]* ?\S*$/.test(line))).toBe(true);
  });
});

describe("semantic-router.yaml", () => {
  it("gives each route a name and a recipe, and every model a place", async () => {
    const router = parse(await fileOf("semantic-router.yaml"));
    const names = router.providers.models.map(({ name }: { name: string }) => name);

    expect(router.entrypoints).toEqual([{ model_names: ["summarize"], recipe: "summarize" }]);
    expect(router.recipes[0].routing.decisions[0].modelRefs).toEqual([
      { model: "gpt-4.1-mini", use_reasoning: false },
    ]);
    expect(names).toEqual(["gpt-4.1-mini", "gpt-4.1"]);
    expect(router.routing.modelCards.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(names).toContain(router.providers.defaults.model);
    expect(JSON.stringify(router)).not.toMatch(/sk-/);
  });
});

describe("model-routes.mjs", () => {
  it("moves the canary's share and falls back to the baseline", async () => {
    const { routeFor, openRouterBody, routes } = await tableOf(await fileOf("model-routes.mjs"));

    expect(routes.summarize!.canaryShare).toBe(0.1);
    expect(routeFor("summarize", 0.09)).toMatchObject({
      model: "gpt-4.1-mini",
      fallback: { model: "gpt-4.1" },
    });
    expect(routeFor("summarize", 0.1)).toMatchObject({ provider: "openai", model: "gpt-4.1" });
    expect(openRouterBody("summarize", 0)).toEqual({
      model: "openai/gpt-4.1-mini",
      models: ["openai/gpt-4.1-mini", "openai/gpt-4.1"],
    });
    expect(openRouterBody("summarize", 1).models).toEqual(["openai/gpt-4.1"]);
    for (const name of ["sumarize", "toString", "__proto__"])
      expect(() => routeFor(name)).toThrow(`no route named ${name}`);
  });
});
