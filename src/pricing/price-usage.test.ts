import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact, parseUsd, scale } from "../shared/money.js";
import type { PriceRow, PriceTerms, Rates, Usage } from "./contract.js";
import { contextClassOf, priceUsage, ratesAt } from "./price-usage.js";

const STANDARD: PriceTerms = { contextClass: 0, batch: false, serviceTier: null };

const FULL: Rates = {
  input: 3_000_000n,
  cachedInput: 300_000n,
  cacheWrite: 3_750_000n,
  cacheWrite1h: 6_000_000n,
  output: 15_000_000n,
  reasoning: null,
};

function row(rates: Partial<Rates> = {}, rest: Partial<PriceRow> = {}): PriceRow {
  return {
    provider: "seller",
    model: "model",
    from: null,
    until: null,
    tiers: [{ aboveInputTokens: 0, rates: { ...FULL, ...rates } }],
    batchDiscount: null,
    capabilityClass: null,
    maxInputTokens: null,
    promptCache: null,
    source: "test",
    date: "2026-01-01",
    ...rest,
  };
}

function usage(counts: Partial<Usage>): Usage {
  return {
    inputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    ...counts,
  };
}

const everyKind = usage({
  inputTokens: 1_000,
  cachedInputTokens: 300,
  cacheWriteTokens: 200,
  cacheWrite1hTokens: 50,
  outputTokens: 400,
  reasoningTokens: 100,
});

describe("priceUsage", () => {
  it("charges each subset of the tokens once, at its own rate", () => {
    // 500 plain, 300 read, 150 and 50 written, 300 visible, 100 reasoning.
    const expected =
      500n * 3_000_000n + 300n * 300_000n + 150n * 3_750_000n + 50n * 6_000_000n + 400n * 15_000_000n;
    expect(priceUsage(everyKind, row(), STANDARD)).toEqual({ amount: expected, fallbacks: [] });
  });

  it("charges reasoning at its own rate where the list has one", () => {
    const thinking = usage({ outputTokens: 10, reasoningTokens: 4 });
    expect(priceUsage(thinking, row({ reasoning: 5n, output: 7n }), STANDARD).amount).toBe(6n * 7n + 4n * 5n);
  });

  it("charges a missing cache rate at the stated fallback, never at nothing", () => {
    const bare = row({ cachedInput: null, cacheWrite: null, cacheWrite1h: null });
    const priced = priceUsage(everyKind, bare, STANDARD);
    expect(priced.amount).toBe(1_000n * 3_000_000n + 400n * 15_000_000n);
    expect(priced.fallbacks).toEqual([
      "seller/model: cached input at the input rate",
      "seller/model: cache write at the input rate",
      "seller/model: one-hour cache write at the input rate",
    ]);
  });

  it("charges a missing one-hour write at the five-minute rate", () => {
    const written = usage({ inputTokens: 10, cacheWriteTokens: 10, cacheWrite1hTokens: 10 });
    const priced = priceUsage(written, row({ cacheWrite1h: null }), STANDARD);
    expect(priced.amount).toBe(10n * 3_750_000n);
    expect(priced.fallbacks).toEqual(["seller/model: one-hour cache write at the five-minute write rate"]);
  });

  it("is silent on missing rates that no token needs", () => {
    const plain = usage({ inputTokens: 10, outputTokens: 1 });
    expect(priceUsage(plain, row({ cachedInput: null, cacheWrite: null }), STANDARD).fallbacks).toEqual([]);
  });

  it("says so when a batch, a service tier, an output rate or a fee is not in the list", () => {
    const unlisted = row(
      {},
      { outputUnlisted: true, notIncluded: ["the request fee of 12 USD per 1,000 calls"] },
    );
    const terms = { ...STANDARD, batch: true, serviceTier: "flex" };
    expect(priceUsage(usage({ outputTokens: 1 }), unlisted, terms).fallbacks).toEqual([
      "seller/model: output at the input rate",
      "seller/model: without the request fee of 12 USD per 1,000 calls; batch calls at the standard rate; " +
        'service tier "flex" at the standard rate',
    ]);
  });

  it("charges a service tier as a multiple of every rate, under the seller's names of it", () => {
    const tiers = [
      { tier: "flex" as const, numerator: 1n, denominator: 2n, verified: true },
      {
        tier: "priority" as const,
        numerator: 5n,
        denominator: 3n,
        verified: false,
        appliesToCachedInput: false,
      },
    ];
    const tiered = row({ input: 7n, cachedInput: 2n, output: 20n }, { serviceTiers: tiers });
    const asked = usage({ inputTokens: 10, cachedInputTokens: 4, outputTokens: 1 });
    const at = (serviceTier: string | null) => priceUsage(asked, tiered, { ...STANDARD, serviceTier });

    // 6 x 7 + 4 x 2 + 20 = 70; half of it; and 5/3 of the 62 that are not cache reads, rounded once.
    expect([at(null).amount, at("Flex").amount, at("flex_discount").amount]).toEqual([70n, 35n, 35n]);
    expect(at("priority").amount).toBe(111n);
    expect(at("flex").fallbacks).toEqual([]);
    expect(at("priority").fallbacks).toEqual([
      'seller/model: service tier "priority" at 5/3 of the standard rate, a second-hand figure',
    ]);
    expect(at("turbo").fallbacks).toEqual(['seller/model: service tier "turbo" at the standard rate']);
  });

  it("halves every rate in a batch", () => {
    const half = row({}, { batchDiscount: { numerator: 1n, denominator: 2n } });
    const batch = priceUsage(everyKind, half, { ...STANDARD, batch: true });
    expect(batch.amount * 2n).toBe(priceUsage(everyKind, half, STANDARD).amount);
    expect(priceUsage(everyKind, half, { ...STANDARD, serviceTier: "batch" })).toEqual(batch);
  });

  it("leaves cache reads at their rate where the batch discount does not reach them", () => {
    const batchDiscount = { numerator: 1n, denominator: 2n, appliesToCachedInput: false };
    const { rates } = ratesAt(row({}, { batchDiscount }), { ...STANDARD, batch: true });
    expect([rates.input, rates.cachedInput, rates.output]).toEqual([1_500_000n, 300_000n, 7_500_000n]);
  });

  it("rounds the total, not the rates, where a discount does not divide them", () => {
    const third = row({}, { batchDiscount: { numerator: 1n, denominator: 3n } });
    const odd = row({ input: 1n }, { batchDiscount: { numerator: 1n, denominator: 3n } });
    expect(ratesAt(third, { ...STANDARD, batch: true }).denominator).toBe(1n);
    expect(ratesAt(odd, { ...STANDARD, batch: true })).toMatchObject({ denominator: 3n });
    expect(priceUsage(usage({ inputTokens: 5 }), odd, { ...STANDARD, batch: true }).amount).toBe(2n);
    expect(priceUsage(usage({ inputTokens: 300 }), odd, { ...STANDARD, batch: true }).amount).toBe(100n);
  });

  it("takes the tier of the request's context class for the whole request", () => {
    const tiered = row(
      {},
      {
        tiers: [
          { aboveInputTokens: 0, rates: { ...FULL, input: 1n } },
          { aboveInputTokens: 200_000, rates: { ...FULL, input: 2n } },
        ],
      },
    );
    const inputAt = (contextClass: number) => ratesAt(tiered, { ...STANDARD, contextClass }).rates.input;
    expect([0, 128_000, 199_999, 200_000, 272_000].map(inputAt)).toEqual([1n, 1n, 1n, 2n, 2n]);
  });

  it.each([
    usage({ inputTokens: 10, cachedInputTokens: 6, cacheWriteTokens: 5 }),
    usage({ inputTokens: 10, cacheWriteTokens: 5, cacheWrite1hTokens: 6 }),
    usage({ outputTokens: 10, reasoningTokens: 11 }),
    usage({ inputTokens: 1.5 }),
  ])("refuses counts that contradict each other: %o", (counts) => {
    expect(() => priceUsage(counts, row(), STANDARD)).toThrow(RangeError);
  });
});

const anyUsage = fc
  .record({
    plain: fc.nat(2_000_000),
    cachedInputTokens: fc.nat(2_000_000),
    shortWrites: fc.nat(100_000),
    cacheWrite1hTokens: fc.nat(100_000),
    visible: fc.nat(100_000),
    reasoningTokens: fc.nat(100_000),
  })
  .map(({ plain, shortWrites, visible, ...rest }): Usage => {
    const cacheWriteTokens = shortWrites + rest.cacheWrite1hTokens;
    return {
      ...rest,
      cacheWriteTokens,
      inputTokens: plain + rest.cachedInputTokens + cacheWriteTokens,
      outputTokens: visible + rest.reasoningTokens,
    };
  });

const anyRates = fc.record({
  input: fc.bigInt(0n, 10n ** 9n),
  cachedInput: fc.option(fc.bigInt(0n, 10n ** 9n)),
  cacheWrite: fc.option(fc.bigInt(0n, 10n ** 9n)),
  cacheWrite1h: fc.option(fc.bigInt(0n, 10n ** 9n)),
  output: fc.bigInt(0n, 10n ** 9n),
  reasoning: fc.option(fc.bigInt(0n, 10n ** 9n)),
});

describe("pricing within one cell", () => {
  it("prices a sum of calls like the calls one by one", () => {
    fc.assert(
      fc.property(fc.array(anyUsage, { minLength: 1, maxLength: 20 }), anyRates, (calls, rates) => {
        const total = usage({});
        const sum = Object.fromEntries(
          Object.keys(total).map((key) => [
            key,
            calls.reduce((all, call) => all + call[key as keyof Usage], 0),
          ]),
        ) as unknown as Usage;
        const oneByOne = calls.map((call) => priceUsage(call, row(rates), STANDARD).amount);
        expect(priceUsage(sum, row(rates), STANDARD).amount).toBe(
          oneByOne.reduce((all, amount) => all + amount, 0n),
        );
      }),
    );
  });

  it("gives the same total through the resolved rates as through priceUsage, in a batch too", () => {
    fc.assert(
      fc.property(
        anyUsage,
        anyRates,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (counts, rates, share, batch) => {
          const priced = row(rates, { batchDiscount: { numerator: BigInt(share), denominator: 10n } });
          const terms = { ...STANDARD, batch };
          const { rates: resolved, denominator } = ratesAt(priced, terms);
          const plain = counts.inputTokens - counts.cachedInputTokens - counts.cacheWriteTokens;
          const charge =
            BigInt(plain) * resolved.input +
            BigInt(counts.cachedInputTokens) * resolved.cachedInput +
            BigInt(counts.cacheWriteTokens - counts.cacheWrite1hTokens) * resolved.cacheWrite +
            BigInt(counts.cacheWrite1hTokens) * resolved.cacheWrite1h +
            BigInt(counts.outputTokens - counts.reasoningTokens) * resolved.output +
            BigInt(counts.reasoningTokens) * resolved.reasoning;
          expect(priceUsage(counts, priced, terms).amount).toBe(scale(charge, 1n, denominator));
        },
      ),
    );
  });
});

describe("contextClassOf", () => {
  it("is the largest threshold strictly below the request, so a request of exactly 200,000 tokens stays below", () => {
    const thresholds = [128_000, 200_000, 272_000];
    const classes = [0, 128_000, 128_001, 200_000, 200_001, 5_000_000].map((tokens) =>
      contextClassOf(tokens, thresholds),
    );
    expect(classes).toEqual([0, 0, 128_000, 128_000, 200_000, 272_000]);
  });
});

describe("money in the last digit", () => {
  it("prices a single token of a 0.000001 USD per million model at one pico-USD", () => {
    expect(parseUsd("0.000001") / 1_000_000n).toBe(1n);
    expect(formatExact(priceUsage(usage({ inputTokens: 1 }), row({ input: 1n }), STANDARD).amount)).toBe(
      "0.000000000001",
    );
  });
});
