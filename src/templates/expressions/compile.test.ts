import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression, type Kind, type Value } from "./compile.js";
import { ExpressionFault } from "./fault.js";

const NAMES = new Map<string, Kind>([
  ["gpu_count", "number"],
  ["gpu_hourly_cost", "number"],
  ["hit_rate", "number"],
  ["enabled", "boolean"],
]);
const VALUES = new Map<string, Value>([
  ["gpu_count", 8],
  ["gpu_hourly_cost", 2.5],
  ["hit_rate", 0.3],
  ["enabled", true],
]);

const evaluate = (text: string): Value => compileExpression(text, NAMES).evaluate(VALUES);

function faultOf(work: () => unknown): ExpressionFault {
  try {
    work();
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
  return expect.fail("was accepted");
}

describe("expressions", () => {
  it.each<[string, Value]>([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation itself is meant
    ["${gpu_count} * ${gpu_hourly_cost} * 24 * 30", 14_400],
    ["gpu_count / 3", 8 / 3],
    ["7 / 2", 3.5],
    ["ceil(gpu_count / 3) + floor(2.9) + min(4, 2, 3) + max(1, 1.5)", 3 + 2 + 2 + 1.5],
    ["hit_rate > 0.2 ? gpu_count : 0", 8],
    ["hit_rate > 0.2 AND NOT (gpu_count > 10) OR false", true],
    ["hit_rate > 0.2 && !(gpu_count > 10) || false", true],
    ["enabled and not enabled", false],
    ["-gpu_count % 3", -2],
    ["2 + 3 * 4 == 14", true],
    ["1e3 + 0.5", 1000.5],
    ["enabled != (1 > 2)", true],
    ["9007199254740993 - 9007199254740992", 0],
  ])("%s is %s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  it("know their kind and the names that they use", () => {
    expect(compileExpression("gpu_count > 1 ? hit_rate : gpu_count", NAMES)).toMatchObject({
      kind: "number",
      names: ["gpu_count", "hit_rate"],
    });
    expect(compileExpression("gpu_count > 1", NAMES).kind).toBe("boolean");
  });

  it("leave the untaken branch alone, as a guard against a division by zero", () => {
    const guarded = compileExpression("gpu_count == 0 ? 0 : 10 / gpu_count", NAMES);
    expect(guarded.evaluate(new Map([["gpu_count", 0]]))).toBe(0);
    expect(guarded.evaluate(new Map([["gpu_count", 4]]))).toBe(2.5);
  });

  it.each([
    ["gpu_cont * 2", 0, 'unknown name "gpu_cont"', "perhaps gpu_count"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation itself is meant
    ["2 * ${gpu_cont}", 6, 'unknown name "gpu_cont"', "perhaps gpu_count"],
    ["2 * $gpu_count", 4, '"$"', "a name as"],
    ["2 * ${gpu_count", 4, '"$"', "a name as"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation itself is meant
    ["${gpu count}", 0, "gpu count", "one name"],
    ["gpu_count * ", 12, "the end", "a number"],
    ["gpu_count gpu_count", 10, '"gpu_count"', "operator"],
    ["(1 + 2", 6, "the end", "bracket"],
    ["1 + true", 4, "true or false", "a number"],
    ["gpu_count AND enabled", 0, "a number", "true or false"],
    ["NOT gpu_count > 1", 4, "a number", "NOT (a > b)"],
    ["1 < 2 < 3", 0, "true or false", "a number"],
    ["enabled ? 1 : false", 14, "true or false", "a number"],
    ["round(1)", 0, 'unknown function "round"', "ceil, floor, min, max"],
    ["ceil(1, 2)", 0, "ceil of 2", "1 value"],
    ["min()", 0, "min of 0", "1 to 16"],
    ["1 / 0", 4, "division by zero", "other than 0"],
    ["1 / 0 > 5", 4, "division by zero", "other than 0"],
    ["5 % (1 - 1)", 5, "division by zero", "other than 0"],
    ["1e308 * 10", 0, "too large", "finite"],
    ["", 0, "the end", "a number"],
  ])("refuse %j at its position", (text, offset, found, expected) => {
    const fault = faultOf(() => evaluate(text));
    expect(fault.found).toContain(found);
    expect(fault.expected).toContain(expected);
    expect(fault.offset).toBe(offset);
  });

  it.each([
    "constructor",
    "__proto__",
    "prototype",
    "toString",
    "this",
    "gpu_count.constructor",
    "m.a",
    "m['a']",
    "gpu_count[0]",
    "has(m.a)",
    "[1, 2].map(x, x)",
    "[1].exists(x, x > 0)",
    "{'a': 1}.a",
    "gpu_count in [1]",
    "type(gpu_count)",
    "size('a')",
    "string(gpu_count)",
    "dyn(1)",
    "constructor()",
    "ceil.constructor(1)",
    "gpu_count.ceil()",
    "'text'",
    '"text" == "text"',
    "`x`",
    "b'x'",
    "null",
    "0x10",
    "10u",
    "1 // 2",
    "1; 2",
    "gpu_count = 2",
    "() => 1",
    "import('fs')",
    "process.exit(1)",
    "while (true) {}",
  ])("have no way to say %s", (text) => {
    expect(() => compileExpression(text, NAMES)).toThrow(ExpressionFault);
  });

  it.each([
    ["brackets", `${"(".repeat(900)}1${")".repeat(900)}`],
    ["negations", `${"!".repeat(1900)}enabled`],
    ["minus signs", `${"-".repeat(1900)}1`],
    ["terms", `1${"+1".repeat(990)}`],
    ["choices", `${"enabled?1:".repeat(190)}1`],
    ["calls", `${"ceil(".repeat(300)}1${")".repeat(300)}`],
    ["characters", `1${" ".repeat(2000)}`],
    ["characters to be replaced", "${".repeat(1000)],
  ])("end at a limit of %s", (_what, text) => {
    expect(() => compileExpression(text, NAMES)).toThrow(ExpressionFault);
  });

  it("take what is only known later, and judge it then", () => {
    const printed = compileExpression(
      "ready AND accuracy > 0.95",
      new Map([
        ["ready", "any"],
        ["accuracy", "any"],
      ]),
    );
    expect(
      printed.evaluate(
        new Map<string, Value>([
          ["ready", true],
          ["accuracy", 0.97],
        ]),
      ),
    ).toBe(true);
    const wrong = faultOf(() =>
      printed.evaluate(
        new Map<string, Value>([
          ["ready", 1],
          ["accuracy", 0.97],
        ]),
      ),
    );
    expect(wrong).toMatchObject({ offset: 0, found: "a number" });
    const missing = faultOf(() => printed.evaluate(new Map([["ready", true]])));
    expect(missing).toMatchObject({ offset: 10, found: "no value for accuracy" });
  });
});

/** An independent reading of the language: trees that are evaluated as trees and printed as text. */
type Tree =
  | { readonly op: "number"; readonly value: number }
  | { readonly op: "name"; readonly name: "a" | "b" | "c" }
  | { readonly op: "+" | "-" | "*" | "/" | "min" | "max"; readonly parts: readonly [Tree, Tree] }
  | { readonly op: "ceil" | "floor" | "negate"; readonly part: Tree }
  | { readonly op: "if"; readonly test: Test; readonly parts: readonly [Tree, Tree] };
type Test =
  | { readonly op: "<" | "<=" | ">" | ">=" | "==" | "!="; readonly parts: readonly [Tree, Tree] }
  | { readonly op: "and"; readonly tests: readonly [Test, Test] }
  | { readonly op: "or"; readonly tests: readonly [Test, Test] }
  | { readonly op: "not"; readonly test: Test };

class Undefined extends Error {}

function value(tree: Tree, names: Readonly<Record<string, number>>): number {
  const of = (part: Tree): number => value(part, names);
  const result = ((): number => {
    switch (tree.op) {
      case "number":
        return tree.value;
      case "name":
        return names[tree.name]!;
      case "+":
        return of(tree.parts[0]) + of(tree.parts[1]);
      case "-":
        return of(tree.parts[0]) - of(tree.parts[1]);
      case "*":
        return of(tree.parts[0]) * of(tree.parts[1]);
      case "/": {
        const divisor = of(tree.parts[1]);
        if (divisor === 0) throw new Undefined();
        return of(tree.parts[0]) / divisor;
      }
      case "min":
        return Math.min(of(tree.parts[0]), of(tree.parts[1]));
      case "max":
        return Math.max(of(tree.parts[0]), of(tree.parts[1]));
      case "ceil":
        return Math.ceil(of(tree.part));
      case "floor":
        return Math.floor(of(tree.part));
      case "negate":
        return -of(tree.part);
      case "if":
        return holds(tree.test, names) ? of(tree.parts[0]) : of(tree.parts[1]);
    }
  })();
  if (!Number.isFinite(result)) throw new Undefined();
  return result;
}

function holds(test: Test, names: Readonly<Record<string, number>>): boolean {
  if (test.op === "not") return !holds(test.test, names);
  if (test.op === "and") return holds(test.tests[0], names) && holds(test.tests[1], names);
  if (test.op === "or") return holds(test.tests[0], names) || holds(test.tests[1], names);
  const [left, right] = test.parts.map((part) => value(part, names)) as [number, number];
  return {
    "<": left < right,
    "<=": left <= right,
    ">": left > right,
    ">=": left >= right,
    "==": left === right,
    "!=": left !== right,
  }[test.op];
}

type Style = "words" | "marks" | "capitals" | "cel";

function print(tree: Tree | Test, style: Style): string {
  const words = {
    words: ["and", "or", "not "],
    capitals: ["AND", "OR", "NOT "],
    marks: ["&&", "||", "!"],
    cel: ["&&", "||", "!"],
  }[style];
  const of = (part: Tree | Test): string => print(part, style);
  switch (tree.op) {
    case "number":
      // CEL's own evaluator wants doubles; ours takes 3 as it stands.
      return style === "cel" && Number.isInteger(tree.value) && !`${tree.value}`.includes("e")
        ? `${tree.value}.0`
        : `${tree.value}`;
    case "name":
      return style === "cel" || style === "marks" ? tree.name : `\${${tree.name}}`;
    case "min":
    case "max":
      return `${tree.op}(${of(tree.parts[0])}, ${of(tree.parts[1])})`;
    case "ceil":
    case "floor":
      return `${tree.op}(${of(tree.part)})`;
    case "negate":
      return `(-${of(tree.part)})`;
    case "if":
      return `(${of(tree.test)} ? ${of(tree.parts[0])} : ${of(tree.parts[1])})`;
    case "and":
    case "or":
      return `(${of(tree.tests[0])} ${words[tree.op === "and" ? 0 : 1]} ${of(tree.tests[1])})`;
    case "not":
      return `${words[2]}(${of(tree.test)})`;
    default:
      return `(${of(tree.parts[0])} ${tree.op} ${of(tree.parts[1])})`;
  }
}

const { tree } = fc.letrec<{ tree: Tree; test: Test }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.nat(1000).map((number): Tree => ({ op: "number", value: number })),
      fc.nat(4000).map((number): Tree => ({ op: "number", value: number / 16 })),
      fc.constantFrom("a", "b", "c").map((name): Tree => ({ op: "name", name })),
    ),
    fc.record({
      op: fc.constantFrom("+", "-", "*", "/", "min", "max"),
      parts: fc.tuple(tie("tree"), tie("tree")),
    }),
    fc.record({ op: fc.constantFrom("ceil", "floor", "negate"), part: tie("tree") }),
    fc.record({ op: fc.constant("if"), test: tie("test"), parts: fc.tuple(tie("tree"), tie("tree")) }),
  ) as fc.Arbitrary<Tree>,
  test: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      op: fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
      parts: fc.tuple(tie("tree"), tie("tree")),
    }),
    fc.record({ op: fc.constantFrom("and", "or"), tests: fc.tuple(tie("test"), tie("test")) }),
    fc.record({ op: fc.constant("not"), test: tie("test") }),
  ) as fc.Arbitrary<Test>,
}));

const numbers = fc.record({
  a: fc.integer({ min: -9, max: 9 }),
  b: fc.nat(2_000_000),
  c: fc.nat(100).map((n) => n / 100),
});
const KINDS = new Map<string, Kind>([
  ["a", "number"],
  ["b", "number"],
  ["c", "number"],
]);

const expectedOf = (given: Tree, names: Readonly<Record<string, number>>): number | null => {
  try {
    return value(given, names);
  } catch (error) {
    if (error instanceof Undefined) return null;
    throw error;
  }
};

describe("expressions, compared", () => {
  it("give what an independent evaluation of the same tree gives, in every notation", () => {
    fc.assert(
      fc.property(
        tree,
        numbers,
        fc.constantFrom<Style>("words", "capitals", "marks"),
        (given, names, style) => {
          const text = print(given, style);
          fc.pre(text.length <= 2000);
          const run = (): Value => compileExpression(text, KINDS).evaluate(new Map(Object.entries(names)));
          const expected = expectedOf(given, names);
          if (expected === null) expect(run).toThrow(ExpressionFault);
          else expect(run()).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("give what CEL's own evaluator gives over doubles", () => {
    const environment = new Environment()
      .registerVariable("a", "double")
      .registerVariable("b", "double")
      .registerVariable("c", "double")
      .registerFunction("ceil(double): double", Math.ceil)
      .registerFunction("floor(double): double", Math.floor)
      .registerFunction("min(double, double): double", Math.min)
      .registerFunction("max(double, double): double", Math.max);
    fc.assert(
      fc.property(tree, numbers, (given, names) => {
        const text = print(given, "cel");
        const expected = expectedOf(given, names);
        fc.pre(text.length <= 2000 && expected !== null);
        expect(environment.evaluate(text, names)).toBe(expected);
        expect(compileExpression(text, KINDS).evaluate(new Map(Object.entries(names)))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("never do anything but give a value or say where the fault is", () => {
    const pieces = fc.constantFrom(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation itself is meant
      ..."a b c ( ) + - * / % < <= > >= == != ? : , . [ ] { } ! && || AND or not $ ${ ${a} 1 2.5 1e9 0x1 true null in ceil( max( constructor __proto__ 'x' \" // \\ \n ; =".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        const text = parts.join(" ");
        try {
          const result = compileExpression(text, KINDS).evaluate(
            new Map([
              ["a", 1],
              ["b", 2],
              ["c", 3],
            ]),
          );
          expect(["number", "boolean"]).toContain(typeof result);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionFault);
          expect((error as ExpressionFault).offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
