import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { horvitzThompsonWeights, neymanAllocation, roundToSum } from "./allocation.js";

const stratum = fc.record({
  size: fc.integer({ min: 1, max: 500 }),
  spread: fc.double({ min: 0, max: 10, noNaN: true }),
  cost: fc.double({ min: 0.01, max: 10, noNaN: true }),
});
const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

describe("allocation of samples to strata", () => {
  it("spends the whole total within sizes, with two a stratum where it can", () => {
    fc.assert(
      fc.property(fc.array(stratum, { minLength: 1, maxLength: 8 }), fc.nat(600), (strata, total) => {
        const allocation = neymanAllocation(strata, total);
        expect(sumOf(allocation)).toBe(Math.min(total, sumOf(strata.map(({ size }) => size))));
        for (const [h, count] of allocation.entries()) {
          expect(count).toBeLessThanOrEqual(strata[h]!.size);
          if (total >= 2 * strata.length) expect(count).toBeGreaterThanOrEqual(Math.min(2, strata[h]!.size));
        }
      }),
      { numRuns: 300, seed: 9 },
    );
  });

  it("gives twice as much to twice the spread, and half as much at four times the cost", () => {
    const strata = [
      { size: 1000, spread: 2, cost: 1 },
      { size: 1000, spread: 1, cost: 1 },
      { size: 1000, spread: 2, cost: 4 },
    ];
    expect(neymanAllocation(strata, 40)).toEqual([20, 10, 10]);
  });

  it("passes on what a small stratum cannot take", () => {
    const strata = [
      { size: 5, spread: 100, cost: 1 },
      { size: 100, spread: 1, cost: 1 },
      { size: 100, spread: 1, cost: 1 },
    ];
    expect(neymanAllocation(strata, 25)).toEqual([5, 10, 10]);
  });

  it("follows size where nothing is known to vary, and ties go to the earlier stratum", () => {
    const same = { size: 10, spread: 0, cost: 1 };
    expect(neymanAllocation([same, same, same], 10)).toEqual([4, 3, 3]);
    expect(neymanAllocation([], 10)).toEqual([]);
  });

  it("refuses a free stratum and a target that the caps cannot hold", () => {
    expect(() => neymanAllocation([{ size: 1, spread: 1, cost: 0 }], 1)).toThrow(RangeError);
    expect(() => roundToSum([1], [1], 2)).toThrow(RangeError);
  });
});

describe("weights of a stratified sample", () => {
  it("estimate totals without bias over all samples of a toy population", () => {
    const strata = [
      [1, 4, 7],
      [10, 30],
    ];
    const weights = horvitzThompsonWeights([3, 2], [2, 1]);
    const estimates: number[] = [];
    for (let omitted = 0; omitted < 3; omitted += 1) {
      for (let drawn = 0; drawn < 2; drawn += 1) {
        const first = sumOf(strata[0]!.filter((_, index) => index !== omitted));
        estimates.push(weights[0]!.weight * first + weights[1]!.weight * strata[1]![drawn]!);
      }
    }
    expect(sumOf(estimates) / estimates.length).toBeCloseTo(52, 12);
    expect(weights[0]!.inclusionProbability).toBeCloseTo(2 / 3, 12);
  });

  it("say nothing for a stratum that was not drawn, and refuse more draws than items", () => {
    expect(horvitzThompsonWeights([3, 2], [3, 0])).toEqual([{ inclusionProbability: 1, weight: 1 }, null]);
    expect(() => horvitzThompsonWeights([3], [4])).toThrow(RangeError);
  });
});
