import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPricer } from "../executors/pricer.js";
import { AT, answer, BASE, evaluationInputs, MINI, priceBook, samples } from "../fixtures/setup.js";
import { Budget } from "./budget.js";
import { checkConsent, JUDGE_CONTENT, samplesContent } from "./consent.js";
import { estimateRun } from "./estimate.js";
import { firstHour } from "./first-hour.js";

describe("the budget", () => {
  it("is never passed by what is spent plus what is under way", () => {
    const call = fc.record({
      worst: fc.nat(50),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      early: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.nat(200), fc.array(call), (ceiling, calls) => {
        const budget = new Budget({ usd: BigInt(ceiling), tokens: null });
        const underWay: (() => void)[] = [];
        for (const { worst, share, early } of calls) {
          const worstCase = { tokens: worst, cost: BigInt(worst) };
          if (budget.shortOf(worstCase) !== null) continue;
          budget.reserve(worstCase);
          const settle = (): void =>
            budget.settle(worstCase, answer({ cost: BigInt(Math.floor(worst * share)) }));
          if (early) settle();
          else underWay.push(settle);
        }
        for (const settle of underWay) settle();
        expect(budget.spent.usd).toBeLessThanOrEqual(BigInt(ceiling));
      }),
    );
  });

  it("holds a ceiling of tokens too", () => {
    const budget = new Budget({ usd: null, tokens: 30 });
    const worst = { tokens: 20, cost: null };
    budget.reserve(worst);
    expect(budget.shortOf(worst)).toBe("tokens");
    budget.settle(worst, answer({ inputTokens: 5, outputTokens: 2 }));
    expect(budget.shortOf(worst)).toBeNull();
    expect(budget.spent).toEqual({ calls: 1, usd: 1_000_000n, tokens: 7 });
  });

  it.each([
    [
      "an answer without usage",
      { cost: null, inputTokens: null, outputTokens: null },
      { calls: 1, usd: 9n, tokens: 20 },
    ],
    [
      "a timeout",
      { status: "timeout", cost: null, inputTokens: null, outputTokens: null },
      { calls: 1, usd: 9n, tokens: 20 },
    ],
    ["a failed call", { status: "error", cost: null }, { calls: 0, usd: 0n, tokens: 0 }],
    ["an answer of the cache", { cached: true, lostAttempts: 2 }, { calls: 0, usd: 0n, tokens: 0 }],
    ["an answer after two that broke off", { lostAttempts: 2 }, { calls: 1, usd: 1_000_018n, tokens: 47 }],
    [
      "a call that broke off twice and failed",
      { status: "error", cost: null, lostAttempts: 2 },
      { calls: 0, usd: 18n, tokens: 40 },
    ],
  ] as const)("counts %s as it may have been billed", (_, overrides, spent) => {
    const budget = new Budget({ usd: null, tokens: null });
    const worst = { tokens: 20, cost: 9n };
    budget.reserve(worst);
    budget.settle(worst, answer(overrides));
    expect(budget.spent).toEqual(spent);
  });
});

describe("consent", () => {
  const hosts = ["api.openai.com", "127.0.0.1:8000"];
  const recipients = [
    { host: hosts[0]!, gets: samplesContent(12) },
    { host: hosts[1]!, gets: JUDGE_CONTENT },
  ];
  const request = { recipients, sendTo: [], yesSendTo: [] };

  it("is asked for before any call, naming host, content and flag", () => {
    const ask = (): unknown => checkConsent(request);
    expect(ask).toThrowError(
      expect.objectContaining({
        code: "TOP-RUN-CONSENT",
        exitCode: 2,
        message: expect.stringContaining("api.openai.com"),
        found:
          "api.openai.com would get the full message text of 12 samples, system prompts included, and no reference answers. " +
          "127.0.0.1:8000 would get as judge the messages of samples, the answers of both models and the reference answers.",
        fix: expect.stringContaining("--yes-send-to api.openai.com"),
      }),
    );
  });

  it("is given by policy or command line, for each host", () => {
    expect(() => checkConsent({ ...request, sendTo: ["api.openai.com"] })).toThrowError(/127\.0\.0\.1:8000/);
    expect(checkConsent({ ...request, sendTo: ["API.openai.com"], yesSendTo: ["127.0.0.1"] })).toEqual(hosts);
  });
});

describe("the estimate of a run", () => {
  const pricer = createPricer(priceBook(), AT);
  const { questions } = evaluationInputs();
  const options = {
    population: "traffic",
    sampleSize: null,
    seed: 1,
    alpha: 0.05,
    family: 1,
    maxOutputTokens: 100,
  } as const;

  it("counts shared baseline answers once", () => {
    const two = [
      ...questions,
      { ...questions[0]!, id: "other", candidate: { provider: "anthropic", model: "claude-1" } },
    ];
    expect(estimateRun(two, samples(100), pricer, options).calls).toBe(300);
  });

  it("expects less than the most, and says what each model takes at most", () => {
    const { expected, most, models } = estimateRun(questions, samples(100), pricer, options);
    expect(most.cost).toBeGreaterThan(expected.cost!);
    expect(models.reduce((sum, model) => sum + model.most!, 0n)).toBe(most.cost);
  });

  it("says how many pairs certify a candidate that always ties, and whether they are there", () => {
    const [estimate] = estimateRun(questions, samples(100), pricer, options).questions;
    // 71 at a margin of 5 points and alpha 0.05: methods' table for the mixture.
    expect(estimate).toMatchObject({ pairsOnFile: 100, pairsIfAllTie: 71, isEnough: true });
    const strict = [{ ...questions[0]!, margin: 0.01 }];
    expect(estimateRun(strict, samples(100), pricer, options).questions[0]).toMatchObject({
      pairsIfAllTie: 361,
      isEnough: false,
    });
    const census = { ...options, population: "samples" } as const;
    expect(estimateRun(strict, samples(100), pricer, census).questions[0]).toMatchObject({
      pairsIfAllTie: 100,
      isEnough: true,
    });
    const exact = [{ ...questions[0]!, margin: 0 }];
    expect(estimateRun(exact, samples(100), pricer, options).questions[0]).toMatchObject({
      pairsIfAllTie: null,
      isEnough: false,
    });
  });

  it("says how likely these pairs are to certify an equivalent candidate", () => {
    const powerAt = (count: number, more = {}) =>
      estimateRun(questions, samples(count), pricer, { ...options, ...more }).questions[0]!.powerIfEquivalent;
    const [few, many] = powerAt(300);
    expect(few!.disagreement).toBeLessThan(many!.disagreement);
    expect(few!.chance).toBeGreaterThan(many!.chance);
    expect(powerAt(1_000)[1]!.chance).toBeGreaterThan(many!.chance);
    expect(powerAt(50)[0]!.chance).toBeLessThan(0.2);
    // Fifty of fifty are all there is: there the chance is that they lose no more than the margin.
    expect(powerAt(50, { population: "samples" })[0]!.chance).toBeGreaterThan(0.5);
  });

  it("gives no total where one model has no price", () => {
    const unpriced = [{ ...questions[0]!, candidate: { provider: "openai", model: "nova-9" } }];
    expect(estimateRun(unpriced, samples(3), pricer, options).most.cost).toBeNull();
  });

  it("tells a user without a key what is missing: key, samples and dollars", () => {
    const estimate = estimateRun(questions, samples(100), pricer, options);
    const missing = [{ provider: "openai", keyEnv: "OPENAI_API_KEY", models: [BASE.model, MINI.model] }];
    const words = firstHour(missing, estimate);
    expect(words.headline).toContain("Uncertified");
    expect(words.keys).toEqual(["OPENAI_API_KEY for openai: base-1, mini-1"]);
    expect(words.samples[0]).toContain("100 samples on file, at least 71 needed");
    expect(words.cost).toMatch(/^200 calls, about USD [\d.]+ and at most USD [\d.]+/);
    const margins = firstHour(
      missing,
      estimateRun([{ ...questions[0]!, margin: 0 }], samples(3), pricer, options),
    );
    expect(margins.samples[0]).toContain("cannot be certified by samples");
    const unpriced = firstHour(missing, { ...estimate, most: { tokens: 1, cost: null } });
    expect(unpriced.cost).toContain("not known");
  });
});
