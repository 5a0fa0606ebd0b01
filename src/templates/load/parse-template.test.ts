import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXAMPLE, exampleWith, lineOf, parsedFrom } from "../fixtures/example.js";
import { templateError } from "../problem.js";
import { parseTemplate } from "./parse-template.js";

const FILE = "templates/application-layer/example-caching.md";

/** Nine lists, each nine times the one before: small on disk, huge in memory. */
const BOMB = Array.from({ length: 9 }, (_, level) => {
  const items = Array.from({ length: 9 }, () => (level === 0 ? "x" : `*l${level - 1}`));
  return `l${level}: &l${level} [${items.join(", ")}]\n`;
}).join("");

function problemsOf(text: string) {
  const result = parseTemplate(text, FILE);
  if ("parsed" in result) return expect.fail("was accepted");
  return result.problems;
}

describe("a template file", () => {
  it("becomes a template with its defaults filled in", () => {
    const { template } = parsedFrom();
    expect(template).toMatchObject({
      id: "example-caching",
      layers: ["application"],
      levers: ["exact-cache"],
      lastUpdated: "2026-11-23",
      environmentMatch: [
        { fact: "providers", wanted: ["openai", "anthropic"] },
        { fact: "repeated_request_share", wanted: ">= 10%" },
      ],
      file: FILE,
    });
    expect(template.optimization).toMatchObject({ conflictsWith: [], requires: [], parameters: [] });
    expect(template.economics.implementationCost).toMatchObject({ hourlyRate: 200 });
    expect(template.economics.inputs[0]).toMatchObject({ basis: "assumed", minimum: 0 });
    expect(template.body).toMatch(/^\n# Example cache/);
  });

  it("reads the same with Windows line ends and a byte order mark", () => {
    const { template } = parsedFrom(`\uFEFF${EXAMPLE.replaceAll("\n", "\r\n")}`);
    expect(template).toEqual(parsedFrom().template);
  });

  it("keeps none apart from levers", () => {
    expect(parsedFrom(exampleWith(["lever: exact-cache", "lever: none"])).template.levers).toEqual([]);
    const two = exampleWith(["lever: exact-cache", "lever: [exact-cache, route]"]);
    expect(parsedFrom(two).template.levers).toEqual(["exact-cache", "route"]);
  });

  it("refuses an unknown key with the nearest known one, at its place", () => {
    const text = exampleWith(["  risk_level: low", "  risk_levl: low"]);
    const [first, second] = problemsOf(text);
    const line = lineOf("risk_levl", text);
    expect([first, second].map((problem) => problem?.field).sort()).toEqual(
      ["optimization.risk_levl", "optimization.risk_level"].sort(),
    );
    const unknown = problemsOf(text).find(({ code }) => code === "TOP-TEMPLATE-KEY")!;
    expect(unknown).toMatchObject({ file: FILE, line, column: 3, message: 'unknown key "risk_levl"' });
    expect(unknown.expected).toBe('"risk_level", the nearest known key');
  });

  it.each([
    ["top level", ["category: caching", "category: caching\nsavings: 1"], "savings", 1],
    [
      "an input",
      ["      unit: requests a month", "      unit: requests a month\n      defult: 1"],
      "economics.inputs.0.defult",
      7,
    ],
    [
      "a fact",
      ["  providers:", "  provider_names: [x]\n  providers:"],
      "environment_match.provider_names",
      3,
    ],
    [
      "a validation",
      ["        outputs:", "        output: [x]\n        outputs:"],
      "implementation.automated_steps.0.validation.output",
      9,
    ],
    [
      "a prototype",
      ["category: caching", "category: caching\n__proto__: { polluted: true }"],
      "__proto__",
      1,
    ],
    ["a constructor", ["category: caching", "category: caching\nconstructor: 1"], "constructor", 1],
    ["a success count", ["category: caching", "category: caching\nsuccess_count: 12"], "success_count", 1],
  ] as const)("refuses an unknown key at %s", (_where, change, field, column) => {
    const [problem] = problemsOf(exampleWith(change));
    expect(problem).toMatchObject({ code: "TOP-TEMPLATE-KEY", field, column });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    [["layer: application", "layer: aplication"], "layer", '"application"'],
    [["category: caching", "category: cashing"], "category", 'the nearest is "caching"'],
    [["version: 1.0.0", "version: 1.0"], "version", "a text"],
    [["last_updated: 2026-11-23", "last_updated: yesterday"], "last_updated", "a date"],
    [["contributors: [kalmantic]", "contributors: []"], "contributors", ">=1"],
    [["      default: 100000", "      default: many"], "economics.inputs.0.default", "a number"],
    [["    low: 0.1", "    low: 10"], "optimization.expected_cost_reduction.low", "<=1"],
    [
      ["      action: automatic_rollback", "      action: undo"],
      "monitoring.rollback_triggers.0.action",
      "automatic_rollback",
    ],
    [['      target: ">= 20%"', "      target: high"], "monitoring.key_metrics.0.target", "a comparison"],
    [["description: Answers", "descriptions: Answers"], "description", "a text"],
    [["    source: https://example.com/exact-cache", '    source: ""'], "evidence.0.source", ">=8"],
  ] as const)("refuses a value that does not fit: %j", (change, field, expected) => {
    const text = exampleWith(change);
    const problem = problemsOf(text).find((candidate) => candidate.field === field);
    expect(problem).toMatchObject({ code: "TOP-TEMPLATE-SCHEMA", file: FILE });
    expect(problem!.expected).toContain(expected);
    expect(problem!.line).toBe(field === "description" ? 2 : lineOf(change[1], text));
  });

  it.each([
    ["no frontmatter", "# A page\n", "TOP-TEMPLATE-FORMAT", 1],
    ["an open frontmatter", "---\nid: a-b\n", "TOP-TEMPLATE-FORMAT", 1],
    ["nothing", "", "TOP-TEMPLATE-FORMAT", 1],
    ["too much", `---\n---\n${"a".repeat(300_000)}`, "TOP-TEMPLATE-FORMAT", 1],
    ["broken YAML", "---\nid: a-b\nname: [x\n---\n", "TOP-TEMPLATE-SYNTAX", 4],
    ["a key twice", "---\nid: a-b\nid: b-c\n---\n", "TOP-TEMPLATE-SYNTAX", 3],
    ["a value that contains itself", "---\nname: &a [*a]\n---\n", "TOP-TEMPLATE-SCHEMA", 2],
    ["aliases without end", `---\n${BOMB}---\n`, "TOP-TEMPLATE-SYNTAX", 1],
    ["a list", "---\n- id\n---\n", "TOP-TEMPLATE-SCHEMA", 2],
    ["empty frontmatter", "---\n---\n", "TOP-TEMPLATE-SCHEMA", 1],
  ])("refuses a file with %s", (_what, text, code, line) => {
    expect(problemsOf(text)[0]).toMatchObject({ code, line, file: FILE });
  });

  it.each([
    ["an escape code in a command", ['test -f "$CACHE_CONFIG"', "rm -rf / \u001b[2K\rtest -f x"], "U+001B"],
    ["a turn of direction", ["Switches the cache on", "Switches \u202e the cache on"], "U+202E"],
    ["a space without width in the body", ["Put the configuration", "Put\u200b the configuration"], "U+200B"],
  ] as const)("refuses %s", (_what, change, found) => {
    const [problem] = problemsOf(exampleWith(change));
    expect(problem).toMatchObject({ code: "TOP-TEMPLATE-HIDDEN", found });
  });

  it("refuses what YAML's escapes hide", () => {
    const text = exampleWith(["name: Example cache", 'name: "Example\\x1b[2K cache"']);
    expect(problemsOf(text)).toMatchObject([
      { code: "TOP-TEMPLATE-HIDDEN", found: "U+001B", field: "name", line: 3, column: 7 },
    ]);
  });

  it("tells the first problem as an error with exit code 2, and how many follow", () => {
    const problems = problemsOf(
      exampleWith(["category: caching", "category: cashing"], ["version: 1.0.0", "version: 1"]),
    );
    const error = templateError(problems);
    expect(error).toMatchObject({ code: "TOP-TEMPLATE-SCHEMA", exitCode: 2 });
    expect(error.message).toBe(`${FILE}:6:11: category: the value does not fit.`);
    expect(error.found).toContain('Found "cashing"; expected one of caching, routing');
    expect(error.found).toContain("1 more after this one.");
    expect(error.fix).toContain("tokenop templates lint");
  });

  it("never fails in another way, whatever the text", () => {
    const lines = EXAMPLE.split("\n");
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string({ maxLength: 30 }), (index, replacement) => {
        const text = lines.with(index, replacement).join("\n");
        const result = parseTemplate(text, FILE);
        if ("parsed" in result) return;
        for (const problem of result.problems) {
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.line).toBeLessThanOrEqual(lines.length + 1);
          expect(problem.expected).not.toBe("");
        }
      }),
      { numRuns: 500 },
    );
  });
});
