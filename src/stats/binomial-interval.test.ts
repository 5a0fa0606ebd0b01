import { describe, expect, it } from "vitest";
import { betaCdf, betaQuantile, lnGamma } from "./beta.js";
import { clopperPearson } from "./binomial-interval.js";

describe("beta distribution", () => {
  it("agrees with factorials and the gamma function of one half", () => {
    expect(lnGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(lnGamma(0.25)).toBeCloseTo(1.2880225246980774, 12);
  });

  it("agrees with binomial tail sums", () => {
    // P(Binomial(12, 0.3) >= 4) = I_0.3(4, 9).
    let [tail, choose] = [0, 1];
    for (let k = 0; k <= 12; k += 1) {
      if (k >= 4) tail += choose * 0.3 ** k * 0.7 ** (12 - k);
      choose = (choose * (12 - k)) / (k + 1);
    }
    expect(betaCdf(0.3, 4, 9)).toBeCloseTo(tail, 12);
  });

  it("inverts its distribution function", () => {
    for (const p of [0.001, 0.05, 0.5, 0.975]) {
      expect(betaCdf(betaQuantile(p, 3.5, 1.25), 3.5, 1.25)).toBeCloseTo(p, 10);
      expect(betaCdf(betaQuantile(p, 1901, 101), 1901, 101)).toBeCloseTo(p, 8);
    }
  });
});

describe("exact binomial interval", () => {
  it("agrees with the closed form at no success", () => {
    expect(clopperPearson(0, 20).lower).toBe(0);
    expect(clopperPearson(0, 20).upper).toBeCloseTo(1 - 0.025 ** (1 / 20), 10);
    expect(clopperPearson(20, 20).upper).toBe(1);
  });

  it("agrees with the published interval for 5 of 10: 0.1871 to 0.8129", () => {
    const { lower, upper } = clopperPearson(5, 10);
    expect(lower).toBeCloseTo(0.1871, 4);
    expect(upper).toBeCloseTo(0.8129, 4);
  });

  it("refuses counts that are none", () => {
    expect(() => clopperPearson(5, 4)).toThrow(RangeError);
    expect(() => lnGamma(0)).toThrow(RangeError);
    expect(() => betaQuantile(2, 1, 1)).toThrow(RangeError);
  });
});
