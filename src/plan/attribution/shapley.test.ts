import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { settle } from "./settle.js";
import { EXACT_PLAYERS, shapley } from "./shapley.js";

const random = createRandom(7);
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

describe("shapley", () => {
  it("splits two multiplicative savings of 40 and 30 percent into 34 and 24 points", () => {
    const factors = [0.6, 0.7];
    const value = (subset: readonly number[]) =>
      BigInt(Math.round(100 * (1 - subset.reduce((product, index) => product * factors[index]!, 1))));

    expect(shapley(2, value, random)).toEqual([34n, 24n]);
  });

  it("gives a player that adds nothing nothing, and equal players equal shares", () => {
    const value = (subset: readonly number[]) => (subset.includes(0) && subset.includes(1) ? 10n : 0n);

    expect(shapley(3, value, random)).toEqual([5n, 5n, 0n]);
  });

  it("sums exactly to the value of all, whatever the game", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { minLength: 64, maxLength: 64 }),
        (players, table) => {
          const value = (subset: readonly number[]) =>
            subset.length === 0 ? 0n : table[subset.reduce((mask, index) => mask | (1 << index), 0)]!;
          const all = Array.from({ length: players }, (_, index) => index);

          expect(sum(shapley(players, value, random))).toBe(value(all));
        },
      ),
    );
  });

  it("samples orders beyond ten players, still without a remainder, and alike for equal seeds", () => {
    const players = EXACT_PLAYERS + 2;
    const value = (subset: readonly number[]) => BigInt(subset.length) ** 2n * 1_001n;
    const all = Array.from({ length: players }, (_, index) => index);
    const shares = shapley(players, value, createRandom(3));

    expect(sum(shares)).toBe(value(all));
    expect(shapley(players, value, createRandom(3))).toEqual(shares);
    // By symmetry each share is 12,012; 200 orders come near it.
    for (const share of shares) expect(Math.abs(Number(share) - 12_012)).toBeLessThan(1_500);
  });
});

describe("settle", () => {
  it("moves rounded amounts by single steps until they sum to the total", () => {
    expect(settle([3n, 10n, -4n], 11n)).toEqual([3n, 11n, -3n]);
    expect(settle([3n, 10n], 12n)).toEqual([3n, 9n]);
    expect(settle([], 0n)).toEqual([]);
  });
});
