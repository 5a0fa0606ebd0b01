import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addBlockBehind, addLines, remove, replaceBlock, replaceExpression } from "./edit.js";
import { hclFault } from "./edit-check.js";
import { type LocatedBlock, lineOf, locateHcl, quoteHcl } from "./edit-tree.js";

const first = async (text: string): Promise<LocatedBlock> => (await locateHcl(text))!.blocks[0]!;
const attribute = (block: LocatedBlock, name: string) => block.attributes.find((one) => one.name === name)!;

const CRLF = [
  "# Größe 🎉 nicht ändern",
  'resource "aws_instance" "gpu" { # öffnet',
  "  /* über */",
  '  instance_type = "g5.12xlarge" # 🚀 teuer',
  "  user_data     = <<-EOT",
  '    instance_type = "not this one"',
  "  EOT",
  "",
  "  ebs_block_device {",
  "    size = var.size",
  "  }",
  "}",
  "",
].join("\r\n");

describe("reading HCL for a change", () => {
  it("finds values behind non-ASCII text, comments, heredocs and Windows line ends", async () => {
    const block = await first(CRLF);

    expect([block.type, ...block.labels]).toEqual(["resource", "aws_instance", "gpu"]);
    expect(attribute(block, "instance_type")).toMatchObject({ literal: "g5.12xlarge" });
    expect(
      CRLF.slice(attribute(block, "instance_type").valueStart, attribute(block, "instance_type").end),
    ).toBe('"g5.12xlarge"');
    expect(block.blocks[0]!.attributes[0]).toMatchObject({ expression: "var.size", literal: undefined });
    expect(lineOf(CRLF, block.blocks[0]!.start)).toBe(9);
  });

  it.each([
    ["true", true],
    ["-3", -3],
    ["1.5e3", 1_500],
    ["null", null],
    ['"a \\"b\\" \\u00e4"', 'a "b" ä'],
    [`"\${var.x}"`, undefined],
    [`"$\${x}"`, undefined],
    ["var.x", undefined],
    ["1 + 2", undefined],
    ['["a"]', undefined],
  ])("takes %s as the literal %s", async (expression, literal) => {
    const body = await locateHcl(`a = ${expression}\n`);
    expect(body!.attributes[0]!.literal).toBe(literal);
  });

  it("refuses what is no HCL", async () => {
    expect(await locateHcl('resource "a" {')).toBeNull();
    expect(await hclFault("main.tf", 'resource "a" {')).toMatch(/main\.tf/);
    expect(await hclFault("main.tf", CRLF)).toBeNull();
  });
});

describe("changing HCL", () => {
  it("replaces an expression and nothing else", async () => {
    const changed = replaceExpression(
      CRLF,
      attribute(await first(CRLF), "instance_type"),
      quoteHcl("g6e.xlarge"),
    );
    expect(changed).toBe(CRLF.replace("g5.12xlarge", "g6e.xlarge"));
  });

  it("adds lines at the end of a block in its own indent and line ends", async () => {
    const changed = addLines(CRLF, await first(CRLF), ["", "market {", '  type = "spot"', "}"]);
    expect(changed).toBe(
      CRLF.replace("\r\n}\r\n", '\r\n\r\n  market {\r\n    type = "spot"\r\n  }\r\n}\r\n'),
    );
  });

  it.each([
    ["a {}", "a {\n  x = 1\n}"],
    ["a { y = 2 }", "a {\n  y = 2\n  x = 1\n}"],
    ["a {\n\ty = 2\n}", "a {\n\ty = 2\n\tx = 1\n}"],
    ["a {\n    y = 2\n}", "a {\n    y = 2\n    x = 1\n}"],
    ["a {\n  y = 2 # no end\n  # last words\n}", "a {\n  y = 2 # no end\n  # last words\n  x = 1\n}"],
  ])("adds a line to %j", async (before, after) => {
    expect(addLines(before, await first(before), ["x = 1"])).toBe(after);
  });

  it("takes a block out with its lines, and puts one behind another", async () => {
    const block = await first(CRLF);
    const without = remove(CRLF, block.blocks[0]!);
    expect(without).toBe(CRLF.replace("  ebs_block_device {\r\n    size = var.size\r\n  }\r\n", ""));

    const behind = addBlockBehind("a {}\n# next\nb {}\n", await first("a {}\n# next\nb {}\n"), ["c {", "}"]);
    expect(behind).toBe("a {}\n\nc {\n}\n# next\nb {}\n");
    expect(addBlockBehind("a {}", await first("a {}"), ["c {}"])).toBe("a {}\n\nc {}\n");
  });

  it("writes a block anew in its place", async () => {
    const text = "a {\n    b { # ü\n        x = 1\n    }\n    c = 2\n}\n";
    const inner = (await first(text)).blocks[0]!;

    expect(replaceBlock(text, inner, ["d {", "  e {", "  }", "", "}"])).toBe(
      "a {\n    d {\n        e {\n        }\n\n    }\n    c = 2\n}\n",
    );
  });

  it("quotes what would be a template", () => {
    expect(quoteHcl(`\${x} %{if} "q" \\ \n`)).toBe(`"$\${x} %%{if} \\"q\\" \\\\ \\n"`);
  });

  it("quotes any text so that it reads back as itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (value) => {
        const text = `a = ${quoteHcl(value)}\n`;
        expect(await hclFault("a.tf", text)).toBeNull();
        const [read] = (await locateHcl(text))!.attributes;
        if (!/[$%]\{/.test(value)) expect(read!.literal).toBe(value);
      }),
      { numRuns: 50 },
    );
  });
});

type Line = (word: string, index: number, indent: string) => string[];

const LINES: Readonly<Record<string, Line>> = {
  attribute: (word, index, indent) => [`${indent}key_${index}    = ${quoteHcl(word)} # ${word}`],
  comment: (word, _, indent) => [`${indent}// ${word} target = 9`],
  heredoc: (word, index, indent) => [
    `${indent}doc_${index} = <<-EOT`,
    `${indent}${indent}target = ${word}`,
    `${indent}EOT`,
  ],
  block: (word, _, indent) => [`${indent}nested {`, `${indent}${indent}target = 7 # ${word}`, `${indent}}`],
  list: (word, index, indent) => [
    `${indent}list_${index} = [`,
    `${indent}${indent}${quoteHcl(word)}, # ${word}`,
    `${indent}]`,
  ],
  empty: () => [""],
};

/** Files as people write them: comments anywhere, any line ends, any letters, heredocs, nested blocks. */
const written = fc
  .record({
    eol: fc.constantFrom("\n", "\r\n"),
    indent: fc.constantFrom("  ", "\t", "    "),
    parts: fc.array(
      fc.record({
        kind: fc.constantFrom(...Object.keys(LINES)),
        word: fc.string({ unit: fc.constantFrom("a", "ä", "🎉", "ß", "漢", " ", "x", "{", "}", "=", "#") }),
      }),
      { maxLength: 12 },
    ),
    at: fc.nat({ max: 12 }),
    ends: fc.boolean(),
  })
  .map(({ eol, indent, parts, at, ends }) => {
    const lines = parts.map(({ kind, word }, index) => LINES[kind]!(word, index, indent));
    const inside = [...lines.slice(0, at), [`${indent}target = "alt" # ü`], ...lines.slice(at)].flat();
    return ["# ä", 'resource "r" "ü" {', ...inside, "}", "", "other = 1"].join(eol) + (ends ? eol : "");
  });

describe("any change to any file", () => {
  it("alters only the bytes that it claims, and reads back with both parsers", async () => {
    await fc.assert(
      fc.asyncProperty(written, async (text) => {
        const block = await first(text);
        const target = attribute(block, "target");
        const replaced = replaceExpression(text, target, "12");
        expect(replaced).toBe(`${text.slice(0, target.valueStart)}12${text.slice(target.end)}`);
        expect(text.slice(target.valueStart, target.end)).toBe('"alt"');

        const added = addLines(text, block, ["", "extra {", "  one = 1", "}"]);
        const again = await first(added);
        const extra = again.blocks.at(-1)!;
        expect(extra).toMatchObject({ type: "extra", attributes: [{ name: "one", literal: 1 }] });
        // What was there is still there, in order and letter for letter.
        const withoutExtra = added.slice(0, extra.start) + added.slice(extra.end);
        expect(withoutExtra.replaceAll(/\s+/g, "")).toBe(text.replaceAll(/\s+/g, ""));
        expect(added.startsWith(text.slice(0, block.close).trimEnd())).toBe(true);
        expect(added.endsWith(text.slice(block.close))).toBe(true);

        for (const changed of [replaced, added]) expect(await hclFault("main.tf", changed)).toBeNull();
      }),
      { numRuns: 150 },
    );
  });
});
