import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grade } from "../fixtures/grade.js";
import type { GraderSpec } from "./index.js";
import { ROUGE_TOKEN_LIMIT } from "./rouge-l.js";

const label = fc.constantFrom("a", "b", "c", "d");
const labelLists = fc.array(label, { maxLength: 6 });
const texts = fc.array(fc.constantFrom("the", "cat", "dog", "sat", "ran", "Über", "漢字"), {
  minLength: 1,
  maxLength: 12,
});

describe("label-f1", () => {
  it.each([
    ["billing", "Billing", 1],
    ["billing, refund", ["billing"], 2 / 3],
    ["- billing\n- refund\n", ["refund", "billing"], 1],
    ["1. billing\n2. other", ["billing", "refund"], 1 / 2],
    ['["a", "a", "b"]', ["a", "b", "b"], 2 / 3],
    ['```json\n["New York, NY"]\n```', ["New York, NY"], 1],
    ["a; b", "b, a", 1],
    ["7", [7], 1],
    ["[]", [], 1],
    ["", [], 1],
    ["a", [], 0],
    ["", ["a"], 0],
  ])("grades %j against %j as %d", async (response, reference, score) => {
    expect(await grade("label-f1", response, reference)).toBe(score);
  });

  it("parts labels where it is told to", async () => {
    expect(
      await grade({ kind: "label-f1", separator: "|" }, "New York, NY|Oslo", ["Oslo", "New York, NY"]),
    ).toBe(1);
  });

  it("calls a reference that holds no labels missing", async () => {
    expect(await grade("label-f1", "a", { a: 1 })).toBeNull();
    expect(await grade("label-f1", "a", [{ a: 1 }])).toBeNull();
  });

  it("is 1 for equal multisets in any order, symmetric, and within 0..1", async () => {
    await fc.assert(
      fc.asyncProperty(labelLists, labelLists, async (a, b) => {
        expect(await grade("label-f1", JSON.stringify([...a].reverse()), a)).toBe(1);
        const score = await grade("label-f1", JSON.stringify(a), b);
        expect(score).toBe(await grade("label-f1", JSON.stringify(b), a));
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("rouge-l", () => {
  // The worked example of Lin (2004), section 3.1.
  it.each([
    ["police kill the gunman", 3 / 4],
    ["the gunman kill police", 2 / 4],
    ["the gunman police killed", 2 / 4],
  ])("gives the published value for %j", async (response, score) => {
    expect(await grade("rouge-l", response, "police killed the gunman")).toBe(score);
  });

  it("weighs recall by beta", async () => {
    // P = 1, R = 2/4: (1 + 4) P R / (R + 4 P) = 2.5 / 4.5.
    expect(
      await grade({ kind: "rouge-l", beta: 2 }, "police killed", "police killed the gunman"),
    ).toBeCloseTo(5 / 9, 12);
  });

  it("ignores case, width and punctuation, and takes characters as words where a script has no spaces", async () => {
    expect(await grade("rouge-l", "Hello,  WORLD!", "hello world")).toBe(1);
    expect(await grade("rouge-l", "東京都", "東京")).toBe(4 / 5);
  });

  it("takes the best of several references, and none without a word", async () => {
    expect(await grade("rouge-l", "a b", ["c d", "a b"])).toBe(1);
    expect(await grade("rouge-l", "a b", "...")).toBeNull();
    expect(await grade("rouge-l", "", "a b")).toBe(0);
  });

  it("compares no more words than its limit", async () => {
    const long = "word ".repeat(ROUGE_TOKEN_LIMIT);
    expect(await grade("rouge-l", `${long} beyond`, `${long} elsewhere`)).toBe(1);
  });
});

describe("similarity", () => {
  it("is the cosine over grams", async () => {
    // Words and pairs of words: {a, b, a b} and {a, c, a c} share one of three.
    expect(await grade({ kind: "similarity", features: "words" }, "a b", "a c")).toBeCloseTo(1 / 3, 12);
    // Three to five characters of " abc " and " abd " (six grams each) share " ab".
    expect(await grade({ kind: "similarity", features: "characters" }, "abc", "abd")).toBeCloseTo(1 / 6, 12);
    expect(await grade("similarity", "abc", "abd")).toBeCloseTo((0 + 1 / 6) / 2, 12);
  });

  it("damps repetition by its logarithm", async () => {
    // {a: 2, "a a": 1} and {a: 1}: (1 + ln 2) / sqrt((1 + ln 2)^2 + 1).
    const damped = 1 + Math.log(2);
    expect(await grade({ kind: "similarity", features: "words" }, "a a", "a")).toBeCloseTo(
      damped / Math.hypot(damped, 1),
      12,
    );
  });

  it("scales between the ends that it is given", async () => {
    const scaled = (zero_at: number, one_at: number): GraderSpec => ({
      ...{ kind: "similarity", features: "words" },
      ...{ zero_at, one_at },
    });
    expect(await grade(scaled(0, 0.5), "a b", "a c")).toBeCloseTo(2 / 3, 12);
    expect(await grade(scaled(0, 0.25), "a b", "a c")).toBe(1);
    expect(await grade(scaled(0.5, 1), "a b", "a c")).toBe(0);
  });

  it("is a proxy: the same words with the opposite meaning are nearly equal", async () => {
    const score = await grade("similarity", "the payment was not accepted", "the payment was accepted");
    expect(score).toBeGreaterThan(0.7);
  });

  it("takes the best of several references, and none without a word", async () => {
    expect(await grade("similarity", "a b", ["c d", "a b"])).toBe(1);
    expect(await grade("similarity", "a", "?")).toBeNull();
    expect(await grade("similarity", "", "a")).toBe(0);
  });
});

describe.each(["rouge-l", "similarity"])("%s", (kind) => {
  it("is 1 for equal texts, symmetric, and within 0..1", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (a, b) => {
        const [left, right] = [a.join(" "), b.join(" ")];
        expect(await grade(kind, left, left)).toBe(1);
        const score = await grade(kind, left, right);
        expect(score).toBeCloseTo((await grade(kind, right, left))!, 12);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
    );
  });
});
