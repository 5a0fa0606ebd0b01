import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { type CostPair, certifiedSaving } from "./cost-ratio.js";

const OPTIONS = { alpha: 0.05, baselineBound: 4, candidateBound: 4 };
const LOOKS = [40, 80, 120, 200];
const RUNS = 2_000;

interface Law {
  /** Chance that an answer is accepted, and two equally likely costs. */
  readonly accepts: number;
  readonly costs: readonly [number, number];
}

/** Cost per accepted answer of a law. */
const perAccepted = ({ accepts, costs }: Law): number => (costs[0] + costs[1]) / 2 / accepts;

function drawPairs(seed: string, baseline: Law, candidate: Law, count: number): CostPair[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    // Hard prompts are hard and long for both: the sides depend on each other.
    const [hardness, length] = [random.next(), random.next() < 0.5 ? 0 : 1];
    return {
      baselineCost: baseline.costs[length]!,
      baselineAccepted: hardness < baseline.accepts ? 1 : 0,
      candidateCost: candidate.costs[length]!,
      candidateAccepted: hardness < candidate.accepts ? 1 : 0,
    };
  });
}

/** Share of runs in which some look certifies more than is true. */
function falseShare(baseline: Law, candidate: Law): number {
  const truth = 1 - perAccepted(candidate) / perAccepted(baseline);
  let wrong = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const pairs = drawPairs(`cost ${run}`, baseline, candidate, LOOKS.at(-1)!);
    const isWrong = LOOKS.some((look) => {
      const saving = certifiedSaving(pairs.slice(0, look), OPTIONS);
      return saving !== null && saving >= truth - 1e-12;
    });
    if (isWrong) wrong += 1;
  }
  return wrong / RUNS;
}

describe("the certified saving for each accepted answer", () => {
  it.each([
    {
      name: "both cost the same",
      baseline: { accepts: 0.8, costs: [1, 3] },
      candidate: { accepts: 0.8, costs: [3, 1] },
    },
    {
      name: "half the price, accepted half as often",
      baseline: { accepts: 0.8, costs: [1, 3] },
      candidate: { accepts: 0.4, costs: [0.5, 1.5] },
    },
    {
      name: "dearer calls, accepted more often",
      baseline: { accepts: 0.5, costs: [1, 2] },
      candidate: { accepts: 1, costs: [2, 4] },
    },
    {
      name: "exactly half the cost",
      baseline: { accepts: 0.9, costs: [1, 3] },
      candidate: { accepts: 0.45, costs: [0.25, 0.75] },
    },
  ] as const)(
    "is too large at most as often as alpha allows, at the boundary: $name",
    ({ baseline, candidate }) => {
      expect(falseShare(baseline, candidate)).toBeLessThanOrEqual(OPTIONS.alpha);
    },
  );

  it("finds a saving that is there, and never more than was observed", () => {
    const [baseline, candidate] = [
      { accepts: 0.9, costs: [1, 3] },
      { accepts: 0.9, costs: [0.1, 0.3] },
    ] as const;
    const found = Array.from({ length: 50 }, (_, run) =>
      certifiedSaving(drawPairs(`power ${run}`, baseline, candidate, 200), OPTIONS),
    );
    for (const saving of found) {
      expect(saving).not.toBeNull();
      expect(saving!).toBeGreaterThan(0.3);
      expect(saving!).toBeLessThan(0.9);
    }
  });

  it("pays for pairing: equal acceptance needs no knowledge of how often answers are accepted", () => {
    const paired = Array.from({ length: 60 }, (_, index) => ({
      ...{ baselineCost: 2, candidateCost: 0.2 },
      ...{ baselineAccepted: index % 2, candidateAccepted: index % 2 },
    }));
    const crossed = paired.map((pair, index) => ({ ...pair, candidateAccepted: (index + 1) % 2 }));
    const options = { alpha: 0.05, baselineBound: 2, candidateBound: 2 };
    expect(certifiedSaving(paired, options)!).toBeGreaterThan(certifiedSaving(crossed, options) ?? -1);
  });

  it("is none without accepted answers, without costs, and without pairs", () => {
    const pair = { baselineCost: 1, baselineAccepted: 0, candidateCost: 0.1, candidateAccepted: 1 };
    expect(certifiedSaving([], OPTIONS)).toBeNull();
    expect(certifiedSaving(Array(100).fill(pair), OPTIONS)).toBeNull();
    expect(
      certifiedSaving(Array(100).fill({ ...pair, baselineAccepted: 1, baselineCost: 0 }), OPTIONS),
    ).toBeNull();
  });

  it("depends neither on the order of pairs nor on the unit of cost", () => {
    const cost = fc.constantFrom(0.1, 0.5, 1, 2);
    const accepted = fc.constantFrom(0, 1, 1);
    const pair = fc.record({
      ...{ baselineCost: cost, baselineAccepted: accepted },
      ...{ candidateCost: cost, candidateAccepted: accepted },
    });
    fc.assert(
      fc.property(
        fc.array(pair, { minLength: 50, maxLength: 150 }),
        fc.constantFrom(1e-6, 1e12),
        (pairs, unit) => {
          const saving = certifiedSaving(pairs, OPTIONS);
          expect(certifiedSaving([...pairs].reverse(), OPTIONS)).toBe(saving);
          const scaled = pairs.map((one) => ({
            ...one,
            ...{ baselineCost: one.baselineCost * unit, candidateCost: one.candidateCost * unit },
          }));
          const bounds = { baselineBound: 4 * unit, candidateBound: 4 * unit };
          expect(certifiedSaving(scaled, { alpha: 0.05, ...bounds })).toBe(saving);
        },
      ),
      { numRuns: 40 },
    );
  });
});
