import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { expectedPower } from "./expected-power.js";
import { MixtureProcess } from "./mixture.js";
import { allTiePairs } from "./sample-size.js";

const design = { margin: 0.05, alpha: 0.05 };

describe("the expected power", () => {
  it("of a candidate that always ties jumps from nothing to certainty at the all-tie count", () => {
    const needed = allTiePairs(design);
    expect(expectedPower(design, needed - 1, 0)).toBe(0);
    expect(expectedPower(design, needed, 0)).toBe(1);
  });

  it.each([
    { margin: 0.02, family: 1, pairs: 500, disagreement: 0.05 },
    { margin: 0.05, family: 4, pairs: 300, disagreement: 0.1 },
    { margin: 0.1, family: 1, pairs: 200, disagreement: 0.2 },
  ])(
    "is what simulated runs show at their last pair: $margin, $family tests, $pairs pairs",
    ({ margin, family, pairs, disagreement }) => {
      const random = createRandom(`power ${margin}`);
      const runs = 2_000;
      let certified = 0;
      for (let run = 0; run < runs; run += 1) {
        const process = new MixtureProcess(margin);
        for (let pair = 0; pair < pairs; pair += 1) {
          const uniform = random.next();
          process.add(uniform < disagreement / 2 ? -1 : uniform < disagreement ? 1 : 0);
        }
        if (process.logEValue() >= Math.log(family / 0.05)) certified += 1;
      }
      const power = expectedPower({ margin, alpha: 0.05, family }, pairs, disagreement);
      // Four standard deviations of the simulation.
      expect(Math.abs(certified / runs - power)).toBeLessThan(
        4 * Math.sqrt((power * (1 - power)) / runs) + 1e-3,
      );
    },
  );

  it("grows with pairs and margin, and falls with disagreement and the number of tests", () => {
    const at = (pairs: number, disagreement: number, more = {}) =>
      expectedPower({ ...design, ...more }, pairs, disagreement);
    expect(at(400, 0.1)).toBeGreaterThan(at(200, 0.1));
    expect(at(400, 0.1)).toBeGreaterThan(at(400, 0.2));
    expect(at(400, 0.1)).toBeGreaterThan(at(400, 0.1, { margin: 0.03 }));
    expect(at(400, 0.1)).toBeGreaterThan(at(400, 0.1, { family: 16 }));
    expect(at(400, 0.1, { margin: 0 })).toBe(0);
    expect(at(0, 0.1)).toBe(0);
  });

  it("of a census is the chance that these pairs lose no more than the margin", () => {
    // One pair in two disagrees: at a margin of 0 the candidate must win at least as often as it loses.
    const even = expectedPower({ ...design, margin: 0 }, 2, 0.5, true);
    // No pair differs (1/4), one does and is won (1/2 of 1/2), both do and are not both lost (3/4 of 1/4).
    expect(even).toBeCloseTo(0.25 + 0.25 + 0.1875, 12);
  });
});
