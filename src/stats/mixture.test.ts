import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { betGrid } from "./bet-grid.js";
import { balancedSequence, randomSequence } from "./fixtures/sequences.js";
import { MixtureProcess } from "./mixture.js";
import { logThreshold } from "./multiplicity.js";

function logEValueOf(differences: readonly number[], margin: number, bound = 1): number {
  const process = new MixtureProcess(margin, bound);
  for (const difference of differences) process.add(difference);
  return process.logEValue();
}

const difference = fc.oneof(fc.constantFrom(-1, 0, 0, 0, 1), fc.double({ min: -1, max: 1, noNaN: true }));
const margin = fc.double({ min: 0, max: 0.5, noNaN: true });

describe("mixture e-process", () => {
  // Reference values from an independent implementation, six digits.
  it.each([
    ["balanced", 10, 0.581872, 0.901112],
    ["balanced", 50, -0.567373, 0.169247],
    ["balanced", 100, -1.062365, 0.221316],
    ["balanced", 500, -1.419446, 4.268071],
    [1, 10, -1.052037, -0.936866],
    [1, 50, 0.679013, 1.813275],
    [1, 100, -0.319142, 1.228394],
    [1, 500, 2.841927, 12.678298],
    [2, 10, 0.067009, 0.355642],
    [2, 50, -0.654705, 0.155976],
    [2, 100, -0.832474, 0.543997],
    [2, 500, 0.594369, 9.698254],
    [3, 100, -0.820839, 0.642312],
    [3, 500, 2.328417, 12.22813],
  ] as const)(
    "agrees with reference values for sequence %s after %i pairs",
    (name, n, atOnePoint, atFive) => {
      const differences = name === "balanced" ? balancedSequence(n) : randomSequence(name, n);
      expect(logEValueOf(differences, 0.01)).toBeCloseTo(atOnePoint, 6);
      expect(logEValueOf(differences, 0.05)).toBeCloseTo(atFive, 6);
    },
  );

  it("gives the same evidence in whatever order pairs arrive", () => {
    fc.assert(
      fc.property(
        fc.array(difference, { maxLength: 60 }),
        margin,
        fc.integer(),
        (differences, delta, seed) => {
          const shuffled = createRandom(seed).shuffle(differences);
          expect(logEValueOf(shuffled, delta)).toBeCloseTo(logEValueOf(differences, delta), 9);
        },
      ),
      { numRuns: 200, seed: 2 },
    );
  });

  it("never loses evidence by one more tie", () => {
    fc.assert(
      fc.property(fc.array(difference, { maxLength: 60 }), margin, (differences, delta) => {
        expect(logEValueOf([...differences, 0], delta)).toBeGreaterThanOrEqual(
          logEValueOf(differences, delta),
        );
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("never falls as the margin grows", () => {
    fc.assert(
      fc.property(fc.array(difference, { maxLength: 60 }), margin, margin, (differences, a, b) => {
        const [narrow, wide] = [Math.min(a, b), Math.max(a, b)];
        expect(logEValueOf(differences, wide)).toBeGreaterThanOrEqual(
          logEValueOf(differences, narrow) - 1e-9,
        );
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it("counts missing values as the worst there can be, and repeated values at once", () => {
    const process = new MixtureProcess(0.05, 2);
    process.add(0, 40);
    process.add(1.5, 2);
    const direct = logEValueOf([...Array(40).fill(0), 1.5, 1.5, -2, -2, -2], 0.05, 2);
    expect(process.logEValue(3)).toBeCloseTo(direct, 9);
  });

  it("crosses in at most 5 % of runs at a loss of exactly the margin, looked at after every pair", () => {
    const random = createRandom("mixture null");
    let accepted = 0;
    for (let run = 0; run < 2000; run += 1) {
      const process = new MixtureProcess(0.05);
      let crossed = false;
      for (let n = 0; n < 1000 && !crossed; n += 1) {
        const uniform = random.next();
        process.add(uniform < 0.075 ? -1 : uniform < 0.1 ? 1 : 0);
        crossed = process.logEValue() >= logThreshold(0.05);
      }
      if (crossed) accepted += 1;
    }
    expect(accepted).toBeLessThanOrEqual(100);
  });

  it("keeps the error rate of weighted draws that fall as low as their bound", () => {
    const random = createRandom("weighted draws");
    let accepted = 0;
    for (let run = 0; run < 1000; run += 1) {
      const process = new MixtureProcess(0.05, 2);
      let crossed = false;
      // Half the items are drawn with a quarter of the chance and double weight; mean loss exactly 0.05.
      for (let n = 0; n < 400 && !crossed; n += 1) {
        const heavy = random.next() < 0.25;
        const lost = random.next() < 0.05;
        process.add(lost ? (heavy ? -2 : -2 / 3) : 0);
        crossed = process.logEValue() >= logThreshold(0.05);
      }
      if (crossed) accepted += 1;
    }
    expect(accepted).toBeLessThanOrEqual(50);
  });

  it("refuses a margin at the bound, values below it, and a level or family that makes no sense", () => {
    expect(() => betGrid(1)).toThrow(RangeError);
    expect(() => logEValueOf([-1.1], 0.05)).toThrow(RangeError);
    expect(() => logThreshold(1)).toThrow(RangeError);
    expect(() => logThreshold(0.05, 0)).toThrow(RangeError);
  });
});
