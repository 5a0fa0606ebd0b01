import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testContext, testOptions } from "../../../test/support/agent-home.js";
import {
  describeInfrastructure,
  type Inventory,
  infrastructureSchema,
  loadHardwareBook,
} from "../../serving/index.js";
import { renderYaml } from "../../shared/artifact.js";
import { toFileShape } from "../../shared/case.js";
import { silentLogger } from "../../shared/log.js";
import type { CollectOptions } from "../contract.js";
import { terraformCollector } from "./index.js";

const FIXTURES = join(import.meta.dirname, "fixtures");

let folder: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "terraform-"));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};

/** What is found in the test's folder, or among what of it is named. */
async function inventoryOf(...inputs: string[]): Promise<Inventory> {
  const options: CollectOptions = testOptions(join(folder, "workspace"), {
    searchDir: folder,
    inputs: inputs.map((input) => join(folder, input)),
  });
  const log = { ...silentLogger, warn: (text: string) => warnings.push(text) };
  return (await terraformCollector.inventory!(options, { ...testContext(folder), log }))!;
}

const addresses = ({ pools }: Inventory): string[] => pools.map(({ address }) => address);

describe("the infrastructure of a fixture", () => {
  const kinds = [
    "aws-state",
    "aws-plan",
    "azure-state",
    "databricks-state",
    "google-state",
    "kubernetes-state",
  ];

  it.each([...kinds, "raw-state", "configuration"])(
    "%s is what the golden says, and holds no secret",
    async (name) => {
      const file = name === "configuration" ? name : `${name}.json`;
      await cp(join(FIXTURES, file), join(folder, file), { recursive: true });
      const infrastructure = describeInfrastructure([await inventoryOf(file)], [], await loadHardwareBook());
      const text = renderYaml(infrastructureSchema.parse(toFileShape(infrastructure)));

      expect(text).not.toMatch(/canary/i);
      expect(warnings.join()).not.toMatch(/canary/i);
      await expect(text).toMatchFileSnapshot(`fixtures/${name}.golden.yaml`);
    },
  );
});

describe("files of Terraform", () => {
  const instance = (type: string): string =>
    `resource "aws_instance" "a" {\n  instance_type = "${type}"\n}\n`;

  it("are found below the working folder, Terraform's own cache and packages aside", async () => {
    await put("envs/prod/main.tf", instance("g5.xlarge"));
    await put("envs/dev/main.tf", instance("g6.xlarge"));
    await put("envs/dev/.terraform/modules/x/main.tf", instance("p5.48xlarge"));
    await put("node_modules/x/main.tf", instance("p5.48xlarge"));
    const found = await inventoryOf();

    expect(found.pools.map(({ source, instances }) => [source, instances])).toEqual([
      ["envs/dev/main.tf", ["g6.xlarge"]],
      ["envs/prod/main.tf", ["g5.xlarge"]],
    ]);
  });

  it("that were applied are read from their state, and what only a plan has from the plan", async () => {
    const resource = (name: string): object => ({
      address: `aws_instance.${name}`,
      mode: "managed",
      type: "aws_instance",
      name,
      values: { instance_type: "g5.xlarge", availability_zone: "us-east-1a" },
    });
    const root = (...names: string[]): object => ({ root_module: { resources: names.map(resource) } });
    await put("main.tf", instance("g5.xlarge"));
    await put("state.json", JSON.stringify({ format_version: "1.0", values: root("a") }));
    const created = {
      address: "aws_instance.b",
      mode: "managed",
      change: { actions: ["create"], after_unknown: {} },
    };
    const plan = { format_version: "1.2", planned_values: root("a", "b"), resource_changes: [created] };
    await put("out/tfplan.json", JSON.stringify(plan));
    const { pools, sources } = await inventoryOf();

    expect(pools.map(({ address, status, source }) => [address, status, source])).toEqual([
      ["aws_instance.a", "in_place", "state.json"],
      ["aws_instance.b", "planned", "out/tfplan.json"],
    ]);
    expect(sources.map(({ kind }) => kind)).toEqual(["state", "plan"]);
  });

  it("of two environments with equal addresses are two", async () => {
    const state = (lineage: string): string =>
      JSON.stringify({
        version: 4,
        lineage,
        resources: [
          {
            mode: "managed",
            type: "aws_instance",
            name: "a",
            instances: [{ attributes: { instance_type: "g5.xlarge" } }],
          },
        ],
      });
    await put("prod.tfstate", state("one"));
    await put("dev.tfstate", state("two"));
    await put("copy.tfstate", state("two"));
    await put("prod.tfstate.backup", state("three"));

    expect(addresses(await inventoryOf())).toEqual(["aws_instance.a", "aws_instance.a"]);
  });

  it("that are broken are left out by name and line, and the others are read", async () => {
    await put("a.tf", instance("g5.xlarge"));
    await put("b.tf", 'resource "aws_instance" "b" {\n  instance_type =\n}\n');
    await put("plan.json", '{"format_version": "1.2",\n "planned_values": }');
    const found = await inventoryOf();

    expect(addresses(found)).toEqual(["aws_instance.a"]);
    expect(warnings).toEqual([
      "plan.json:2: not valid JSON; the file is left out.",
      expect.stringMatching(/^b\.tf:2: .* is not expected here; the file is left out\.$/),
    ]);
  });

  it.each([
    ["plan.json", '{"format_version": "2.0", "planned_values": {}}', /format_version 2\.0 is not read/],
    [
      "old.tfstate",
      '{"version": 3, "lineage": "x", "terraform_version": "0.11.0", "resources": []}',
      /version 3/,
    ],
    ["notes.json", '{"a": 1}', /Nothing that Terraform wrote/],
  ])("named and unreadable end the command: %s", async (name, text, message) => {
    await put(name, text);

    await expect(inventoryOf(name)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it("of another JSON kind by the same name are passed over without a word", async () => {
    await put("state.json", '{"todos": []}');
    await put("plan.json", "not JSON at all");

    expect(await inventoryOf()).toMatchObject({ sources: [], notes: [] });
    expect(warnings).toEqual([]);
  });

  it("nested without end are left out, and the states beside them are read", async () => {
    const depth = 20_000;
    await put("deep.tf", `locals {\n  a = ${"(".repeat(depth)}1${")".repeat(depth)}\n}\n`);
    await put("state/state.json", '{"format_version":"1.0","terraform_version":"1.9.8"}');

    expect((await inventoryOf()).sources.map(({ file }) => file)).toContain("state/state.json");
  });

  it("beside the searched folder are not opened, wherever configuration points", async () => {
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    await writeFile(join(outside, "values.yaml"), "image: vllm/vllm-openai\n");
    const release = (path: string): string =>
      `resource "helm_release" "a" {\n  name = "a"\n  chart = "x"\n  values = [file("${path}")]\n}\n`;
    await put("main.tf", release(`\${path.module}/../${outside.split("/").at(-1)}/values.yaml`));
    const { servers } = await inventoryOf();
    await rm(outside, { recursive: true });

    expect(servers).toEqual([]);
  });

  it("behind a linked folder are not counted twice", async () => {
    await put("real/main.tf", instance("g5.xlarge"));
    await symlink(join(folder, "real"), join(folder, "again"));

    expect(addresses(await inventoryOf())).toHaveLength(1);
  });

  it("of an empty state are a source without resources", async () => {
    await put("state.json", '{"format_version":"1.0","terraform_version":"1.9.8"}');
    const { sources, pools } = await inventoryOf();

    expect(sources).toEqual([{ file: "state.json", kind: "state", resources: 0 }]);
    expect(pools).toEqual([]);
  });

  it("are named before anything is read, with the resource types that are looked at", async () => {
    await put("main.tf", instance("g5.xlarge"));
    const options = testOptions(folder);

    expect(await terraformCollector.detect(options, testContext(folder))).toEqual({
      found: true,
      summary: "1 configuration file(s)",
    });
    const explained = await terraformCollector.explain(options, testContext(folder));
    expect(explained[0]).toBe(`read ${join(folder, "main.tf")} (configuration, 62 bytes)`);
    expect(explained.join()).toContain("aws_autoscaling_group");
  });
});
