import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { type Candidate, drawSamples, SAMPLE_DESIGNS } from "./draw-samples.js";

const candidate = fc.record({
  cluster: fc.constantFrom("a", "b", "c"),
  costUsd: fc.double({ min: 0, max: 10, noNaN: true }),
});

describe("drawn samples", () => {
  it("are distinct, keep their probabilities, and stand in one order", () => {
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(...SAMPLE_DESIGNS),
        fc.integer(),
        (candidates, total, design, seed) => {
          const clusterCost = new Map([
            ["a", 5],
            ["b", 0.01],
          ]);
          const draws = drawSamples(candidates, { design, total, clusterCost }, createRandom(seed));

          expect(draws).toHaveLength(Math.min(total, candidates.length));
          expect(new Set(draws.map(({ at }) => at)).size).toBe(draws.length);
          expect(draws.map(({ order }) => order)).toEqual(draws.map((_, order) => order));
          // Over the strata that were drawn from, inclusion probabilities sum to n and weights to N.
          const sizes = new Map<string, number>();
          for (const { stratum, weight } of draws) sizes.set(stratum, (sizes.get(stratum) ?? 0) + weight);
          let expected = 0;
          for (const [stratum, size] of sizes) {
            const one = draws.find((draw) => draw.stratum === stratum)!;
            expect(size).toBeCloseTo(Math.round(size), 6);
            expected += Math.round(size) * one.inclusionProbability;
          }
          expect(expected).toBeCloseTo(draws.length, 6);
        },
      ),
    );
  });

  it("give every prompt of a cluster the same chance, so that plain means speak for the cluster", () => {
    const candidates: Candidate[] = Array.from({ length: 12 }, (_, at) => ({
      cluster: at < 8 ? "a" : "b",
      costUsd: at,
    }));
    const seen = new Array<number>(12).fill(0);
    const runs = 3000;
    for (let seed = 0; seed < runs; seed += 1) {
      const options = {
        design: "uniform" as const,
        total: 6,
        clusterCost: new Map([
          ["a", 1],
          ["b", 1],
        ]),
      };
      for (const { at } of drawSamples(candidates, options, createRandom(seed))) seen[at]! += 1;
    }

    // 3 of 8 and 3 of 4; five standard deviations of a binomial share.
    const within = (at: number, chance: number) =>
      expect(Math.abs(seen[at]! / runs - chance)).toBeLessThan(5 * Math.sqrt((chance * (1 - chance)) / runs));
    for (let at = 0; at < 8; at += 1) within(at, 3 / 8);
    for (let at = 8; at < 12; at += 1) within(at, 3 / 4);
  });

  it("leave enough of each cluster for its own question before money decides", () => {
    const candidates: Candidate[] = Array.from({ length: 1000 }, (_, at) => ({
      cluster: at < 500 ? "dear" : "cheap",
      costUsd: 1,
    }));
    const clusterCost = new Map([
      ["dear", 1_000_000],
      ["cheap", 1],
    ]);
    const draws = drawSamples(candidates, { design: "uniform", total: 400, clusterCost }, createRandom(1));

    expect(draws.filter(({ at }) => at >= 500)).toHaveLength(100);
  });

  it("take more of what costs more when money is to be estimated", () => {
    const candidates: Candidate[] = Array.from({ length: 90 }, (_, at) => ({
      cluster: "a",
      costUsd: at ** 3,
    }));
    const draws = drawSamples(
      candidates,
      { design: "cost", total: 30, clusterCost: new Map() },
      createRandom(1),
    );
    const of = (tercile: string) => draws.filter(({ stratum }) => stratum === `a/${tercile}`).length;

    expect(of("low")).toBe(2);
    expect(of("high")).toBeGreaterThan(of("middle"));
  });

  it("come out the same for the same seed and differ for another", () => {
    const candidates: Candidate[] = Array.from({ length: 200 }, () => ({ cluster: "a", costUsd: 1 }));
    const draw = (seed: number) =>
      drawSamples(candidates, { design: "uniform", total: 20, clusterCost: new Map() }, createRandom(seed));

    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });
});
