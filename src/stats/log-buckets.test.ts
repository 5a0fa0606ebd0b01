import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, bucketValue, mergeBuckets, quantileFromBuckets, ZERO_BUCKET } from "./log-buckets.js";

const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
const data = fc.array(fc.oneof(fc.constant(0), positive, fc.nat(200_000)), { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const sketch = (values: readonly number[]) =>
  mergeBuckets(values.map((value) => ({ bucket: bucketOf(value), count: 1 })));

describe("log-bucket sketch", () => {
  it("returns every quantile within 1 % of the exact one", () => {
    fc.assert(
      fc.property(data, share, (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
        const sketched = quantileFromBuckets(sketch(values), q)!;
        expect(Math.abs(sketched - exact)).toBeLessThanOrEqual(0.01 * exact);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it("merges parts into the sketch of the whole, in any grouping", () => {
    fc.assert(
      fc.property(data, data, data, (a, b, c) => {
        const whole = sketch([...a, ...b, ...c]);
        expect(mergeBuckets(sketch(a), sketch(b), sketch(c))).toEqual(whole);
        expect(mergeBuckets(sketch(c), mergeBuckets(sketch(b), sketch(a)))).toEqual(whole);
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  it("keeps zero apart from the smallest positive number", () => {
    expect(bucketOf(0)).toBe(ZERO_BUCKET);
    expect(bucketOf(Number.MIN_VALUE)).toBeGreaterThan(ZERO_BUCKET);
    expect(bucketValue(ZERO_BUCKET)).toBe(0);
    expect(bucketOf(1)).toBe(0);
  });

  it("has no quantile without data, and refuses negative values and shares outside 0..1", () => {
    expect(quantileFromBuckets([], 0.5)).toBeNull();
    expect(() => bucketOf(-1)).toThrow(RangeError);
    expect(() => bucketOf(Number.NaN)).toThrow(RangeError);
    expect(() => quantileFromBuckets(sketch([1]), 1.5)).toThrow(RangeError);
  });
});
