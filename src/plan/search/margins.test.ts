import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allTiePairs } from "../../stats/index.js";
import { allotMargins, smallestMargin } from "./margins.js";

describe("the smallest margin that pairs can certify", () => {
  it("is one point for 361 pairs that all tie, and five points for 71", () => {
    expect(smallestMargin(361, 1, 0.05, 0.1)).toBe(0.01);
    expect(smallestMargin(71, 1, 0.05, 0.1)!).toBeLessThanOrEqual(0.05);
    expect(smallestMargin(70, 1, 0.05, 0.1)!).toBeGreaterThan(0.05);
  });

  it("grows with the number of questions that share alpha", () => {
    expect(smallestMargin(361, 5, 0.05, 0.1)!).toBeGreaterThan(0.01);
  });

  it("does not exist where even the largest margin takes more pairs", () => {
    expect(smallestMargin(34, 1, 0.05, 0.1)).toBeNull();
    expect(smallestMargin(1_000, 1, 0.05, 0)).toBeNull();
  });
});

describe("the quality budget", () => {
  it("of one point is a five-point margin for a change that touches a fifth of the requests", () => {
    expect(allotMargins([{ share: 0.2, floor: 0.01, ceiling: 0.1 }], 0.01)).toEqual([0.05]);
  });

  it("is never stretched to more than the largest margin", () => {
    expect(allotMargins([{ share: 0.01, floor: 0.01, ceiling: 0.1 }], 0.01)).toEqual([0.1]);
  });

  it("gives small shares wider margins, which takes fewer pairs in all than equal ones", () => {
    const questions = [0.4, 0.1].map((share) => ({ share, floor: 0.001, ceiling: 0.1 }));

    const margins = allotMargins(questions, 0.01);

    expect(margins[1]! / margins[0]!).toBeCloseTo(2, 1);
    const pairs = (all: readonly number[]) =>
      all.reduce((sum, margin) => sum + allTiePairs({ margin, alpha: 0.05, family: 2 }), 0);
    expect(pairs(margins)).toBeLessThan(pairs([0.02, 0.02]));
  });

  it("is never overspent, and every margin keeps its limits", () => {
    const question = fc
      .record({
        share: fc.double({ min: 0.001, max: 1, noNaN: true }),
        floor: fc.integer({ min: 1, max: 300 }),
      })
      .map(({ share, floor }) => ({ share, floor: floor / 10_000, ceiling: 0.1 }));
    fc.assert(
      fc.property(
        fc.array(question, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (all, slack) => {
          const budget = slack * all.reduce((sum, { share, floor }) => sum + share * floor, 0);
          const margins = allotMargins(all, budget);
          const spent = margins.reduce((sum, margin, index) => sum + margin * all[index]!.share, 0);

          expect(spent).toBeLessThanOrEqual(budget + 1e-9);
          for (const [index, margin] of margins.entries()) {
            expect(margin).toBeGreaterThanOrEqual(all[index]!.floor);
            expect(margin).toBeLessThanOrEqual(all[index]!.ceiling);
          }
        },
      ),
    );
  });
});
