import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterTable } from "./cluster-table.js";
import { GRAM_BUCKETS, gramsOf } from "./features.js";
import { asLogged, drawWorld } from "./fixtures/world.js";
import { dot, fitLogistic, sigmoid } from "./logistic.js";
import { estimateOffPolicy, type LoggedOutcome } from "./off-policy.js";
import { outcomesFrom } from "./outcomes.js";

const outcome = (more: Partial<LoggedOutcome>): LoggedOutcome => ({
  ...{ propensity: 1, agrees: true, reward: 1, predictedLogged: 0, predictedPolicy: 0 },
  ...more,
});

describe("estimates from logged choices", () => {
  it("are the plain mean where the policy is the log's own", () => {
    const rewards = [0, 1, 0.5, 1];
    const estimate = estimateOffPolicy(
      rewards.map((reward) => outcome({ reward, predictedLogged: 0.3, predictedPolicy: 0.3 })),
    );
    expect(estimate).toMatchObject({ ips: 0.625, snips: 0.625, effectiveSamples: 4, meanWeight: 1 });
    expect(estimate.doublyRobust).toBeCloseTo(0.625, 12);
  });

  it("are IPS where nothing is predicted", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            propensity: fc.double({ min: 0.05, max: 1, noNaN: true }),
            agrees: fc.boolean(),
            reward: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        (log) => {
          const { ips, doublyRobust } = estimateOffPolicy(log.map(outcome));
          expect(doublyRobust).toBeCloseTo(ips, 9);
        },
      ),
    );
  });

  it("are unbiased over every outcome of a log that can be enumerated", () => {
    // Two contexts, two arms: what the log chooses is enumerated with its chance, so the mean is exact.
    const reward = [
      [0.2, 0.9],
      [0.7, 0.1],
    ];
    const chance = [0.3, 0.8];
    const policy = [1, 0];
    let [ips, doublyRobust] = [0, 0];
    for (const context of [0, 1]) {
      for (const arm of [0, 1]) {
        const propensity = arm === 1 ? chance[context]! : 1 - chance[context]!;
        const estimate = estimateOffPolicy([
          outcome({
            propensity,
            agrees: policy[context] === arm,
            reward: reward[context]![arm]!,
            predictedLogged: 0.4,
            predictedPolicy: 0.4,
          }),
        ]);
        ips += (propensity * estimate.ips) / 2;
        doublyRobust += (propensity * estimate.doublyRobust) / 2;
      }
    }
    expect(ips).toBeCloseTo((0.9 + 0.7) / 2, 12);
    expect(doublyRobust).toBeCloseTo((0.9 + 0.7) / 2, 12);
  });

  it("say how little a log holds that never agrees, and refuse impossible chances", () => {
    expect(estimateOffPolicy([outcome({ agrees: false })])).toMatchObject({
      snips: null,
      effectiveSamples: 0,
    });
    expect(() => estimateOffPolicy([])).toThrow(RangeError);
    expect(() => estimateOffPolicy([outcome({ propensity: 0 })])).toThrow(RangeError);
  });
});

describe("doubly robust differences", () => {
  it("average to the paired ones and stay within their bound", () => {
    const world = drawWorld(8000, [{ name: "all", lose: 0.3, win: 0.05 }], "robust");
    const logged = asLogged(world, 0.4, "coin");
    const [training, rest] = [logged.samples.slice(0, 4000), logged.samples.slice(4000)];
    const outcomes = outcomesFrom(training, 2, 0.4);
    const estimated = rest.map((sample) => outcomes.difference(sample, 1)!);
    expect(Math.max(...estimated.map(Math.abs))).toBeLessThanOrEqual(outcomes.bound);
    expect(estimated.reduce((sum, value) => sum + value, 0) / rest.length).toBeCloseTo(-0.25, 1);
  });
});

describe("means by cluster", () => {
  const values = (cluster: string, n: number, share: number) =>
    Array.from({ length: n }, (_, index) => ({ cluster, value: index < share * n ? 1 : 0 }));

  it("draw small clusters to the mean of all, and hold large ones that differ where they are", () => {
    const table = clusterTable([
      ...values("large", 400, 0.9),
      ...values("other", 400, 0.1),
      ...values("tiny", 2, 1),
    ]);
    expect(table.of("large")).toBeCloseTo(0.9, 1);
    expect(table.of("tiny")).toBeLessThan(1);
    expect(table.of("never seen")).toBe(table.mean);
  });

  it("are the mean of all where clusters do not differ", () => {
    const table = clusterTable([...values("a", 100, 0.5), ...values("b", 100, 0.5)]);
    expect(table.of("a")).toBeCloseTo(0.5, 9);
  });
});

describe("the regression", () => {
  const options = { dimensions: 2, penalty: 0, constant: 0 };
  const row = (x: number) => ({ indices: [0, 1], values: [1, x] });

  it("finds the log odds of a table of counts exactly", () => {
    const rows = [...Array.from({ length: 10 }, () => row(0)), ...Array.from({ length: 10 }, () => row(1))];
    const targets = rows.map((_, index) => (index < 10 ? Number(index < 2) : Number(index < 17)));
    const weights = fitLogistic(rows, targets, options);
    expect(sigmoid(dot(row(0), weights))).toBeCloseTo(0.2, 3);
    expect(sigmoid(dot(row(1), weights))).toBeCloseTo(0.7, 3);
  });

  it("is drawn towards zero by the penalty, but not its constant", () => {
    const rows = [row(1), row(-1), row(1), row(-1)];
    const [loose] = [fitLogistic(rows, [1, 1, 1, 0], { ...options, penalty: 1 })[1]!];
    const tight = fitLogistic(rows, [1, 1, 1, 0], { ...options, penalty: 1000 });
    expect(Math.abs(tight[1]!)).toBeLessThan(Math.abs(loose));
    expect(sigmoid(tight[0]!)).toBeCloseTo(0.75, 2);
  });

  it("copes with separable rows and extreme values", () => {
    const weights = fitLogistic([row(-1e3), row(1e3)], [0, 1], { ...options, penalty: 1 });
    expect(weights.every(Number.isFinite)).toBe(true);
    expect([-800, 800].map(sigmoid)).toEqual([expect.closeTo(0, 12), 1]);
  });
});

describe("hashed grams", () => {
  it("have unit length, depend on order by pairs of words, and are none without words", () => {
    const grams = gramsOf("the cat saw the dog");
    const squares = [...grams.values()].reduce((sum, value) => sum + value * value, 0);
    expect(squares).toBeCloseTo(1, 12);
    expect([...grams.keys()].every((bucket) => bucket >= 0 && bucket < GRAM_BUCKETS)).toBe(true);
    expect(gramsOf("dog the saw cat the")).not.toEqual(grams);
    expect(gramsOf("Ça, THE cat")).toEqual(gramsOf("ça the CAT"));
    expect(gramsOf("... !")).toEqual(new Map());
  });
});
