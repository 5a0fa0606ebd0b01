import { describe, expect, it } from "vitest";
import { allTiePairs, reachableLogEValue, samplesNeeded, tieFloor } from "./sample-size.js";

describe("pairs that a margin takes", () => {
  it.each([
    [0.01, 299, 361],
    [0.02, 149, 180],
    [0.03, 99, 119],
    [0.05, 59, 71],
    [0.1, 29, 35],
  ])("at margin %f any method needs %i ties and the mixture %i", (margin, floor, mixture) => {
    expect(tieFloor({ margin, alpha: 0.05 })).toBe(floor);
    expect(allTiePairs({ margin, alpha: 0.05 })).toBe(mixture);
  });

  it("grows with the number of tests that share alpha", () => {
    expect(tieFloor({ margin: 0.01, alpha: 0.05, family: 10 })).toBe(528);
    expect(tieFloor({ margin: 0.01, alpha: 0.05, family: 20 })).toBe(597);
  });

  it("is beyond reach by ties alone when no loss is tolerated", () => {
    expect(tieFloor({ margin: 0, alpha: 0.05 })).toBe(Number.POSITIVE_INFINITY);
    expect(allTiePairs({ margin: 0, alpha: 0.05 })).toBe(Number.POSITIVE_INFINITY);
  });

  // Simulated 80 % points of the mixture at no true difference; the rule of thumb is within 35 % of each.
  it.each([
    [0.05, 0.05, 297],
    [0.05, 0.2, 1095],
    [0.02, 0.05, 1680],
    [0.01, 0.02, 2805],
    [0.01, 0.1, 16840],
  ])("at margin %f and disagreement %f is near the simulated %i", (margin, secondMoment, simulated) => {
    const needed = samplesNeeded({ difference: 0, secondMoment }, { margin, alpha: 0.05 })!;
    expect(needed / simulated).toBeGreaterThan(0.65);
    expect(needed / simulated).toBeLessThan(1.35);
  });

  it("is null when the candidate is seen to lose as much as the margin or more", () => {
    expect(samplesNeeded({ difference: -0.05, secondMoment: 0.1 }, { margin: 0.05, alpha: 0.05 })).toBeNull();
    expect(samplesNeeded({ difference: -0.2, secondMoment: 0.2 }, { margin: 0.05, alpha: 0.05 })).toBeNull();
  });

  it("refuses a margin of the whole scale", () => {
    expect(() => tieFloor({ margin: 1, alpha: 0.05 })).toThrow(RangeError);
  });
});

describe("forecast of the evidence still within reach", () => {
  const design = { margin: 0.05 };

  it("reaches acceptance for a tying candidate with pairs to spare, and not with hardly any left", () => {
    const ties = new Map([[0, 40]]);
    expect(reachableLogEValue(ties, 1.5, 200, design)).toBeGreaterThan(3);
    expect(reachableLogEValue(ties, 1.5, 2, design)).toBeLessThan(3);
  });

  it("gives up a candidate that loses one pair in three", () => {
    const losing = new Map([
      [0, 40],
      [-1, 20],
    ]);
    expect(reachableLogEValue(losing, -5, 100, design)).toBeLessThan(3);
  });

  it("never forecasts less than what is there already", () => {
    expect(reachableLogEValue(new Map([[-1, 30]]), 0.3, 100, design)).toBeGreaterThanOrEqual(0.3);
    expect(reachableLogEValue(new Map(), 0, 0, design)).toBe(0);
  });
});
