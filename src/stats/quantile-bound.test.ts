import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { exceedancesAllowed } from "./quantile-bound.js";

const THRESHOLD = Math.log(1 / 0.05);

describe("the upper bound of a 95 % point", () => {
  it("needs as many values as a margin of five points needs ties", () => {
    // 71: the all-tie run of the mixture at a margin of 5 % and alpha 0.05.
    expect(exceedancesAllowed(70, 0.05, THRESHOLD)).toBeNull();
    expect(exceedancesAllowed(71, 0.05, THRESHOLD)).toBe(0);
  });

  it("allows more values above the more there are, and never the share itself", () => {
    let before = 0;
    for (const count of [100, 200, 500, 1_000, 5_000, 20_000]) {
      const allowed = exceedancesAllowed(count, 0.05, THRESHOLD)!;
      expect(allowed).toBeGreaterThan(before - 1);
      expect(allowed / count).toBeLessThan(0.05);
      before = allowed;
    }
    expect(before / 20_000).toBeGreaterThan(0.04);
  });

  it("lies below the true 95 % point at any of all counts at most as often as alpha allows", () => {
    const runs = 2_000;
    const counts = Array.from({ length: 250 }, (_, index) => exceedancesAllowed(index + 1, 0.05, THRESHOLD));
    let wrong = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = createRandom(`p95 ${run}`);
      let above = 0;
      // Uniform values: the bound lies below 0.95 where no more values than allowed lie above it.
      const isWrong = counts.some((allowed) => {
        if (random.next() > 0.95) above += 1;
        return allowed !== null && above <= allowed;
      });
      if (isWrong) wrong += 1;
    }
    expect(wrong / runs).toBeLessThanOrEqual(0.05);
    expect(wrong).toBeGreaterThan(0);
  });
});
