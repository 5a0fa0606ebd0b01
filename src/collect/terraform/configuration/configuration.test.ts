// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation of Terraform's own
import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../resource.js";
import { Unknown, type Value } from "../value.js";
import { readConfiguration } from "./read.js";

type Files = Readonly<Record<string, string>>;

async function read(files: Files): Promise<{ resources: readonly Resource[]; notes: readonly string[] }> {
  const texts = Object.entries(files).map(([file, text]) => ({ file, folder: posix.dirname(file), text }));
  const documents = await readConfiguration(texts, (path) => files[path] ?? null);
  return {
    resources: documents.flatMap(({ resources }) => resources),
    notes: documents.flatMap(({ notes }) => notes),
  };
}

/** The value of an expression at the place of an instance type, with some declarations around it. */
async function valueIn(expression: string, around = "", more: Files = {}): Promise<Value> {
  const main = `${around}\nresource "aws_instance" "a" {\n  instance_type = ${expression}\n}\n`;
  const { resources } = await read({ "main.tf": main, ...more });
  return resources[0]!.values.instance_type!;
}

const reasonOf = (value: Value): string =>
  value instanceof Unknown ? value.reason : `known: ${JSON.stringify(value)}`;

describe("an expression", () => {
  it.each<readonly [string, Value]>([
    ['"g5.${"xlarge"}"', "g5.xlarge"],
    ["1 + 2 * 3 - 4 / 2", 5],
    ["5 % 3 == 2 && !false", true],
    ['false && var.nowhere == "x"', false],
    ['true ? "yes" : var.nowhere', "yes"],
    ['lookup({ a = "x" }, "a", "y")', "x"],
    ['lookup({ a = "x" }, "b", "y")', "y"],
    ['try({ a = 1 }.b, "fallback")', "fallback"],
    ['coalesce(null, "", "x")', "x"],
    ['join("-", concat(["a"], ["b"]))', "a-b"],
    ['format("%s-%02d", "gpu", 7)', "gpu-07"],
    ["max(3, [1, 9, 2]...)", 9],
    ["length(distinct([1, 1, 2]))", 2],
    ['element(["a", "b"], 3)', "b"],
    ["[for i, x in [10, 20] : i + x if x > 10]", [21]],
    ["{ for k, v in { a = 1, b = 2 } : upper(k) => v * 2 }", { A: 2, B: 4 }],
    ['{ for x in ["a", "b", "aa"] : length(x) => x... }', { 1: ["a", "b"], 2: ["aa"] }],
    ["[{ id = 1 }, { id = 2 }][*].id", [1, 2]],
    ["merge({ a = 1 }, { a = 2 }).a", 2],
    ['trimprefix("ml.g5.xlarge", "ml.")', "g5.xlarge"],
  ])("%s", async (expression, expected) => {
    expect(await valueIn(expression)).toEqual(expected);
  });

  it.each([
    ["var.x", 'variable "x" {}', 'variable "x" has no default and no value in terraform.tfvars'],
    ["var.x", 'variable "x" {\n  sensitive = true\n  default = "s"\n}', 'variable "x" is sensitive'],
    ["var.x", "", 'variable "x" is not declared'],
    ["local.a", "locals {\n  a = local.b\n  b = local.a\n}", "local.a leads back to itself"],
    ["data.aws_ami.x.id", "", "data.aws_ami.x is read only at apply"],
    ["terraform.workspace", "", "terraform.workspace is known only when Terraform runs"],
    ["aws_vpc.x.id", "", "aws_vpc.x.id is known only after apply"],
    ["cidrhost(1, 2)", "", "the function cidrhost() is not followed"],
    ['"%{ if true }a%{ endif }"', "", "a text with branches or loops is not followed"],
    ["ceil(var.x)", 'variable "x" {}', 'variable "x" has no default and no value in terraform.tfvars'],
    ['"a-${var.x}"', 'variable "x" {}', 'variable "x" has no default and no value in terraform.tfvars'],
    ['var.x ? "a" : "b"', 'variable "x" {}', 'variable "x" has no default and no value in terraform.tfvars'],
  ])("%s is unknown and says why", async (expression, around, reason) => {
    expect(reasonOf(await valueIn(expression, around))).toBe(reason);
  });

  it("takes terraform.tfvars over a default, and *.auto.tfvars over both", async () => {
    const around = 'variable "x" {\n  default = 1\n}\n';

    expect(await valueIn("var.x", around)).toBe(1);
    expect(await valueIn("var.x", around, { "terraform.tfvars": "x = 2\n" })).toBe(2);
    expect(
      await valueIn("var.x", around, { "a.auto.tfvars": "x = 3\n", "terraform.tfvars": "x = 2\n" }),
    ).toBe(3);
    expect(await valueIn("var.x", around, { "prod.tfvars.txt": "x = 4\n" })).toBe(1);
  });

  it("names what another resource states, where it is stated", async () => {
    const around = 'resource "aws_launch_template" "t" {\n  name = "gpu"\n}\n';

    const { resources } = await read({
      "main.tf": `${around}resource "aws_instance" "a" {\n  instance_type = aws_launch_template.t.name\n}\n`,
    });
    expect(resources.map(({ values }) => values.instance_type)).toContain("gpu");
  });
});

describe("copies", () => {
  const addressesOf = async (body: string): Promise<string[]> =>
    (await read({ "main.tf": `resource "aws_instance" "a" {\n${body}\n}\n` })).resources.map(
      ({ address }) => address,
    );

  it("by count are separate resources, each with its own index", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), async (count) => {
        const { resources } = await read({
          "main.tf": `resource "aws_instance" "a" {\n  count = ${count}\n  instance_type = "t\${count.index}"\n}\n`,
        });
        expect(resources.map(({ address, values }) => [address, values.instance_type])).toEqual(
          Array.from({ length: count }, (_, index) => [`aws_instance.a[${index}]`, `t${index}`]),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("by for_each are separate resources, each with its own key", async () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 10 }), async (keys) => {
        const list = keys.map((one) => JSON.stringify(one)).join(", ");
        const addresses = await addressesOf(`  for_each = toset([${list}])\n  instance_type = each.key`);
        expect(addresses).toEqual(keys.map((one) => `aws_instance.a["${one}"]`));
      }),
      { numRuns: 20 },
    );
  });

  it("whose number is unknown are one resource that says so", async () => {
    const { resources } = await read({
      "main.tf": 'variable "n" {}\nresource "aws_instance" "a" {\n  count = var.n\n}\n',
    });

    expect(resources.map(({ address, copies }) => [address, copies?.reason])).toEqual([
      ["aws_instance.a", 'variable "n" has no default and no value in terraform.tfvars'],
    ]);
  });

  it("beyond any sense are not written out", async () => {
    const { resources } = await read({
      "main.tf": 'resource "aws_instance" "a" {\n  count = 1000000000\n}\n',
    });

    expect(resources[0]!.copies?.reason).toBe("count is 1000000000, more than 5000 copies");
  });
});

describe("modules", () => {
  const inner = 'variable "type" {}\nresource "aws_instance" "a" {\n  instance_type = var.type\n}\n';

  it("are followed to any depth, with what they are given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), async (depth) => {
        const files: Record<string, string> = { [`${"m/".repeat(depth)}main.tf`]: inner };
        for (let at = 0; at < depth; at += 1) {
          const type = at === 0 ? '"g5.xlarge"' : "var.type";
          files[`${"m/".repeat(at)}main.tf`] =
            `variable "type" {\n  default = null\n}\nmodule "m" {\n  source = "./m"\n  type = ${type}\n}\n`;
        }
        const { resources } = await read(files);
        expect(resources.map(({ address, values }) => [address, values.instance_type])).toEqual([
          [`${"module.m.".repeat(depth)}aws_instance.a`, "g5.xlarge"],
        ]);
      }),
      { numRuns: 8 },
    );
  });

  it("that call themselves end, with a note", async () => {
    const { notes } = await read({
      "main.tf": 'module "a" {\n  source = "./a"\n}\n',
      "a/main.tf": 'module "again" {\n  source = "../a"\n}\n',
    });

    expect(notes.join()).toContain('module "again"');
  });

  it("called twice are two, and each keeps its providers and outputs", async () => {
    const { resources } = await read({
      "main.tf": `provider "aws" {\n  region = "us-east-1"\n}
provider "aws" {\n  alias = "west"\n  region = "us-west-2"\n}
module "a" {\n  source = "./m"\n  type = "g5.xlarge"\n}
module "b" {\n  source = "./m"\n  providers = {\n    aws = aws.west\n  }\n  type = module.a.type\n}\n`,
      "m/main.tf": `${inner}output "type" {\n  value = var.type\n}\n`,
    });

    expect(
      resources.map(({ address, providerRegion, values }) => [address, providerRegion, values.instance_type]),
    ).toEqual([
      ["module.a.aws_instance.a", "us-east-1", "g5.xlarge"],
      ["module.b.aws_instance.a", "us-west-2", "g5.xlarge"],
    ]);
  });

  it("from a registry are noted with file and line, not guessed", async () => {
    const { notes } = await read({
      "main.tf": '\nmodule "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n',
    });

    expect(notes).toEqual([
      'main.tf:2: module "vpc" comes from elsewhere (terraform-aws-modules/vpc/aws); what it creates is not in these files.',
    ]);
  });

  it("that others call are no roots of their own", async () => {
    const { resources } = await read({
      "examples/full/main.tf": 'module "m" {\n  source = "../.."\n  type = "g6.xlarge"\n}\n',
      "main.tf": inner,
    });

    expect(resources.map(({ address }) => address)).toEqual(["module.m.aws_instance.a"]);
  });
});

it("nested blocks, written or dynamic, are lists of objects as in a state", async () => {
  const body = `resource "aws_autoscaling_group" "a" {
  launch_template {
    id = "lt-1"
  }
  dynamic "tag" {
    for_each = { team = "x", env = "y" }
    content {
      key = tag.key
      value = tag.value
    }
  }
}
`;
  const { resources } = await read({ "main.tf": body });

  expect(resources[0]!.values).toEqual({
    launch_template: [{ id: "lt-1" }],
    tag: [
      { key: "team", value: "x" },
      { key: "env", value: "y" },
    ],
  });
});

it("five thousand resources are all read, and of those that nobody reads only the number", async () => {
  const block = (index: number): string =>
    index % 100 === 0
      ? `resource "aws_instance" "a${index}" {\n  instance_type = "g5.xlarge"\n}\n`
      : `resource "aws_s3_bucket" "b${index}" {\n  bucket = "b-${index}"\n  tags = { a = "b", c = "d" }\n}\n`;
  const text = Array.from({ length: 5_000 }, (_, index) => block(index)).join("");
  const [document] = await readConfiguration([{ file: "main.tf", folder: ".", text }]);

  expect(document!.source.resources).toBe(5_000);
  expect(document!.resources).toHaveLength(50);
});
