import { readFile } from "node:fs/promises";
import { applyPatch, parsePatch, reversePatch } from "diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fleetFixture,
  fleetInput,
  stateFixture,
  wholeChange,
} from "../../../test/support/terraform-fixture.js";
import { hclFault } from "../../hcl/edit-check.js";
import { locateHcl } from "../../hcl/edit-tree.js";
import type { PatchInput, PlannedFleet } from "../contract.js";
import { addressOf } from "./address.js";
import { terraform } from "./terraform.js";

const ALL = ["spot", "gpu-type", "autoscaling", "reserved"];
const GOOGLE = {
  cloud: "gcp",
  region: "us-central1",
  instance: "a2-highgpu-2g",
  serving: { ...fleetFixture().serving, gpu: "a100-40-sxm" },
};
const AZURE = { cloud: "azure", region: "westeurope", instance: "Standard_NC48ads_A100_v4" };

const fixture = (name: string) => readFile(new URL(`../fixtures/terraform/${name}`, import.meta.url), "utf8");

const inputFor = (
  planned: PlannedFleet,
  files: Readonly<Record<string, string>>,
  levers: readonly string[] = ALL,
  changes: Partial<PatchInput> = {},
): PatchInput =>
  fleetInput(levers, planned, {
    terraform: [{ dir: "../infra", files: Object.entries(files).map(([path, text]) => ({ path, text })) }],
    ...changes,
  });

async function patchOf(input: PatchInput) {
  const [patch] = await terraform.write(input);
  return patch;
}

/** Applies the diff as text, file by file, and back. */
function applied(diff: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const after: Record<string, string> = { ...files };
  for (const part of parsePatch(diff.slice(diff.indexOf("\n--- ") + 1))) {
    const path = part.newFileName!.slice(2);
    const before = files[path] ?? "";
    const text = applyPatch(before, part, { autoConvertLineEndings: false });
    if (text === false) throw new Error(`the diff of ${path} does not apply`);
    expect(applyPatch(text, reversePatch(part), { autoConvertLineEndings: false })).toBe(before);
    after[path] = text;
  }
  return after;
}

/** Value of one attribute after the change; undefined where it is not there. */
async function valueIn(text: string, type: string, name: string, place: string): Promise<string | undefined> {
  const body = await locateHcl(text);
  const block = body!.blocks.find(({ labels }) => labels[0] === type && labels[1] === name);
  const steps = place.split(".");
  const owner = steps
    .slice(0, -1)
    .reduce((one, step) => one?.blocks.find((inner) => inner.type === step), block);
  return owner?.attributes.find((one) => one.name === steps.at(-1))?.expression;
}

describe("the Terraform diff", () => {
  it.each([
    { cloud: "aws", address: "aws_autoscaling_group.gpu", changes: {} },
    { cloud: "google", address: "google_container_node_pool.gpu", changes: GOOGLE },
    { cloud: "azure", address: "azurerm_kubernetes_cluster_node_pool.gpu", changes: AZURE },
  ])("of $cloud is stable, and both parsers read the result", async ({ cloud, address, changes }) => {
    const files = { [`${cloud}.tf`]: await fixture(`${cloud}.tf`) };

    const patch = await patchOf(inputFor(wholeChange(address, changes), files));

    await expect(patch!.text).toMatchFileSnapshot(`../fixtures/terraform-${cloud}.diff.golden`);
    for (const [path, text] of Object.entries(applied(patch!.text, files))) {
      expect(await locateHcl(text), path).not.toBeNull();
      expect(await hclFault(path, text), path).toBeNull();
    }
    expect(patch!.actions).toEqual(
      ["spot", "gpu-type", "autoscaling", "reserved"].map((lever) => `${lever}/support-gpus`),
    );
  });

  it.each([
    ["aws_instance.one", {}, "instance_market_options.market_type", '"spot"'],
    ["aws_launch_template.gpu", {}, "instance_market_options.market_type", '"spot"'],
    [
      "aws_autoscaling_group.gpu",
      {},
      "mixed_instances_policy.instances_distribution.on_demand_percentage_above_base_capacity",
      "0",
    ],
    ["aws_eks_node_group.pool", {}, "capacity_type", '"SPOT"'],
    ["google_compute_instance.one", GOOGLE, "scheduling.provisioning_model", '"SPOT"'],
    ["google_container_node_pool.gpu", GOOGLE, "node_config.spot", "true"],
    ["azurerm_linux_virtual_machine.one", AZURE, "priority", '"Spot"'],
    ["azurerm_orchestrated_virtual_machine_scale_set.gpu", AZURE, "eviction_policy", '"Delete"'],
  ])("puts %s on spot as a whole", async (address, changes, place, expected) => {
    const [type, name] = address.split(".") as [string, string];
    const planned = wholeChange(address, changes);
    const after = { ...planned.after!, fleet: { ...planned.after!.fleet, spotShare: 1, committed: null } };
    const files = {
      "aws.tf": await fixture("aws.tf"),
      "google.tf": await fixture("google.tf"),
      "azure.tf": await fixture("azure.tf"),
    };

    const patch = await patchOf(inputFor({ ...planned, after }, files, ["spot"]));

    const texts = Object.values(applied(patch!.text, files)).join("\n");
    expect(await valueIn(texts, type, name, place)).toBe(expected);
  });

  it("right-sizes to one number, and an autoscaler's own number only moves into the bounds", async () => {
    const planned = wholeChange("aws_autoscaling_group.gpu");
    const files = { "main.tf": await fixture("aws.tf") };
    const sized = { ...planned.after!, replicas: { least: 4, most: 4 } };

    const fixed = applied(
      (await patchOf(inputFor({ ...planned, after: sized }, files, ["right-size"])))!.text,
      files,
    );
    const scaled = applied((await patchOf(inputFor(planned, files, ["autoscaling"])))!.text, files);

    const size = (text: string) =>
      Promise.all(
        ["min_size", "max_size", "desired_capacity"].map((place) =>
          valueIn(text, "aws_autoscaling_group", "gpu", place),
        ),
      );
    // Four replicas of two GPUs fill two machines of four.
    expect(await size(fixed["main.tf"]!)).toEqual(["2", "2", "2"]);
    expect(await size(scaled["main.tf"]!)).toEqual(["2", "4", "4"]);
  });

  it("leaves out what no certified action asks for", async () => {
    const planned = wholeChange("aws_autoscaling_group.gpu");
    const files = { "main.tf": await fixture("aws.tf") };

    const patch = await patchOf(inputFor(planned, files, ["spot"]));

    expect(patch!.text).not.toMatch(/^[+-].*(g6e|min_size|capacity_reservation)/m);
    expect(await terraform.write(inputFor(planned, files, ALL, { certified: new Set() }))).toEqual([]);
    expect(await terraform.write(inputFor(planned, files, ["prefix-caching"]))).toEqual([]);
  });

  it("names the variable that hides a value, where it is declared and set, and guesses nothing", async () => {
    const files = {
      "main.tf": `resource "aws_eks_node_group" "pool" {
  node_group_name = "gpu"
  instance_types  = [var.gpu_type]
  capacity_type   = var.spot ? "SPOT" : "ON_DEMAND"

  scaling_config {
    min_size     = local.least
    max_size     = max(6, var.most)
    desired_size = data.external.now.result
  }
}
`,
      "variables.tf": 'variable "gpu_type" {}\n\nvariable "spot" {}\nvariable "most" {}\n',
      "prod.auto.tfvars": 'gpu_type = "secret-type"\nspot = false\n',
    };
    const planned = wholeChange("aws_eks_node_group.pool");
    const after = { ...planned.after!, fleet: { ...planned.after!.fleet, spotShare: 1 } };

    const patch = await patchOf(inputFor({ ...planned, after }, files, ["spot", "gpu-type", "autoscaling"]));

    expect(patch!.file).toBe("terraform.md");
    expect(patch!.text).toContain(
      'instance_types comes from var.gpu_type (main.tf:3), declared in variables.tf:1, set in prod.auto.tfvars: make the expression give ["g6e.24xlarge"].',
    );
    expect(patch!.text).toContain(
      "capacity_type comes from var.spot (main.tf:4), declared in variables.tf:3",
    );
    expect(patch!.text).toContain("scaling_config.min_size comes from local.least (main.tf:7): set it to 2.");
    expect(patch!.text).toContain(
      "scaling_config.max_size comes from var.most (main.tf:8), declared in variables.tf:4",
    );
    expect(patch!.text).toContain("scaling_config.desired_size is computed");
    expect(patch!.text).not.toContain("secret-type");
  });

  it("names the arguments of a module that hides a resource", async () => {
    const files = {
      "main.tf": 'module "gpu" {\n  source = "./modules/fleet"\n  size   = 6\n}\n',
      "modules/fleet/main.tf":
        'resource "aws_autoscaling_group" "this" {\n  min_size = var.size\n  max_size = var.most\n}\n',
    };

    const patch = await patchOf(inputFor(wholeChange("module.gpu.aws_autoscaling_group.this[0]"), files));

    expect(patch!.file).toBe("terraform.md");
    expect(patch!.text).toContain(
      "module.gpu (main.tf:1, source ./modules/fleet) declares aws_autoscaling_group.this",
    );
    expect(patch!.text).toContain("size = 6; most (not given, its default holds)");
  });

  it.each([
    ["data.aws_ami.gpu", "is not the address of a resource"],
    ["aws_autoscaling_group.other", "is declared in no .tf file"],
    ["aws_lambda_function.x", "is not a type whose arguments are known here"],
    ["module.none.aws_autoscaling_group.this", "is called in no file"],
  ])("says why %s cannot be changed", async (address, why) => {
    const patch = await patchOf(inputFor(wholeChange(address), { "main.tf": await fixture("aws.tf") }));
    expect(patch!.file).toBe("terraform.md");
    expect(patch!.text).toContain(why);
    expect(patch!.text).toContain("Roll back");
  });

  it.each([
    [
      "aws_instance.one",
      {},
      "autoscaling",
      "aws_instance.one does not count its machines: there should be 2 to 4.",
    ],
    [
      "google_compute_autoscaler.gpu",
      GOOGLE,
      "gpu-type",
      "google_compute_autoscaler has no machine type: set a2-highgpu-4g",
    ],
    [
      "google_compute_autoscaler.gpu",
      GOOGLE,
      "spot",
      "70 % on spot: google_compute_autoscaler cannot be divided.",
    ],
    ["aws_instance.one", {}, "spot", "70 % on spot: an aws_instance is spot or it is not"],
  ])("says what %s cannot hold", async (address, changes, lever, why) => {
    const file = address.startsWith("aws") ? "aws.tf" : "google.tf";
    const patch = await patchOf(
      inputFor(wholeChange(address, changes), { [file]: await fixture(file) }, [lever]),
    );
    expect(patch!.file).toBe("terraform.md");
    expect(patch!.text).toContain(why);
  });

  it("respects ignore_changes, dynamic blocks and files that cannot be read", async () => {
    const text = `resource "aws_autoscaling_group" "gpu" {
  min_size         = 6
  max_size         = 6
  desired_capacity = 6

  dynamic "mixed_instances_policy" {
    for_each = [1]
    content {}
  }

  launch_template {
    id = "lt-1"
  }

  lifecycle {
    ignore_changes = [desired_capacity, tag]
  }
}
`;
    const patch = await patchOf(
      inputFor(wholeChange("aws_autoscaling_group.gpu"), { "main.tf": text }, ["spot", "autoscaling"]),
    );
    expect(patch!.text).toContain("desired_capacity is in lifecycle.ignore_changes");
    expect(patch!.text).toContain("is made by a dynamic block");
    expect(patch!.text).toMatch(/^\+ {2}max_size {9}= 4$/m);
    expect(patch!.text).not.toMatch(/^-.*launch_template/m);

    const broken = await patchOf(
      inputFor(wholeChange("aws_autoscaling_group.gpu"), { "main.tf": 'resource "a' }),
    );
    expect(broken!.text).toContain("main.tf cannot be read");
  });

  it("says what must be approved, that it is simulated, and what nothing certifies", async () => {
    const files = { "main.tf": await fixture("aws.tf") };
    const input = inputFor(wholeChange("aws_autoscaling_group.gpu"), files, ["spot"], { simulated: true });
    const actions = input.plan.actions.map((action) => ({ ...action, approvals: ["cfo\n--- a/x"] }));
    const uncertified = new Map([["spot/support-gpus", "not tested"]]);

    const patch = await patchOf({
      ...input,
      plan: { ...input.plan, actions },
      certified: new Set(),
      uncertified,
    });

    const header = patch!.text.slice(0, patch!.text.indexOf("\n--- a/"));
    expect(header.split("\n").every((line) => line.startsWith("#"))).toBe(true);
    expect(header).toMatch(/^# UNCERTIFIED: this may lose quality/);
    expect(header).toContain("# SIMULATED");
    expect(header).toContain("approval by cfo --- a/x");
    applied(patch!.text, files);
  });

  it("writes one diff for each folder", async () => {
    const files = [{ path: "main.tf", text: await fixture("aws.tf") }];
    const other = wholeChange("aws_instance.one");
    const fleets = [
      wholeChange("aws_autoscaling_group.gpu"),
      {
        ...other,
        id: "two",
        after: stateFixture({
          ...other.after!.fleet,
          id: "two",
          terraform: { address: "aws_instance.one", dir: "b" },
        }),
      },
    ];
    const input = inputFor(fleets[0]!, {}, ["spot", "gpu-type"]);
    const actions = [...input.plan.actions, { ...input.plan.actions[1]!, id: "gpu-type/two", fleet: "two" }];

    const patches = await terraform.write({
      ...input,
      plan: { ...input.plan, actions },
      certified: new Set(actions.map(({ id }) => id)),
      fleets,
      terraform: [
        { dir: "../infra", files },
        { dir: "b", files },
      ],
    });

    expect(patches.map(({ file, actions: ids }) => [file, ids])).toEqual([
      ["terraform-..-infra.diff", ["spot/support-gpus", "gpu-type/support-gpus"]],
      ["terraform-b.diff", ["gpu-type/two"]],
    ]);
  });
});

describe("an address", () => {
  it.each([
    ["aws_instance.a", { modules: [], type: "aws_instance", name: "a" }],
    ['module.x.module.y["k.1"].aws_instance.a[0]', { modules: ["x", "y"], type: "aws_instance", name: "a" }],
    ["data.aws_ami.x", null],
    ["module.x", null],
    ["nonsense", null],
    ["a.b.c", null],
  ])("of %s is taken apart", (text, expected) => {
    expect(addressOf(text)).toEqual(expected);
  });
});

const word = fc.string({
  unit: fc.constantFrom("a", "Z", "ä", "🎉", "漢", " ", "=", "{", "}", "#", "-", "+"),
  maxLength: 12,
});

/** Files around the fleet's resource that no plan is about. */
const noise = fc
  .array(fc.tuple(fc.constantFrom("comment", "resource", "heredoc", "blank", "dashes"), word), {
    maxLength: 8,
  })
  .map((parts) =>
    parts.flatMap(([kind, text], index) => {
      if (kind === "comment") return [`# ${text} min_size = 1`];
      if (kind === "blank") return ["", ""];
      if (kind === "dashes") return [`# --- a/${text}`, "/*", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "*/"];
      if (kind === "heredoc")
        return [`resource "null_resource" "h${index}" {`, "  x = <<EOT", `min_size = ${text}`, "EOT", "}"];
      return [`resource "aws_autoscaling_group" "other${index}" {`, `  min_size = 1 # ${text}`, "}"];
    }),
  );

describe("the diff of any file", () => {
  it("changes the named resource only, keeps every comment, and goes back to the very bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        noise,
        noise,
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.nat(20),
        async (above, below, eol, ends, size) => {
          const own = [
            'resource "aws_autoscaling_group" "gpu" {',
            `  min_size = ${size} # eigene Grenze 🚀`,
            "  max_size=20 // eng",
            "  /* desired */",
            "}",
          ];
          const text = [...above, ...own, ...below].join(eol) + (ends ? eol : "");

          const patch = await patchOf(
            inputFor(wholeChange("aws_autoscaling_group.gpu"), { "größe 1.tf": text }, ["autoscaling"]),
          );

          const after = applied(patch!.text, { "größe 1.tf": text })["größe 1.tf"]!;
          const expected = text.replace(
            own.join(eol),
            own
              .join(eol)
              .replace(`min_size = ${size} `, "min_size = 2 ")
              .replace("max_size=20", "max_size=4"),
          );
          expect(after).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
