import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { fleetFixture, fleetInput, stateFixture } from "../../../test/support/terraform-fixture.js";
import { ENGINES, type Fleet } from "../../serving/contract.js";
import type { FleetState, PatchInput, PlannedFleet } from "../contract.js";
import { launchOf } from "./arguments.js";
import { helm } from "./helm.js";
import { kubernetes, kubernetesName } from "./kubernetes.js";
import { launch, quoteShell } from "./launch.js";
import { blocksOf, cronOf } from "./schedule.js";

const published: Record<string, { readonly flags: readonly string[] }> = JSON.parse(
  readFileSync(new URL("../fixtures/serving-arguments.json", import.meta.url), "utf8"),
);

const DAY = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 8 : hour === 18 ? 5 : 3));

/** A fleet before and after: prefixes kept, a larger batch, and what else is asked. */
function planned(changes: Partial<Fleet> = {}, state: Partial<FleetState> = {}): PlannedFleet {
  const before = fleetFixture();
  const serving = { ...before.serving, maximumBatch: 256, prefixCaching: true };
  return {
    id: before.id,
    before: stateFixture(before),
    after: stateFixture({ ...before, serving, ...changes }, state),
  };
}

const scaling: Fleet["scaling"] = { kind: "autoscaled", floor: 2, lagMinutes: 6 };
const onSpot = planned({ scaling, spotShare: 0.7 }, { replicas: { least: 3, most: 8 }, byHour: DAY });

const textOf = async (writer: typeof launch, input: PatchInput): Promise<string> =>
  (await writer.write(input))[0]!.text;
const objectsOf = async (input: PatchInput) =>
  parseAllDocuments(await textOf(kubernetes, input)).map((document) => document.toJS());

describe("launch arguments", () => {
  it("are in the published list of their engine, whatever the configuration", () => {
    for (const engine of ENGINES) {
      for (const [kvPrecision, prefixCaching] of [
        ["bf16", true],
        ["fp8", false],
      ] as const) {
        const fleet = fleetFixture({
          serving: { ...fleetFixture().serving, engine, kvPrecision, prefixCaching },
        });
        const start = launchOf(fleet);
        if (start === null) {
          expect(engine).toBe("onnxruntime");
          continue;
        }
        const flags = [start.modelFlag, start.settingsFlag, ...start.flags.map(([flag]) => flag)];
        for (const flag of flags) {
          // vLLM's switches are boolean options: each has a --no- form.
          if (flag !== null) expect(published[engine]!.flags).toContain(flag.replace(/^--no-/, "--"));
        }
      }
    }
  });

  it.each(["vllm", "sglang", "tensorrt-llm"] as const)("of %s are stable as a script", async (engine) => {
    const serving = { ...planned().after!.fleet.serving, engine, kvPrecision: "fp8" as const };
    const input = fleetInput(["prefix-caching", "batching"], planned({ serving }));

    const script = await textOf(launch, input);

    await expect(script).toMatchFileSnapshot(`../fixtures/serve-${engine}.sh.golden`);
    execFileSync("sh", ["-n"], { input: script });
  });

  it("say that they hold the whole plan where nothing certifies them", async () => {
    const uncertified = new Map([["prefix-caching/support-gpus", "not tested"]]);
    const input = fleetInput(["prefix-caching"], planned(), { certified: new Set(), uncertified });
    for (const writer of [launch, kubernetes, helm]) {
      const text = await textOf(writer, input);
      expect(text).toContain("# UNCERTIFIED prefix-caching/support-gpus: not tested");
      expect(text).toContain("as the whole plan leaves it, with changes that nothing certifies.");
    }
  });

  it("are not written where only the number of replicas or their price changes", async () => {
    expect(await launch.write(fleetInput(["spot", "right-size", "reserved"], planned()))).toEqual([]);
    expect(await launch.write(fleetInput(["prefix-caching"], planned(), { certified: new Set() }))).toEqual(
      [],
    );
    expect(await launch.write(fleetInput(["prefix-caching"], { ...planned(), after: null }))).toEqual([]);
  });

  it("quote any text for a shell", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "'", '"', " ", "$", "`", "\\", "ä", ";", "\n") }),
        (text) => {
          expect(execFileSync("sh", ["-c", `printf %s ${quoteShell(text)}`], { encoding: "utf8" })).toBe(
            text,
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("Kubernetes manifests", () => {
  it("are stable, with autoscaling and spot machines", async () => {
    const input = fleetInput(["spot", "autoscaling", "prefix-caching"], onSpot);

    await expect(await textOf(kubernetes, input)).toMatchFileSnapshot("../fixtures/kubernetes.yaml.golden");
    expect((await objectsOf(input)).map(({ kind }) => kind)).toEqual([
      "Deployment",
      "Service",
      "PodDisruptionBudget",
      "ScaledObject",
      "NodePool",
      "NodePool",
    ]);
  });

  it("scale ahead of the hours that need more, and have no scaler where the number is fixed", async () => {
    const scaled = (await objectsOf(fleetInput(["autoscaling"], onSpot))).find(
      ({ kind }) => kind === "ScaledObject",
    );
    const triggers = scaled.spec.triggers.filter(({ type }: { type: string }) => type === "cron");
    expect(triggers.map(({ metadata }: { metadata: object }) => metadata)).toEqual([
      { timezone: "Etc/UTC", start: "54 7 * * *", end: "0 18 * * *", desiredReplicas: "8" },
      { timezone: "Etc/UTC", start: "54 17 * * *", end: "0 19 * * *", desiredReplicas: "5" },
    ]);

    const fixed = await objectsOf(fleetInput(["prefix-caching"], planned()));
    expect(fixed.map(({ kind }) => kind)).toEqual(["Deployment", "Service", "PodDisruptionBudget"]);
    expect(fixed[0].spec.replicas).toBe(6);
  });

  it("split capacity by the share on spot", async () => {
    const pools = (await objectsOf(fleetInput(["spot"], onSpot))).filter(({ kind }) => kind === "NodePool");
    const values = pools.map(({ spec }) =>
      spec.template.spec.requirements.map(({ values: of }: { values: string[] }) => of),
    );
    expect(values).toEqual([
      [["spot"], ["g6e.12xlarge"], ["1", "2", "3", "4", "5", "6", "7"]],
      [["on-demand"], ["g6e.12xlarge"], ["8", "9", "10"]],
    ]);
  });

  it("tolerate the taint of spot nodes on clouds that set one", async () => {
    const [deployment] = await objectsOf(fleetInput(["spot"], planned({ cloud: "azure", spotShare: 1 })));
    expect(deployment.spec.template.spec.tolerations).toContainEqual({
      key: "kubernetes.azure.com/scalesetpriority",
      operator: "Equal",
      value: "spot",
      effect: "NoSchedule",
    });
  });

  it("hold names of any shape as names that Kubernetes takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 90 }), (text) => {
        expect(kubernetesName(text)).toMatch(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/);
      }),
    );
  });

  it("keep names full of markup and templates inside their values and comments", async () => {
    const model = "x: $(HOME)\n- y # <b>";
    const id = "a\n---\nkind: Evil";
    const fleet = planned({ id, model });
    const input = fleetInput(["prefix-caching"], { ...fleet, id });
    const actions = input.plan.actions.map((action) => ({ ...action, fleet: id }));
    const [deployment, ...others] = await objectsOf({ ...input, plan: { ...input.plan, actions } });
    expect(deployment.spec.template.spec.containers[0].args).toContain("x: $$(HOME)\n- y # <b>");
    expect(others.map(({ kind }) => kind)).toEqual(["Service", "PodDisruptionBudget"]);
  });
});

describe("Helm values", () => {
  it("are stable, and only for vLLM", async () => {
    const input = fleetInput(["autoscaling", "batching"], onSpot);
    const text = await textOf(helm, input);
    await expect(text).toMatchFileSnapshot("../fixtures/helm-values.yaml.golden");
    expect(parse(text).servingEngineSpec.modelSpec[0]).toMatchObject({
      replicaCount: 3,
      keda: { enabled: true, minReplicaCount: 3, maxReplicaCount: 8 },
      vllmConfig: { maxNumSeqs: 256, enablePrefixCaching: true },
    });

    const serving = { ...onSpot.after!.fleet.serving, engine: "sglang" as const };
    expect(await helm.write(fleetInput(["batching"], planned({ serving })))).toEqual([]);
  });
});

describe("a schedule", () => {
  it("covers every hour that needs more than the least, and no other", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 24, maxLength: 24 }), (byHour) => {
        const least = Math.min(...byHour);
        const blocks = blocksOf(byHour, least);
        byHour.forEach((replicas, hour) => {
          const covering = blocks.filter(({ from, to }) => from <= hour && hour < to);
          expect(covering.map((block) => block.replicas)).toEqual(replicas > least ? [replicas] : []);
        });
      }),
    );
  });

  it("starts ahead, over midnight too", () => {
    expect([cronOf(8, 6), cronOf(0, 6), cronOf(18)]).toEqual(["54 7 * * *", "54 23 * * *", "0 18 * * *"]);
  });
});
