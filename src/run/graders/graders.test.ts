import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grade, testGrading } from "../fixtures/grade.js";
import { checkGrader, defaultGrader, GRADERS, type GraderSpec, gradeAnswer } from "./index.js";
import { lastNumber } from "./numeric.js";

describe("exact", () => {
  it.each([
    ["Paris", "paris", 1],
    ["  New\n York ", "new york", 1],
    ["\uFF21\uFF22", "ab", 1],
    ["stra\u00DFe", "STRASSE", 1],
    ["Paris.", "Paris", 0],
    ["7", 7, 1],
    ["true", true, 1],
    ["B", ["A", "b"], 1],
    ["C", ["A", "b"], 0],
  ])("grades %j against %j as %d", async (response, reference, score) => {
    expect(await grade("exact", response, reference)).toBe(score);
  });

  it("keeps case and space apart when asked", async () => {
    expect(await grade({ kind: "exact", fold_case: false }, "paris", "Paris")).toBe(0);
    expect(await grade({ kind: "exact", fold_space: false }, "a  b", "a b")).toBe(0);
  });

  it("calls a reference of another kind missing, not wrong", async () => {
    expect(await grade("exact", "x", { a: 1 })).toBeNull();
    expect(await grade("exact", "x", [])).toBeNull();
  });
});

describe("numeric", () => {
  it.each([
    ["The answer is 42.", 42, 1],
    ["First 3, then 7", 7, 1],
    ["$1,234.50", "1234.5", 1],
    ["12 345 678", 12345678, 1],
    ["between 3-5", 5, 1],
    ["it fell to -5", -5, 1],
    ["minus sign \u22125", -5, 1],
    ["-$5", -5, 1],
    ["6.02e23", 6.02e23, 1],
    [".5", 0.5, 1],
    ["45%", 0.45, 1],
    ["45 percent", 45, 1],
    ["45%", "45%", 1],
    ["45%", "0.45%", 0],
    ["2020, 2021", 2021, 1],
    ["no idea", 3, 0],
    ["NaN", 3, 0],
    ["41", 42, 0],
  ])("grades %j against %j as %d", async (response, reference, score) => {
    expect(await grade("numeric", response, reference)).toBe(score);
  });

  it("allows the tolerance that it is given, absolute or relative, and no more", async () => {
    expect(await grade({ kind: "numeric", abs_tolerance: 0.5 }, "10.5", 10)).toBe(1);
    expect(await grade({ kind: "numeric", abs_tolerance: 0.5 }, "10.6", 10)).toBe(0);
    expect(await grade({ kind: "numeric", rel_tolerance: 0.01 }, "101", 100)).toBe(1);
    expect(await grade({ kind: "numeric", rel_tolerance: 0.01 }, "102", 100)).toBe(0);
  });

  it("is missing where the reference holds no number", async () => {
    expect(await grade("numeric", "3", "three")).toBeNull();
  });

  it("reads back every number that it is shown, with and without grouping", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (value) => {
        expect(lastNumber(`so ${value}`)?.value).toBe(value);
        expect(lastNumber(`so ${value.toLocaleString("en-US")}.`)?.value).toBe(value);
      }),
    );
  });
});

describe("contains", () => {
  it("looks for one text, all of a list, or any of it", async () => {
    expect(await grade("contains", "The capital is Paris.", "paris")).toBe(1);
    expect(await grade("contains", "apples and pears", ["apples", "plums"])).toBe(0);
    expect(await grade({ kind: "contains", mode: "any" }, "apples and pears", ["apples", "plums"])).toBe(1);
  });
});

describe("regex", () => {
  it("needs every required pattern and no forbidden one", async () => {
    const grader = { kind: "regex", required: ["^\\d{4}$"], forbidden: "0000" };
    expect(await grade(grader, "2024")).toBe(1);
    expect(await grade(grader, "0000")).toBe(0);
    expect(await grade(grader, "24")).toBe(0);
  });

  it("stops a pattern that backtracks without end and leaves the answer ungraded", async () => {
    expect(await grade({ kind: "regex", required: "^(a+)+$" }, `${"a".repeat(60)}!`)).toBeNull();
  });
});

describe("json-schema", () => {
  const grader = {
    kind: "json-schema",
    schema: { type: "object", required: ["a"], properties: { a: { type: "number" } } },
  };

  it("scores answers that are not JSON or do not fit with 0", async () => {
    expect(await grade(grader, '{"a": 1}')).toBe(1);
    expect(await grade(grader, '{"a": "1"}')).toBe(0);
    expect(await grade(grader, "a: 1")).toBe(0);
  });

  it("takes a code fence off", async () => {
    expect(await grade(grader, '```json\n{"a": 1}\n```')).toBe(1);
    expect(await grade({ ...grader, fences: false }, '```json\n{"a": 1}\n```')).toBe(0);
  });

  it("scores the share of the reference's leaves that match", async () => {
    expect(await grade(grader, '{"a": 1, "b": {"c": "x"}, "d": true}', { a: 1, b: { c: "y" } })).toBe(0.5);
  });
});

describe("choosing a grader", () => {
  it.each([
    [42, "numeric"],
    ["42", "numeric"],
    ["$1,200", "numeric"],
    ["Paris", "exact"],
    [true, "exact"],
    [["yes", "y"], "exact"],
    ["x".repeat(81), null],
    ["two\nlines", null],
    ["", null],
    [{ a: 1 }, null],
    [undefined, null],
  ])("takes for the reference %j the grader %j", (reference, expected) => {
    expect(defaultGrader(reference)).toBe(expected);
  });

  it("uses a recorded score before anything else", async () => {
    const sample = { id: "s", reference: "A", grader: "exact" };
    expect(await gradeAnswer(sample, { text: "B", score: 0.7 }, testGrading())).toEqual({
      score: 0.7,
      grader: "recorded-score",
      missing: null,
    });
  });

  it("says why a grade is missing, without content", async () => {
    const missing = async (reference: unknown, text: string | null): Promise<string | null> =>
      (await gradeAnswer({ id: "s", reference, grader: null }, { text, score: null }, testGrading())).missing;
    expect(await missing(undefined, "x")).toBe("no reference and no grader");
    expect(await missing("secret ".repeat(20), "x")).toBe("no grader for a long reference");
    expect(await missing("A", null)).toBe("no answer text");
  });

  it("names the graders when an unknown one is asked for", () => {
    expect(() => checkGrader("similar", "s")).toThrowError(
      expect.objectContaining({ code: "TOP-RUN-GRADER" }),
    );
  });

  it.each([
    { kind: "numeric", tolerance: 1 },
    { kind: "regex" },
    { kind: "regex", required: "(" },
    { kind: "json-schema", schema: { type: "nonsense" } },
    { kind: "exact", fold_case: "yes" },
    { kind: "similarity", zero_at: 0.9, one_at: 0.9 },
    { kind: "label-f1", separator: "" },
    { kind: "rouge-l", beta: 0 },
    { kind: "command" },
    { kind: "command", command: "score.py" },
    { kind: "code", memory_mb: 1 },
  ])("refuses options that do not fit: %j", (spec) => {
    expect(() => checkGrader(spec, "s")).toThrowError(
      expect.objectContaining({ code: "TOP-RUN-GRADER-OPTIONS" }),
    );
  });
});

describe("every grader", () => {
  const minimal: Record<string, GraderSpec> = {
    regex: { kind: "regex", required: "a" },
    "json-schema": { kind: "json-schema", schema: {} },
  };

  it.each(GRADERS.filter((grader) => grader.id !== "recorded-score" && grader.executes !== true))(
    "$id scores within 0..1 or not at all",
    async ({ id }) => {
      await fc.assert(
        fc.asyncProperty(fc.string(), fc.jsonValue(), async (response, reference) => {
          const score = await grade(minimal[id] ?? id, response, reference);
          expect(score === null || (score >= 0 && score <= 1)).toBe(true);
        }),
      );
    },
  );
});
