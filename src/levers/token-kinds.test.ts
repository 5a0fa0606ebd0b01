import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allot, joinTokens, splitTokens } from "./token-kinds.js";

describe("token kinds", () => {
  it("join back to the totals that they were split from", () => {
    const totals = {
      inputTokens: 100,
      cachedInputTokens: 30,
      cacheWriteTokens: 20,
      cacheWrite1hTokens: 5,
      outputTokens: 50,
      reasoningTokens: 10,
    };

    expect(joinTokens(splitTokens(totals))).toEqual(totals);
  });
});

describe("allot", () => {
  it("gives out whole numbers that sum to the total and never exceed a part", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10 ** 12), { maxLength: 8 }), fc.nat(10 ** 13), (parts, total) => {
        const shares = allot(total, parts);
        const sum = parts.reduce((a, b) => a + b, 0);
        expect(shares.reduce((a, b) => a + b, 0)).toBe(Math.min(total, sum));
        for (const [index, share] of shares.entries()) {
          expect(Number.isInteger(share) && share >= 0 && share <= parts[index]!).toBe(true);
        }
      }),
    );
  });

  it("follows the sizes of the parts", () => {
    expect(allot(10, [10, 20, 30])).toEqual([2, 3, 5]);
  });
});
