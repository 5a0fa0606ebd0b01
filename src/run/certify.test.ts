import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../shared/random.js";
import { type CertifyOptions, CertifyState, certify, type Pair } from "./certify.js";
import { checkpoints } from "./certify-bounds.js";

const traffic: CertifyOptions = {
  alpha: 0.05,
  family: 1,
  margin: 0.05,
  population: "traffic",
  populationSize: null,
  earlyStopping: false,
};
const samples = (populationSize: number): CertifyOptions => ({
  ...traffic,
  population: "samples",
  populationSize,
});

const pair = (difference: number | null): Pair => ({
  difference,
  baselineScore: difference === null ? null : Math.max(0, -difference),
  candidateScore: difference === null ? null : Math.max(0, difference),
});
const pairsOf = (differences: readonly (number | null)[]): Pair[] => differences.map(pair);
const repeat = (value: number | null, times: number): (number | null)[] => Array(times).fill(value);

const someDifference = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(-1, 1) },
  { weight: 1, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
);

describe("certifying a loss within the margin", () => {
  it("certifies a candidate that always ties after 71 pairs at 5 points and 361 at 1 point", () => {
    expect(certify(pairsOf(repeat(0, 100)), traffic)).toMatchObject({
      verdict: "certified",
      n: 100,
      decidedAt: 71,
      difference: 0,
      disagreement: 0,
      samplesNeeded: 0,
    });
    expect(certify(pairsOf(repeat(0, 400)), { ...traffic, margin: 0.01 }).decidedAt).toBe(361);
  });

  it("stays inconclusive on 100 ties at 1 point, and names the margin that holds and the pairs that lack", () => {
    const { verdict, decidedAt, certifiableMargin, lower, samplesNeeded } = certify(pairsOf(repeat(0, 100)), {
      ...traffic,
      margin: 0.01,
    });
    expect({ verdict, decidedAt }).toEqual({ verdict: "inconclusive", decidedAt: null });
    expect(certifiableMargin).toBeCloseTo(0.036, 3);
    expect(lower).toBe(-certifiableMargin);
    expect(samplesNeeded).toBeGreaterThan(250);
  });

  it("rejects a candidate that loses one pair in four, and expects no number of pairs to be enough", () => {
    const differences = Array.from({ length: 100 }, (_, index) => (index % 4 === 0 ? -1 : 0));
    const result = certify(pairsOf(differences), traffic);
    expect(result).toMatchObject({ verdict: "rejected", n: 100, samplesNeeded: null, difference: -0.25 });
    expect(result.decidedAt).toBeLessThan(60);
    expect(result).toMatchObject({ baselineScore: 0.25, candidateScore: 0, disagreement: 0.25 });
  });

  it("takes more pairs when more tests share alpha", () => {
    const alone = certify(pairsOf(repeat(0, 300)), traffic).decidedAt!;
    const oneOfTen = certify(pairsOf(repeat(0, 300)), { ...traffic, family: 10 }).decidedAt!;
    expect(oneOfTen).toBeGreaterThan(alone);
  });

  it("stops at the first verdict with early stopping, and ignores answers that were still under way", () => {
    const state = new CertifyState({ ...traffic, earlyStopping: true });
    for (const each of pairsOf(repeat(0, 71))) state.push(each);
    const before = state.certificate();
    expect(state.finished).toBe(true);
    expect(state.push(pair(-1))).toBe("certified");
    expect(state.certificate()).toEqual(before);
    expect(certify(pairsOf(repeat(0, 500)), { ...traffic, earlyStopping: true })).toEqual(before);
  });

  it("gives up when the pairs left can bring no verdict, and not while they may", () => {
    // Even wins and losses, one pair in five: no loss, but far too much noise for 1 point on 120 pairs.
    const noisy = Array.from({ length: 120 }, (_, index) => ({ 3: 1, 8: -1 })[index % 10] ?? 0);
    const early: CertifyOptions = { ...traffic, margin: 0.01, earlyStopping: true };
    const given = certify(pairsOf(noisy), { ...early, planned: 120 });
    expect(given.verdict).toBe("futile");
    expect(given.n).toBeLessThan(120);
    expect(given.decidedAt).toBe(given.n);
    expect(certify(pairsOf(noisy), { ...early, planned: 50_000 }).verdict).toBe("inconclusive");
    expect(certify(pairsOf(noisy), early).verdict).toBe("inconclusive");
  });

  it("seldom gives up an equivalent candidate that its pairs would certify", () => {
    // Five pairs in a hundred disagree, either way alike: 500 pairs certify 5 points nearly always.
    const random = createRandom("given up");
    let certified = 0;
    for (let run = 0; run < 200; run += 1) {
      const differences = Array.from({ length: 500 }, () => {
        const uniform = random.next();
        return uniform < 0.025 ? -1 : uniform < 0.05 ? 1 : 0;
      });
      const { verdict } = certify(pairsOf(differences), { ...traffic, earlyStopping: true, planned: 500 });
      if (verdict === "certified") certified += 1;
    }
    expect(certified / 200).toBeGreaterThan(0.93);
  });

  it("calls a run that ended before its plan futile only if the rest could not decide", () => {
    const noisy = Array.from({ length: 100 }, (_, index) => ({ 3: 1, 8: -1 })[index % 10] ?? 0);
    expect(certify(pairsOf(noisy), { ...traffic, margin: 0.01, planned: 110 }).verdict).toBe("futile");
    expect(certify(pairsOf(noisy), { ...traffic, margin: 0.01, planned: 100 }).verdict).toBe("inconclusive");
  });

  it("reports how far the evidence is on its way", () => {
    const state = new CertifyState(traffic);
    expect(state.progress).toBe(0);
    for (const each of pairsOf(repeat(0, 40))) state.push(each);
    expect(state.progress).toBeGreaterThan(0.3);
    expect(state.progress).toBeLessThan(1);
    for (const each of pairsOf(repeat(0, 40))) state.push(each);
    expect(state.progress).toBeGreaterThanOrEqual(1);
  });

  it("never certifies more than it can bound: certified means lower >= -margin", () => {
    fc.assert(
      fc.property(
        fc.array(someDifference, { minLength: 1, maxLength: 150 }),
        fc.constantFrom(0.01, 0.05, 0.2),
        fc.boolean(),
        (differences, margin, earlyStopping) => {
          for (const options of [traffic, samples(150)]) {
            const result = certify(pairsOf(differences), { ...options, margin, earlyStopping });
            if (result.verdict === "certified") expect(result.lower).toBeGreaterThanOrEqual(-margin - 1e-12);
            else if (differences.length < 150) expect(result.lower).toBeLessThan(-margin + 1e-9);
            expect(result.certifiableMargin).toBe(Math.max(0, -result.lower));
          }
        },
      ),
      { numRuns: 60, seed: 10 },
    );
  });

  it("is never hurt by ties between the other pairs", () => {
    fc.assert(
      fc.property(
        fc.array(someDifference, { maxLength: 80 }),
        fc.integer({ min: 1, max: 40 }),
        (differences, ties) => {
          const without = certify(pairsOf(differences), traffic);
          const withTies = certify(pairsOf([...repeat(0, ties), ...differences]), traffic);
          expect(withTies.eValue).toBeGreaterThanOrEqual(without.eValue - 1e-9);
        },
      ),
      { numRuns: 100, seed: 11 },
    );
  });
});

describe("a claim about these samples", () => {
  it("is exact once all of them are graded, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(someDifference, { minLength: 1, maxLength: 60 }), (differences) => {
        const result = certify(pairsOf(differences), samples(differences.length));
        expect(result.lower).toBe(result.difference);
        expect(result.upper).toBe(result.difference);
        const tolerable = result.difference! >= -0.05 - 1e-12;
        expect(result.verdict).toBe(tolerable ? "certified" : "rejected");
      }),
      { numRuns: 100, seed: 12 },
    );
  });

  it("tolerates a loss of exactly the margin", () => {
    const differences = [...repeat(0, 95), ...repeat(-1, 5)];
    for (const order of [differences, [...differences].reverse()]) {
      expect(certify(pairsOf(order), samples(100)).verdict).toBe("certified");
    }
    expect(certify(pairsOf([...repeat(0, 94), ...repeat(-1, 6)]), samples(100)).verdict).toBe("rejected");
  });

  it("needs fewer pairs than a claim about traffic, and at most those that are left", () => {
    const differences = repeat(0, 80);
    const finite = certify(pairsOf(differences), { ...samples(100), margin: 0.01 });
    const stream = certify(pairsOf(differences), { ...traffic, margin: 0.01 });
    expect(finite.lower).toBeGreaterThan(stream.lower);
    expect(finite.samplesNeeded).toBe(20);
  });

  it("is never futile while a census can be had", () => {
    const noisy = Array.from({ length: 90 }, (_, index) => ({ 3: 1, 8: -1 })[index % 10] ?? 0);
    const options = { ...samples(100), margin: 0.01, earlyStopping: true, planned: 100 };
    expect(certify(pairsOf(noisy), options).verdict).toBe("inconclusive");
  });
});

describe("pairs without a grade", () => {
  it("are left out and counted up to 2 %", () => {
    const result = certify(pairsOf([...repeat(0, 100), null, null]), traffic);
    const without = certify(pairsOf(repeat(0, 100)), traffic);
    expect(result).toMatchObject({ n: 102, missing: 2, verdict: "certified", difference: 0 });
    expect(result.lower).toBe(without.lower);
  });

  it("count as the worst case above 2 %, for acceptance and for rejection", () => {
    const gaps = Array.from({ length: 400 }, (_, index) => (index % 10 === 0 ? null : 0));
    const result = certify(pairsOf(gaps), traffic);
    expect(result).toMatchObject({ missing: 40, verdict: "inconclusive", difference: 0 });
    expect(result.lower).toBeLessThan(-0.1);
    expect(result.upper).toBeGreaterThan(0.1);
  });

  it("leave a census open when they could tip it", () => {
    const result = certify(pairsOf([...repeat(0, 90), ...repeat(null, 10)]), samples(100));
    expect(result).toMatchObject({ verdict: "inconclusive", lower: -0.1, upper: 0.1, samplesNeeded: null });
    expect(certify(pairsOf([...repeat(0, 99), null]), samples(100))).toMatchObject({
      verdict: "certified",
      lower: 0,
      upper: 0,
    });
  });

  it("alone give no figures and no verdict", () => {
    expect(certify(pairsOf([null, null]), traffic)).toMatchObject({
      verdict: "inconclusive",
      difference: null,
      baselineScore: null,
      lower: -1,
      upper: 1,
      path: [],
    });
  });
});

describe("weighted draws", () => {
  it("estimate the mean of the population they were drawn from", () => {
    const pairs = [
      { ...pair(-1), weight: 0.5 },
      { ...pair(0), weight: 2 },
      { ...pair(1), weight: 0.5 },
      { ...pair(-1), weight: 1 },
    ];
    const result = certify(pairs, { ...traffic, largestWeight: 2 });
    expect(result.difference).toBeCloseTo(-0.25, 12);
    expect(result.candidateScore! - result.baselineScore!).toBeCloseTo(result.difference!, 12);
  });

  it("take more ties to certify, since one heavy loss may be yet to come", () => {
    const decided = certify(pairsOf(repeat(0, 300)), { ...traffic, largestWeight: 2 }).decidedAt!;
    expect(decided).toBeGreaterThan(71);
  });
});

describe("error rate at a true loss of exactly the margin", () => {
  // 2,000 runs, looked at after every pair; the share certified must not exceed alpha.
  it.each([
    { margin: 0.05, disagreement: 0.05, longest: 1000 },
    { margin: 0.05, disagreement: 0.1, longest: 1000 },
    { margin: 0.05, disagreement: 0.3, longest: 1000 },
    { margin: 0.01, disagreement: 0.05, longest: 1000 },
    { margin: 0.2, disagreement: 0.4, longest: 500 },
  ])(
    "is at most 5 % at margin $margin and disagreement $disagreement",
    ({ margin, disagreement, longest }) => {
      const random = createRandom(`null ${margin} ${disagreement}`);
      const losing = pair(-1);
      const winning = pair(1);
      const tying = pair(0);
      let certified = 0;
      for (let run = 0; run < 2000; run += 1) {
        const state = new CertifyState({ ...traffic, margin, earlyStopping: true });
        while (state.pairs < longest && !state.finished) {
          const uniform = random.next();
          const lost = uniform < (disagreement + margin) / 2;
          state.push(lost ? losing : uniform < disagreement ? winning : tying);
        }
        if (state.verdict === "certified") certified += 1;
      }
      expect(certified).toBeLessThanOrEqual(0.05 * 2000);
    },
  );

  it("is at most 5 % for graded scores and a shared alpha of four tests together", () => {
    const random = createRandom("null graded");
    let anyCertified = 0;
    for (let run = 0; run < 500; run += 1) {
      const states = Array.from({ length: 4 }, () => new CertifyState({ ...traffic, family: 4 }));
      for (let n = 0; n < 400; n += 1) {
        for (const state of states) state.push(pair(Math.round((random.next() * 0.8 - 0.45) * 20) / 20));
      }
      if (states.some(({ verdict }) => verdict === "certified")) anyCertified += 1;
    }
    expect(anyCertified).toBeLessThanOrEqual(25);
  });

  it("is at most 5 % for a random order of finitely many samples that lose just over the margin", () => {
    const random = createRandom("null finite");
    const population = [...repeat(-1, 24), ...repeat(1, 13), ...repeat(0, 163)];
    let certifiedBeforeCensus = 0;
    for (let run = 0; run < 1000; run += 1) {
      const pairs = pairsOf(random.shuffle(population));
      const state = new CertifyState({ ...samples(200), earlyStopping: true });
      for (const each of pairs) state.push(each);
      if (state.verdict === "certified") certifiedBeforeCensus += 1;
    }
    expect(certifiedBeforeCensus).toBeLessThanOrEqual(50);
  });

  it("bounds the true difference from both sides at all checkpoints in at least 90 % of runs", () => {
    const random = createRandom("coverage");
    let missed = 0;
    for (let run = 0; run < 300; run += 1) {
      const differences = Array.from({ length: 200 }, () => {
        const uniform = random.next();
        return uniform < 0.08 ? -1 : uniform < 0.12 ? 1 : 0;
      });
      const { path } = certify(pairsOf(differences), traffic);
      if (path.some(({ lower, upper }) => lower > -0.04 || upper < -0.04)) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(30);
  });
});

describe("the path of bounds", () => {
  it("has about forty counts up to a thousand, the verdict and the end among them, and only narrows", () => {
    expect(checkpoints(1000, 71).length).toBeGreaterThan(30);
    expect(checkpoints(1000, 71).length).toBeLessThan(45);
    expect(checkpoints(0, null)).toEqual([]);
    const { path } = certify(pairsOf(repeat(0, 100)), traffic);
    expect(path.map(({ n }) => n)).toContain(71);
    expect(path.at(-1)!.n).toBe(100);
    for (const [index, point] of path.slice(1).entries()) {
      expect(point.lower).toBeGreaterThanOrEqual(path[index]!.lower);
      expect(point.upper).toBeLessThanOrEqual(path[index]!.upper);
    }
  });
});

describe("options that make no claim", () => {
  it.each([
    { margin: 1 },
    { margin: -0.1 },
    { beta: 0 },
    { alpha: 1 },
    { family: 0 },
    { population: "samples", populationSize: null },
    { population: "samples", populationSize: 10, largestWeight: 2 },
  ] as const)("are refused: %o", (wrong) => {
    expect(() => new CertifyState({ ...traffic, ...wrong })).toThrow(RangeError);
  });

  it("and so are pairs outside the scale or heavier than the design allows", () => {
    expect(() => certify([pair(1.01)], traffic)).toThrow(RangeError);
    expect(() => certify([{ ...pair(0), weight: 2 }], traffic)).toThrow(RangeError);
  });
});
