import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grade } from "../fixtures/grade.js";

const KIND = "json-field-match";
const text = (value: unknown): string => JSON.stringify(value);

/** Objects and lists; anything else is no reference of this grader. */
const documents = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => typeof value === "object" && value !== null);

describe("json-field-match", () => {
  it.each([
    [{ a: 1, b: { c: "y" } }, { a: 1, b: { c: "x" }, d: true }, 1 / 2],
    [{ name: "Ada", born: 1815 }, { born: 1815.0, name: " ada " }, 1],
    [{ total: 0.3 }, { total: 0.1 + 0.2 }, 1],
    [{ total: 42 }, { total: "42" }, 1],
    [{ total: 42 }, { total: "42 USD" }, 0],
    [{ ok: true }, { ok: "true" }, 0],
    [{ gone: null }, {}, 0],
    [{ gone: null }, { gone: null }, 1],
    [{ none: {}, empty: [] }, { none: {}, empty: [1] }, 1 / 2],
    [[1, 2], [1, 2, 3], 2 / 3],
    [[1, 2, 3], [1], 1 / 3],
    [[1, 2], [2, 1], 0],
    [{ a: [{ b: 1, c: 2 }] }, { a: [{ b: 1, c: 3 }] }, 1 / 2],
  ])("with the reference %j grades %j as %d", async (reference, answer, score) => {
    expect(await grade(KIND, text(answer), reference)).toBe(score);
  });

  it.each([
    [[1, 2], [2, 1], 1],
    [[1, 1, 2], [1, 2, 2], 2 / 3],
    [["a", "b"], ["B", "c", "A"], 2 / 3],
    [
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      [
        { y: 4, x: 3 },
        { x: 1, y: 0 },
      ],
      1 / 2,
    ],
    [{ a: [[1, 2], [3]] }, { a: [[3], [2, 1]] }, 1],
  ])("takes lists as multisets when asked: %j and %j give %d", async (reference, answer, score) => {
    expect(await grade({ kind: KIND, arrays: "multiset" }, text(answer), reference)).toBe(score);
  });

  it("keeps types and case apart when asked", async () => {
    expect(await grade({ kind: KIND, number_text: false }, '{"a": "42"}', { a: 42 })).toBe(0);
    expect(await grade({ kind: KIND, fold_case: false }, '{"a": "X"}', { a: "x" })).toBe(0);
  });

  it("reads a fenced answer, and a reference that is JSON in a text", async () => {
    expect(await grade(KIND, '```json\n{"a": 1}\n```', '{"a": 1}')).toBe(1);
    expect(await grade({ kind: KIND, fences: false }, '```json\n{"a": 1}\n```', { a: 1 })).toBe(0);
  });

  it("scores what is no JSON with 0, and calls a reference without fields missing", async () => {
    expect(await grade(KIND, "a: 1", { a: 1 })).toBe(0);
    expect(await grade(KIND, "1", 1)).toBeNull();
    expect(await grade(KIND, "1", "plain text")).toBeNull();
  });

  it("survives an answer that is nested without end", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(await grade(KIND, deep, { a: 1 })).toBe(0);
  });

  it("is 1 for equal documents, within 0..1 for others, and blind to the order of a multiset", async () => {
    const kinds = [KIND, { kind: KIND, arrays: "multiset" }] as const;
    await fc.assert(
      fc.asyncProperty(documents, fc.jsonValue(), async (reference, answer) => {
        for (const kind of kinds) {
          expect(await grade(kind, text(reference), reference)).toBe(1);
          const score = await grade(kind, text(answer), reference);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
        if (!Array.isArray(answer)) return;
        const turned = await grade(kinds[1], text([...answer].reverse()), reference);
        expect(turned).toBe(await grade(kinds[1], text(answer), reference));
      }),
    );
  });
});
