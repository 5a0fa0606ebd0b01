import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { FiniteMixtureProcess, LOG_CERTAIN } from "./finite-mixture.js";
import { balancedSequence, randomSequence } from "./fixtures/sequences.js";
import { MixtureProcess } from "./mixture.js";
import {
  countValues,
  finiteLowerBound,
  finiteUpperBound,
  mixtureLowerBound,
  mixtureUpperBound,
} from "./mixture-bounds.js";
import { logThreshold } from "./multiplicity.js";

const THRESHOLD = logThreshold(0.05);
const difference = fc.oneof(fc.constantFrom(-1, 0, 0, 0, 1), fc.double({ min: -1, max: 1, noNaN: true }));
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("lower bound of the mixture", () => {
  it("is where the e-value at that margin meets the threshold", () => {
    for (const differences of [balancedSequence(100), randomSequence(1, 500), randomSequence(3, 500)]) {
      const bound = mixtureLowerBound(countValues(differences), THRESHOLD);
      const process = new MixtureProcess(-bound);
      for (const value of differences) process.add(value);
      expect(process.logEValue()).toBeCloseTo(THRESHOLD, 6);
    }
  });

  it("excludes exactly 1 point after 361 ties and 5 points after 71", () => {
    const boundAfter = (ties: number): number => mixtureLowerBound(new Map([[0, ties]]), THRESHOLD);
    expect(boundAfter(360)).toBeLessThan(-0.01);
    expect(boundAfter(361)).toBeGreaterThanOrEqual(-0.01);
    expect(boundAfter(70)).toBeLessThan(-0.05);
    expect(boundAfter(71)).toBeGreaterThanOrEqual(-0.05);
  });

  it("stays at or below the sample mean and above the floor of the values", () => {
    fc.assert(
      fc.property(fc.array(difference, { minLength: 1, maxLength: 60 }), (differences) => {
        const bound = mixtureLowerBound(countValues(differences), THRESHOLD);
        expect(bound).toBeLessThanOrEqual(meanOf(differences) + 1e-12);
        expect(bound).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it("has an upper bound that is its mirror image", () => {
    const counts = countValues(randomSequence(1, 100));
    const mirrored = countValues(randomSequence(1, 100).map((value) => 0 - value));
    expect(mixtureUpperBound(counts, THRESHOLD)).toBe(-mixtureLowerBound(mirrored, THRESHOLD));
    expect(mixtureUpperBound(counts, THRESHOLD)).toBeGreaterThan(meanOf(randomSequence(1, 100)));
  });

  it("knows nothing without values, and excludes nothing after losses only", () => {
    expect(mixtureLowerBound(new Map(), THRESHOLD)).toBe(-1);
    expect(mixtureLowerBound(new Map([[-1, 500]]), THRESHOLD)).toBe(-1);
  });
});

describe("lower bound for a finite population", () => {
  it("brackets the mean at the census, from both sides exactly", () => {
    fc.assert(
      fc.property(fc.array(difference, { minLength: 1, maxLength: 40 }), (differences) => {
        const lower = finiteLowerBound(differences, differences.length, THRESHOLD);
        const upper = finiteUpperBound(differences, differences.length, THRESHOLD);
        expect(lower).toBeCloseTo(meanOf(differences), 12);
        expect(upper).toBe(lower);
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it("never lies below what logic allows, and beats the stream bound once much of the population is seen", () => {
    const seen = randomSequence(2, 80);
    const finite = finiteLowerBound(seen, 100, THRESHOLD);
    expect(finite).toBeGreaterThanOrEqual((meanOf(seen) * 80 - 20) / 100);
    expect(finite).toBeGreaterThan(mixtureLowerBound(countValues(seen), THRESHOLD));
  });

  it("approaches the stream bound when the population is large", () => {
    const seen = randomSequence(1, 200);
    const finite = finiteLowerBound(seen, 10_000_000, THRESHOLD);
    expect(finite).toBeCloseTo(mixtureLowerBound(countValues(seen), THRESHOLD), 4);
  });

  it("lets values that cannot be had leave the population", () => {
    expect(finiteLowerBound([0, null, 1, null], 4, THRESHOLD)).toBeCloseTo(0.5, 12);
    expect(finiteLowerBound([null, null], 2, THRESHOLD)).toBe(-1);
  });

  it("exceeds the true mean at any look in at most 5 % of random orders", () => {
    const random = createRandom("finite coverage");
    const population = [...Array(22).fill(-1), ...Array(10).fill(1), ...Array(168).fill(0)] as number[];
    let crossed = 0;
    for (let run = 0; run < 1000; run += 1) {
      // Margin a hair inside the true mean of -0.06, so that certainty counts as an error too.
      const process = new FiniteMixtureProcess(0.06 - 1e-9, population.length);
      let wrong = false;
      for (const value of random.shuffle(population)) {
        process.push(value);
        wrong ||= process.logEValue() >= THRESHOLD;
      }
      if (wrong) crossed += 1;
    }
    expect(crossed).toBeLessThanOrEqual(50);
  });

  it("is certain once the values left cannot bring the mean down to the margin", () => {
    const process = new FiniteMixtureProcess(0.25, 4);
    for (const value of [1, 0]) process.push(value);
    expect(process.logEValue()).toBeLessThan(LOG_CERTAIN);
    process.push(0);
    expect(process.logEValue()).toBe(LOG_CERTAIN);
  });

  it("refuses values outside -1..1, an impossible margin or size, and more values than there are", () => {
    expect(() => new FiniteMixtureProcess(0.05, 10).push(1.5)).toThrow(RangeError);
    expect(() => new FiniteMixtureProcess(1.5, 10)).toThrow(RangeError);
    expect(() => new FiniteMixtureProcess(0.05, 0)).toThrow(RangeError);
    expect(() => finiteLowerBound([0, 0], 1, THRESHOLD)).toThrow(RangeError);
  });
});
