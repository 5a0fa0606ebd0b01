import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, readPairwise, readRubric } from "./opinions.js";

const rubric = { criteria: ["a", "b"], points: 4 };

describe("a judge's reply", () => {
  it.each([
    ['{"winner": "A"}', 1],
    ['{"winner": "b"}', -1],
    ['I think {A} is wordy.\n```json\n{"winner": "tie", "why": {"length": 1}}\n```', 0],
    ['{"winner": "A"} and on reflection {"winner": "B"}', -1],
    ['{"winner": "both"}', null],
    ["A is better", null],
    ["{", null],
    ["", null],
  ])("%j in pairwise mode is %j", (reply, opinion) => {
    expect(readPairwise(reply)).toBe(opinion);
  });

  it.each([
    ['{"scores": [4, 2]}', 0.75],
    ['{"scores": [0, 0]}', 0],
    ['{"scores": [4]}', null],
    ['{"scores": [5, 0]}', null],
    ['{"scores": [-1, 0]}', null],
    ['{"scores": ["4", "4"]}', null],
    ["4 and 2", null],
  ])("%j in rubric mode is %j", (reply, score) => {
    expect(readRubric(reply, rubric)).toBe(score);
  });

  it("never throws and never leaves its scale, whatever is said", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (reply) => {
        expect([null, -1, 0, 1]).toContain(readPairwise(reply));
        const score = readRubric(reply, rubric);
        if (score !== null) expect(score >= 0 && score <= 1).toBe(true);
      }),
    );
  });
});

describe("the median of opinions", () => {
  it("passes over what cannot be read, and is null without any", () => {
    expect(median([1, null, -1, 1])).toBe(1);
    expect(median([1, null, -1])).toBe(0);
    expect(median([null])).toBeNull();
  });

  it("lies between the least and the greatest, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (opinions) => {
        const middle = median(opinions)!;
        expect(middle).toBe(median([...opinions].reverse()));
        expect(middle).toBeGreaterThanOrEqual(Math.min(...opinions));
        expect(middle).toBeLessThanOrEqual(Math.max(...opinions));
      }),
    );
  });
});
