import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "./random.js";

describe("seeded randomness", () => {
  it("gives the same numbers for the same seed on every machine", () => {
    const random = createRandom(1);
    expect([random.integer(1000), random.integer(1000), random.integer(1000)]).toMatchInlineSnapshot(`
      [
        568,
        753,
        889,
      ]
    `);
  });

  it("is uniform: a thousand draws in ten bins stay near a hundred each", () => {
    const random = createRandom("uniform");
    const bins = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) bins[random.integer(10)]! += 1;
    // 5 standard deviations of a binomial count with n = 10,000 and p = 0.1.
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("draws normals with mean 0 and variance 1", () => {
    const random = createRandom("normal");
    const draws = Array.from({ length: 20_000 }, () => random.normal());
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.036);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it("shuffles without losing or inventing anything", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const shuffled = createRandom(seed).shuffle(items);
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });

  it("forks independent streams by name, whatever was drawn before", () => {
    const used = createRandom(5);
    used.next();
    expect(used.fork("a").next()).toBe(createRandom(5).fork("a").next());
    expect(used.fork("a").next()).not.toBe(used.fork("b").next());
  });
});
