import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { FleetState, PlannedFleet } from "../../src/patches/contract.js";
import { kubernetes } from "../../src/patches/serving/kubernetes.js";
import type { Fleet } from "../../src/serving/contract.js";
import { fleetFixture, fleetInput, stateFixture } from "../support/terraform-fixture.js";

const python = process.env.TOKENOP_KUBERNETES_PYTHON!;
const models = process.env.TOKENOP_KUBERNETES_MODELS ?? "";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const DAY = Array.from({ length: 24 }, (_, hour) => (hour >= 7 && hour < 20 ? 9 : 2));

async function manifests(changes: Partial<Fleet>, state: Partial<FleetState> = {}): Promise<Manifest[]> {
  const before = fleetFixture();
  const planned: PlannedFleet = {
    id: before.id,
    before: stateFixture(before),
    after: stateFixture({ ...before, ...changes }, state),
  };
  const [patch] = await kubernetes.write(fleetInput(["spot", "autoscaling", "engine"], planned));
  return parseAllDocuments(patch!.text).map((document) => document.toJS() as Manifest);
}

const scaled: Partial<Fleet> = { scaling: { kind: "autoscaled", floor: 1, lagMinutes: 7.5 } };
const state: Partial<FleetState> = { replicas: { least: 2, most: 9 }, byHour: DAY };
const engine = (name: Fleet["serving"]["engine"]) => ({
  serving: { ...fleetFixture().serving, engine: name },
});

const CASES: readonly [string, Partial<Fleet>, Partial<FleetState>][] = [
  ["a fixed fleet on vLLM", {}, {}],
  ["a scaling fleet on SGLang, all on spot", { ...scaled, ...engine("sglang"), spotShare: 1 }, state],
  [
    "a scaling fleet on TensorRT-LLM, a share on spot",
    { ...scaled, ...engine("tensorrt-llm"), spotShare: 0.7 },
    state,
  ],
  ["a fleet on Azure's spot machines", { cloud: "azure", spotShare: 1 }, {}],
  ["a fleet without a known day", scaled, { ...state, byHour: null }],
];

describe("emitted Kubernetes manifests", () => {
  it.each(CASES)("of %s pass Kubernetes' own schemas, unknown fields refused", async (_, changes, given) => {
    const core = (await manifests(changes, given)).filter(
      ({ apiVersion }) => !/keda|karpenter/.test(apiVersion),
    );
    const folder = await mkdtemp(join(tmpdir(), "tokenop-manifests-"));
    const files = await Promise.all(
      core.map(async (manifest, index) => {
        const path = join(folder, `${index}.yaml`);
        await writeFile(path, JSON.stringify(manifest));
        return path;
      }),
    );

    const { status, stdout, stderr } = spawnSync(
      python,
      ["-m", "kubernetes_validate", "--strict", ...files],
      {
        encoding: "utf8",
      },
    );

    expect(`${stdout}${stderr}`).not.toMatch(/ERROR/);
    expect(status).toBe(0);
  });

  it("would be refused with a field that does not exist", async () => {
    const [deployment] = await manifests({});
    const path = join(await mkdtemp(join(tmpdir(), "tokenop-manifests-")), "0.yaml");
    await writeFile(
      path,
      JSON.stringify({ ...deployment, spec: { ...(deployment as never as { spec: object }).spec, nope: 1 } }),
    );
    expect(spawnSync(python, ["-m", "kubernetes_validate", "--strict", path]).status).not.toBe(0);
  });
});

const KINDS: Readonly<Record<string, { readonly module: string; readonly type: string }>> = {
  ScaledObject: { module: "@kubernetes-models/keda/keda.sh/v1alpha1", type: "IScaledObject" },
  NodePool: { module: "@kubernetes-models/karpenter/karpenter.sh/v1", type: "INodePool" },
};

describe.skipIf(models === "")("emitted objects of KEDA and Karpenter", () => {
  let custom: Manifest[];
  beforeAll(async () => {
    const all = await Promise.all(CASES.map(([, changes, given]) => manifests(changes, given)));
    custom = all.flat().filter(({ kind }) => KINDS[kind] !== undefined);
  });

  it("pass the schemas of their resource definitions", async () => {
    expect(new Set(custom.map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)));
    const script = custom
      .map(({ kind }, index) => [KINDS[kind]!.module, kind, JSON.stringify(custom[index])])
      .map(
        ([module, kind, text], index) =>
          `import { ${kind} as K${index} } from "${module}";\nnew K${index}(${text}).validate();\n`,
      );
    const path = join(models, "validate.mjs");
    await writeFile(path, script.join(""));
    expect(() => execFileSync(process.execPath, [path], { stdio: "pipe" })).not.toThrow();

    const wrong = join(models, "wrong.mjs");
    await writeFile(wrong, script[0]!.replace('"scaleTargetRef"', '"scaleTarget"'));
    expect(() => execFileSync(process.execPath, [wrong], { stdio: "pipe" })).toThrow();
  });

  it("have no field that the definitions lack", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenop-types-"));
    await symlink(join(models, "node_modules"), join(folder, "node_modules"));
    const lines = custom.map(
      (manifest, index) =>
        `import type { ${KINDS[manifest.kind]!.type} as T${index} } from "${KINDS[manifest.kind]!.module}";\n` +
        `export const v${index}: T${index} = ${JSON.stringify(manifest)};\n`,
    );
    await writeFile(join(folder, "objects.ts"), lines.join(""));
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const check = async (file: string) => {
      const compilerOptions = {
        noEmit: true,
        strict: true,
        skipLibCheck: true,
        module: "nodenext",
        types: [],
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
      return spawnSync(process.execPath, [tsc, "-p", folder], { cwd: folder, encoding: "utf8" }).stdout;
    };

    expect(await check("objects.ts")).toBe("");

    await writeFile(join(folder, "wrong.ts"), lines[0]!.replace('"spec":{', '"spec":{"nope":1,'));
    expect(await check("wrong.ts")).toMatch(/nope/);
  });
});

it("runs with the validator that was asked for", () => {
  expect(execFileSync(python, ["-m", "kubernetes_validate", "--version"], { encoding: "utf8" })).toMatch(
    /1\.37/,
  );
});
