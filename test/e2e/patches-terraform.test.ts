import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as hclToJson } from "@cdktf/hcl2json";
import { describe, expect, it } from "vitest";
import { locateHcl } from "../../src/hcl/edit-tree.js";
import type { PlannedFleet, TerraformFolder } from "../../src/patches/contract.js";
import { RESOURCE_KINDS } from "../../src/patches/terraform/change-fleet.js";
import { commitmentFile } from "../../src/patches/terraform/commitments.js";
import { terraform } from "../../src/patches/terraform/terraform.js";
import type { Fleet } from "../../src/serving/contract.js";
import { fleetFixture, fleetInput, stateFixture, wholeChange } from "../support/terraform-fixture.js";
import { providerTypes } from "./patches/provider-types.js";

const git = process.env.TOKENOP_GIT!;
const terraformBin = process.env.TERRAFORM_BIN ?? "";
const types = process.env.TOKENOP_PROVIDER_TYPES ?? "";

const GOOGLE: Partial<Fleet> = {
  cloud: "gcp",
  region: "us-central1",
  instance: "a2-highgpu-2g",
  serving: { ...fleetFixture().serving, gpu: "a100-40-sxm" },
};
const AZURE: Partial<Fleet> = { cloud: "azure", region: "westeurope", instance: "Standard_NC48ads_A100_v4" };
const ADDRESSES: readonly [string, string, Partial<Fleet>][] = [
  ["aws.tf", "aws_autoscaling_group.gpu", {}],
  ["aws.tf", "aws_launch_template.gpu", {}],
  ["aws.tf", "aws_instance.one", {}],
  ["aws.tf", "aws_eks_node_group.pool", {}],
  ["google.tf", "google_container_node_pool.gpu", GOOGLE],
  ["google.tf", "google_compute_instance.one", GOOGLE],
  ["google.tf", "google_compute_autoscaler.gpu", GOOGLE],
  ["azure.tf", "azurerm_kubernetes_cluster_node_pool.gpu", AZURE],
  ["azure.tf", "azurerm_linux_virtual_machine.one", AZURE],
  ["azure.tf", "azurerm_orchestrated_virtual_machine_scale_set.gpu", AZURE],
];
const SHARES = [0.7, 1];
const ALL = ["spot", "gpu-type", "autoscaling", "reserved"];

const fixture = (name: string) =>
  readFile(new URL(`../../src/patches/fixtures/terraform/${name}`, import.meta.url), "utf8");

async function diffOf(
  planned: PlannedFleet,
  share: number,
  files: TerraformFolder["files"],
): Promise<string> {
  const after = { ...planned.after!, fleet: { ...planned.after!.fleet, spotShare: share } };
  const input = fleetInput(ALL, { ...planned, after }, { terraform: [{ dir: "../infra", files }] });
  const [patch] = await terraform.write(input);
  expect(patch!.file).toBe("terraform.diff");
  return patch!.text;
}

/** A folder with the files; a repository, or a folder within one, or none at all. */
async function folderWith(
  files: TerraformFolder["files"],
  place: "repository" | "below" | "none",
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "tokenop-terraform-"));
  const folder = place === "below" ? join(root, "live", "gpu") : root;
  await mkdir(folder, { recursive: true });
  for (const { path, text } of files) await writeFile(join(folder, path), text);
  if (place !== "none") {
    execFileSync(git, ["init", "-q"], { cwd: root });
    execFileSync(git, ["-c", "core.autocrlf=false", "add", "-A"], { cwd: root });
  }
  return folder;
}

const applied = (folder: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync(git, ["apply", ...args], { cwd: folder, encoding: "utf8" });
  expect(stderr).not.toMatch(/error/);
  expect(status).toBe(0);
};

async function texts(folder: string, files: TerraformFolder["files"]): Promise<string[]> {
  return Promise.all(files.map(({ path }) => readFile(join(folder, path), "utf8")));
}

const CASES = ADDRESSES.flatMap(([file, address, changes]) =>
  SHARES.map((share) => ({ file, address, changes, share })),
);

describe("the Terraform diff, with git", () => {
  it.each(CASES)("of $address at $share applies, reads back with both parsers and reverts", async (one) => {
    const files = [{ path: one.file, text: await fixture(one.file) }];
    const diff = await diffOf(wholeChange(one.address, one.changes), one.share, files);
    const folder = await folderWith(files, "repository");
    const patch = join(folder, "..", `${Math.random()}.diff`);
    await writeFile(patch, diff);

    applied(folder, "--check", patch);
    applied(folder, patch);

    const [after] = await texts(folder, files);
    expect(after).not.toBe(files[0]!.text);
    expect(await locateHcl(after!)).not.toBeNull();
    await hclToJson(one.file, after!);
    if (terraformBin !== "") {
      // 0: as terraform fmt would write it; 3: it would align a line; 2: it does not read the file.
      expect([0, 3]).toContain(spawnSync(terraformBin, ["fmt", "-check", folder]).status);
      const { stdout, stderr } = spawnSync(terraformBin, ["validate", "-no-color"], {
        cwd: folder,
        encoding: "utf8",
      });
      const errors = [...`${stdout}${stderr}`.matchAll(/Error: (.*)/g)].map(([, message]) => message);
      // Providers cannot be had here; anything that Terraform sees before it needs one would be named first.
      expect(new Set(errors)).toEqual(new Set(["Missing required provider"]));
    }

    applied(folder, "-R", "--check", patch);
    applied(folder, "-R", patch);
    expect(await texts(folder, files)).toEqual([files[0]!.text]);
    expect(execFileSync(git, ["status", "--porcelain"], { cwd: folder, encoding: "utf8" })).not.toMatch(
      /^.M|\?\?/m,
    );
  });

  it.each(["repository", "below", "none"] as const)(
    "applies in a folder that is %s, to Windows line ends, names with blanks and letters of any kind",
    async (place) => {
      const text = (await fixture("aws.tf")).replaceAll("\n", "\r\n").trimEnd();
      const files = [{ path: "größe und grenzen.tf", text }];
      const folder = await folderWith(files, place);
      const patch = join(folder, "..", `${Math.random()}.diff`);
      await writeFile(patch, await diffOf(wholeChange("aws_autoscaling_group.gpu"), 0.7, files));

      applied(folder, patch);
      const [after] = await texts(folder, files);
      expect(after).toContain("on_demand_percentage_above_base_capacity = 30\r\n");
      expect(after).not.toMatch(/[^\r]\n/);

      applied(folder, "-R", patch);
      expect(await texts(folder, files)).toEqual([text]);
    },
  );

  it.skipIf(terraformBin === "")("leaves files as terraform fmt writes them", async () => {
    for (const [file, address, changes] of ADDRESSES.filter(
      ([, name]) => !name.startsWith("google_container"),
    )) {
      const files = [{ path: file, text: await fixture(file) }];
      const folder = await folderWith(files, "none");
      const patch = join(folder, "..", `${Math.random()}.diff`);
      await writeFile(patch, await diffOf(wholeChange(address, changes), 0.7, files));
      applied(folder, patch);
      expect(spawnSync(terraformBin, ["fmt", "-check", folder]).status, address).toBe(0);
    }
  });
});

describe.skipIf(types === "")("names of arguments", () => {
  const known = providerTypes(types);
  const both = [true, false].map((scales) => ({ minimum: 1, maximum: 2, scales, action: "a" }));

  it.each(Object.entries(RESOURCE_KINDS))("of %s are its provider's", (resource, kind) => {
    const settings = [
      ...(kind.instance?.("x") ?? []),
      ...both.flatMap((size) => kind.size?.(size) ?? []),
      ...(kind.spot?.(0) ?? []),
      ...(kind.spotShare?.(0.5, 1) ?? []),
    ].map(({ path, name }) => [...path, name].join("."));
    const pool = kind.pool === undefined ? [] : [kind.pool.nameAttribute, ...kind.pool.counts];

    expect(settings.length).toBeGreaterThan(0);
    for (const place of [...settings, ...pool]) expect(known.knows(resource, place), place).toBe(true);
  });

  it("of what a rewritten group and a spot pool of AKS get are too", () => {
    const template = "mixed_instances_policy.launch_template.launch_template_specification";
    for (const name of ["launch_template_id", "launch_template_name", "version"])
      expect(known.knows("aws_autoscaling_group", `${template}.${name}`)).toBe(true);
    expect(
      known.knows("aws_autoscaling_group", "mixed_instances_policy.launch_template.override.instance_type"),
    ).toBe(true);
    for (const name of ["node_labels", "node_taints"])
      expect(known.knows("azurerm_kubernetes_cluster_node_pool", name)).toBe(true);
    expect(known.knows("aws_autoscaling_group", "mixed_instances_policy.nope")).toBe(false);
    expect(known.knows("aws_autoscaling_group", "nope")).toBe(false);
  });

  it.each([
    ["aws_instance", {}],
    ["google_compute_instance", GOOGLE],
    ["azurerm_linux_virtual_machine", AZURE],
  ])("of a commitment beside %s are too", async (type, changes) => {
    const fleet = fleetFixture({ ...changes, committed: { gpus: 8, termMonths: 12, rate: 1n } });
    const wish = { machines: 2, gpus: 8, termMonths: 12, action: "reserved/x" };
    const { text } = commitmentFile(type, wish, stateFixture(fleet))!;

    const { resource } = (await hclToJson("new.tf", text)) as {
      resource: Record<string, Record<string, unknown[]>>;
    };

    for (const [name, ofName] of Object.entries(resource))
      for (const place of placesIn(Object.values(ofName)[0]![0]))
        expect(known.knows(name, place), place).toBe(true);
    if (terraformBin !== "")
      expect(execFileSync(terraformBin, ["fmt", "-"], { input: text, encoding: "utf8" })).toBe(text);
  });
});

/** Every attribute of a block, through the lists that blocks are in JSON. */
function placesIn(block: unknown): string[] {
  return Object.entries(block as object).flatMap(([name, value]) =>
    Array.isArray(value) && typeof value[0] === "object"
      ? placesIn(value[0]).map((inner) => `${name}.${inner}`)
      : [name],
  );
}
