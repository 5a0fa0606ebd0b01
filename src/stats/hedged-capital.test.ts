import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { balancedSequence, goldenSequence, randomSequence } from "./fixtures/sequences.js";
import { HedgedCapital } from "./hedged-capital.js";
import { fromUnit, toUnit } from "./unit-interval.js";

function intervalOf(values: readonly number[], populationSize: number | null = null) {
  const capital = new HedgedCapital(0.05, populationSize);
  for (const value of values) capital.push(value);
  return capital.interval();
}

describe("betting confidence sequence", () => {
  // Reference values from an independent implementation of the paper, six digits.
  it.each([
    [10, 0.234163, 0.768845, 0.235299, 0.767885],
    [50, 0.384877, 0.615476, 0.387348, 0.613045],
    [100, 0.417581, 0.584371, 0.420941, 0.580993],
    [500, 0.457584, 0.542117, 0.466115, 0.533659],
  ])("agrees with reference values after %i graded scores", (n, lower, upper, finiteLower, finiteUpper) => {
    const interval = intervalOf(goldenSequence(n));
    expect(interval.lower).toBeCloseTo(lower, 6);
    expect(interval.upper).toBeCloseTo(upper, 6);
    const finite = intervalOf(goldenSequence(n), 1000);
    expect(finite.lower).toBeCloseTo(finiteLower, 6);
    expect(finite.upper).toBeCloseTo(finiteUpper, 6);
  });

  it.each([
    ["balanced", 10, -0.429612, 0.556443],
    ["balanced", 100, -0.100398, 0.103422],
    ["balanced", 500, -0.04308, 0.046112],
    [1, 50, -0.087017, 0.245625],
    [1, 500, -0.017726, 0.080269],
    [2, 10, -0.471529, 0.471529],
    [2, 500, -0.0307, 0.052854],
    [3, 100, -0.086723, 0.087769],
    [3, 500, -0.017447, 0.053703],
  ] as const)("agrees with reference values for paired sequence %s after %i", (name, n, lower, upper) => {
    const differences = name === "balanced" ? balancedSequence(n) : randomSequence(name, n);
    const interval = intervalOf(differences.map(toUnit));
    expect(fromUnit(interval.lower)).toBeCloseTo(lower, 6);
    expect(fromUnit(interval.upper)).toBeCloseTo(upper, 6);
  });

  it("is the mean itself at a census", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (values) => {
          const { lower, upper } = intervalOf(values, values.length);
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          expect(lower).toBeCloseTo(mean, 6);
          expect(upper).toBeCloseTo(mean, 6);
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it("misses the true mean at any look in at most 5 % of runs", () => {
    const random = createRandom("hedged coverage");
    let missed = 0;
    for (let run = 0; run < 400; run += 1) {
      const capital = new HedgedCapital(0.05);
      let inside = true;
      for (let n = 1; n <= 120; n += 1) {
        capital.push(random.next() < 0.1 ? 1 : 0);
        if (n % 10 !== 0) continue;
        const { lower, upper } = capital.interval();
        inside &&= lower <= 0.1 && upper >= 0.1;
      }
      if (!inside) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(20);
  });

  it("refuses scores outside 0..1, a level outside 0..1, and more draws than the population has", () => {
    expect(() => intervalOf([1.2])).toThrow(RangeError);
    expect(() => new HedgedCapital(0)).toThrow(RangeError);
    expect(() => intervalOf([0.5, 0.5], 1)).toThrow(RangeError);
  });
});
