// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation of Terraform's own
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Expression, type HclBody, parseHcl } from "./parse.js";

async function bodyOf(text: string): Promise<HclBody> {
  const file = await parseHcl(text);
  if (!file.ok) throw new Error(JSON.stringify(file.fault));
  return file.body;
}

async function expressionOf(source: string): Promise<Expression> {
  const { attributes } = await bodyOf(`x = ${source}\n`);
  return attributes[0]!.expression;
}

const literal = (value: string | number | boolean | null): Expression => ({ kind: "literal", value });
const name = (text: string): Expression => ({ kind: "name", name: text });
const attribute = (of: Expression, text: string): Expression => ({ kind: "attribute", of, name: text });

describe("a Terraform text", () => {
  it("gives blocks and attributes with their labels and lines", async () => {
    const body = await bodyOf(
      `# größer\nresource "aws_instance" "gpu" {\n  instance_type = "g5.xlarge" # small\n\n  tags {\n    a = 1\n  }\n}\nlocals { b = true }\n`,
    );

    expect(body.blocks.map(({ type, labels, line }) => [type, labels, line])).toEqual([
      ["resource", ["aws_instance", "gpu"], 2],
      ["locals", [], 9],
    ]);
    expect(body.blocks[0]!.body).toEqual({
      attributes: [{ name: "instance_type", line: 3, expression: literal("g5.xlarge") }],
      blocks: [
        {
          type: "tags",
          labels: [],
          line: 5,
          body: { attributes: [{ name: "a", line: 6, expression: literal(1) }], blocks: [] },
        },
      ],
    });
  });

  it("leaves the bodies unread that nobody wants", async () => {
    const file = await parseHcl(
      `resource "a" "b" {\n  x = 1\n}\nresource "c" "d" {\n  y = 1\n}\n`,
      (_, [kind]) => kind === "c",
    );

    expect(file.ok && file.body.blocks.map(({ body }) => body.attributes.length)).toEqual([0, 1]);
  });

  it.each([
    ['a = "x', 1],
    ['resource "a" "b" {\n  c =\n}\n', 2],
    ["a = 1\nb = [1, 2\n", 3],
  ])("with a fault is refused with its line: %j", async (text, line) => {
    const file = await parseHcl(text);

    expect(file).toMatchObject({ ok: false, fault: { line } });
  });

  it("of nothing has nothing", async () => {
    expect(await bodyOf("")).toEqual({ attributes: [], blocks: [] });
    expect(await bodyOf("# only words\n")).toEqual({ attributes: [], blocks: [] });
  });
});

describe("an expression", () => {
  const cases: readonly (readonly [string, Expression])[] = [
    ["null", literal(null)],
    ["-1.5", { kind: "unary", operator: "-", operand: literal(1.5) }],
    ['"a\\n\\"b\\" \\u00e9 $${c}"', literal('a\n"b" é ${c}')],
    ["var.x", attribute(name("var"), "x")],
    ["(var.x)", attribute(name("var"), "x")],
    [
      'a.b["k"].c[0]',
      {
        kind: "index",
        of: attribute({ kind: "index", of: attribute(name("a"), "b"), key: literal("k") }, "c"),
        key: literal(0),
      },
    ],
    ["a.0", { kind: "index", of: name("a"), key: literal(0) }],
    ["a[*].id", { kind: "splat", of: name("a"), item: attribute(name("each item"), "id") }],
    ["[1, [2]]", { kind: "list", items: [literal(1), { kind: "list", items: [literal(2)] }] }],
    [
      '{ a = 1, "b" : 2, (c) = 3 }',
      {
        kind: "object",
        entries: [
          { key: literal("a"), value: literal(1) },
          { key: literal("b"), value: literal(2) },
          { key: name("c"), value: literal(3) },
        ],
      },
    ],
    ["max(1, a...)", { kind: "call", name: "max", given: [literal(1), name("a")], spread: true }],
    [
      "a.b > 1 && !c ? 2 : 3",
      {
        kind: "conditional",
        test: {
          kind: "binary",
          operator: "&&",
          left: { kind: "binary", operator: ">", left: attribute(name("a"), "b"), right: literal(1) },
          right: { kind: "unary", operator: "!", operand: name("c") },
        },
        yes: literal(2),
        no: literal(3),
      },
    ],
    [
      "1 + 2 * 3",
      {
        kind: "binary",
        operator: "+",
        left: literal(1),
        right: { kind: "binary", operator: "*", left: literal(2), right: literal(3) },
      },
    ],
    [
      "{ for k, v in a : k => v... if v != 0 }",
      {
        kind: "for",
        names: ["k", "v"],
        over: name("a"),
        key: name("k"),
        value: name("v"),
        condition: { kind: "binary", operator: "!=", left: name("v"), right: literal(0) },
        grouped: true,
      },
    ],
  ];

  it.each(cases)("%s", async (source, expected) => {
    expect(await expressionOf(source)).toEqual(expected);
  });

  it("in a text keeps the space around it, also beyond ASCII", async () => {
    expect(await expressionOf('"ä  ${ var.x }  🙂 ${y}"')).toEqual({
      kind: "template",
      parts: [literal("ä  "), attribute(name("var"), "x"), literal("  🙂 "), name("y")],
    });
  });

  it("of several lines loses its common margin and nothing else", async () => {
    const text = "x = <<-EOT\n    a: ${b}  c\n      d: 1\n  EOT\ny = <<EOT\n  e\nEOT\n";
    const { attributes } = await bodyOf(text);

    expect(attributes.map((entry) => entry.expression)).toEqual([
      { kind: "template", parts: [literal("a: "), name("b"), literal("  c\n  d: 1\n")] },
      { kind: "template", parts: [literal("  e\n")] },
    ]);
  });

  it("that branches within a text is not followed", async () => {
    expect(await expressionOf('"%{ if a }b%{ endif }"')).toMatchObject({ kind: "other" });
  });
});

describe("whatever is written", () => {
  it("any text comes back as it was put in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 30 }), async (value) => {
        fc.pre(!/\$\{|%\{/.test(value));
        const quoted = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
        const expression = await expressionOf(`"${quoted}"`);
        const read = expression.kind === "template" ? expression.parts : [expression];
        expect(read).toEqual(value === "" && expression.kind === "template" ? [] : [literal(value)]);
      }),
      { numRuns: 200 },
    );
  });

  it("never ends in anything but blocks or a fault with a line of the text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
        const file = await parseHcl(text);
        if (file.ok) return;
        expect(file.fault.line).toBeGreaterThanOrEqual(1);
        expect(file.fault.line).toBeLessThanOrEqual(text.split("\n").length);
      }),
    );
  });
});
