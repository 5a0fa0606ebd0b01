import { readFile } from "node:fs/promises";
import { calcPrice, waitForUpdate } from "@pydantic/genai-prices";
import { beforeAll, describe, expect, it } from "vitest";
import { formatExact, toUsd } from "../shared/money.js";
import type { PriceBook, PriceTerms, Usage } from "./contract.js";
import type { ListPricesFile } from "./list-prices.js";
import { loadPriceBook } from "./load-price-book.js";
import { contextClassOf, priceUsage } from "./price-usage.js";

const STANDARD: PriceTerms = { contextClass: 0, batch: false, serviceTier: null };
const AT = new Date("2026-09-30T12:00:00Z");
const NOTHING: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

let book: PriceBook;
let list: ListPricesFile;

beforeAll(async () => {
  book = await loadPriceBook();
  list = JSON.parse(await readFile(new URL("../../prices/list-prices.json", import.meta.url), "utf8"));
});

function cost(
  provider: string | null,
  model: string,
  usage: Partial<Usage>,
  options: Partial<PriceTerms> = {},
  at = AT,
) {
  const match = book.find({ provider, model, at });
  if (match === null) throw new Error(`${provider}/${model} is not in the book`);
  return formatExact(priceUsage({ ...NOTHING, ...usage }, match.row, { ...STANDARD, ...options }).amount);
}

describe("the shipped price list, against figures worked out by hand", () => {
  const mixed = { inputTokens: 1_000_000, cachedInputTokens: 200_000, outputTokens: 100_000 };

  it.each([
    { provider: "openai", model: "gpt-4o", usd: "3.25" },
    { provider: "anthropic", model: "claude-3-5-sonnet-20241022", usd: "3.96" },
    { provider: null, model: "gpt-4o-2024-08-06", usd: "3.25" },
    { provider: "aws_bedrock", model: "us.anthropic.claude-3-5-sonnet-20241022-v2:0", usd: "3.96" },
    { provider: "vertex_ai", model: "claude-3-5-sonnet-v2@20241022", usd: "3.96" },
    { provider: "azure.ai.openai", model: "gpt-4o-2024-11-20", usd: "3.25" },
  ])("prices a million tokens of $model at $provider, a fifth of them cached, at $usd USD", (given) => {
    expect(cost(given.provider, given.model, mixed)).toBe(given.usd);
  });

  it("prices gpt-4o at today's list price also for a date before its launch", () => {
    const usage = { inputTokens: 18_059_974, outputTokens: 245_896 };
    expect(cost("openai", "gpt-4o", usage)).toBe("47.608895");
    expect(cost("openai", "gpt-4o", usage, {}, new Date("2023-11-16T18:00:00Z"))).toBe("47.608895");
  });

  it.each([
    // (199,000 x 3 + 1,000 x 15) and (201,000 x 6 + 1,000 x 22.5), each over a million.
    { model: "claude-sonnet-4-5", provider: "anthropic", below: "0.612", above: "1.2285" },
    // (199,000 x 1.25 + 1,000 x 10) and (201,000 x 2.5 + 1,000 x 15).
    { model: "gemini-2.5-pro", provider: "google", below: "0.25875", above: "0.5175" },
  ])("charges a $model request above 200,000 tokens wholly at the upper rate", (given) => {
    const priced = (inputTokens: number) =>
      cost(
        given.provider,
        given.model,
        { inputTokens, outputTokens: 1_000 },
        {
          contextClass: contextClassOf(inputTokens, book.thresholds),
        },
      );
    expect(priced(199_000)).toBe(given.below);
    expect(priced(201_000)).toBe(given.above);
  });

  it("charges the price in force on the day of use", () => {
    const usage = { inputTokens: 1_000_000 };
    expect(cost("openai", "o3", usage, {}, new Date("2025-06-09T23:59:59Z"))).toBe("10");
    expect(cost("openai", "o3", usage, {}, new Date("2025-06-10T00:00:00Z"))).toBe("2");
  });

  it("charges the peak rate in peak hours and the other rate beside them", () => {
    const usage = { inputTokens: 1_000_000 };
    const at = (time: string) =>
      cost("deepseek", "deepseek-v4-pro", usage, {}, new Date(`2026-09-01T${time}:00Z`));
    expect([at("00:59"), at("01:00"), at("03:59"), at("04:00"), at("06:00"), at("10:00")]).toEqual([
      "0.66",
      "1.32",
      "1.32",
      "0.66",
      "1.32",
      "0.66",
    ]);
  });

  it.each([
    { provider: "openai", model: "gpt-4o", usd: "1.625" },
    { provider: "anthropic", model: "claude-3-5-sonnet-20241022", usd: "1.98" },
    // The cached fifth stays at 0.03 USD: 0.8 x 0.3 / 2 + 0.2 x 0.03 + 0.1 x 2.5 / 2.
    { provider: "google", model: "gemini-2.5-flash", usd: "0.251" },
  ])("halves a $model batch, cache reads only where the seller halves them", (given) => {
    expect(cost(given.provider, given.model, mixed, { batch: true })).toBe(given.usd);
  });

  // Each against the seller's own page: openai.com/api-priority-processing and the flex column of its price list.
  it.each([
    { model: "gpt-4o-mini", serviceTier: "priority", usd: "0.325" },
    { model: "o4-mini", serviceTier: "priority", usd: "2.5" },
    { model: "gpt-4.1", serviceTier: "priority", usd: "4.375" },
    { model: "gpt-5-mini", serviceTier: "priority", usd: "0.729" },
    { model: "gpt-5", serviceTier: "flex", usd: "1.0125" },
    { model: "gpt-4o", serviceTier: "flex", usd: "3.25" }, // no flex price is known: the standard one, and it says so
  ])(
    "prices a million tokens of $model on the $serviceTier tier at $usd USD",
    ({ model, serviceTier, usd }) => {
      expect(cost("openai", model, mixed, { serviceTier })).toBe(usd);
    },
  );

  it.each([
    { model: "ft:gpt-4.1-mini-2025-04-14:acme::abc", usd: "1.04" },
    { model: "ft:gpt-4.1", usd: "3.9" },
    { model: "ft:gpt-4o-mini-2024-07-18:acme::abc", usd: "0.39" },
  ])("prices a million tokens of the tuned model $model at $usd USD", ({ model, usd }) => {
    expect(cost("openai", model, { ...mixed, cachedInputTokens: 0, inputTokens: 900_000 })).toBe(usd);
  });

  it("knows what training a model costs, and the name of its tuned model", () => {
    const { row } = book.find({ provider: "openai", model: "gpt-4.1-mini", at: AT })!;

    expect(row.fineTuning).toEqual({ model: "ft:gpt-4.1-mini", trainingRate: 5_000_000n, verified: true });
    expect(
      book.rows.every(
        ({ fineTuning: terms, provider }) =>
          terms === undefined || book.find({ provider, model: terms.model, at: AT }) !== null,
      ),
    ).toBe(true);
  });

  it("charges a five-minute cache write at 1.25 and an hour's at 2 times the input on Claude", () => {
    const usage = { inputTokens: 2_000_000, cacheWriteTokens: 2_000_000, cacheWrite1hTokens: 1_000_000 };
    expect(cost("anthropic", "claude-sonnet-4-0", usage)).toBe("9.75");
  });
});

describe("the shipped price list as data", () => {
  it("keeps every price of the source, as a row or in the list of what tokens cannot express", async () => {
    const providers = (await waitForUpdate())!;
    const source = providers.flatMap((provider) =>
      provider.models.flatMap((model) =>
        (Array.isArray(model.prices) ? model.prices : [model.prices]).map(() => `${provider.id}/${model.id}`),
      ),
    );
    const kept = [
      ...list.models.flatMap((model) => model.prices.map(() => `${model.provider}/${model.model}`)),
      ...list.skipped.map((entry) => `${entry.provider}/${entry.model}`),
    ];
    expect(kept.sort()).toEqual(source.sort());
    expect(list.skipped.every((entry) => entry.reason.length > 0)).toBe(true);
  });

  it("has whole, non-negative rates, a base tier and ascending tiers in every row", () => {
    for (const row of book.rows) {
      const bounds = row.tiers.map((tier) => tier.aboveInputTokens);
      expect(bounds[0]).toBe(0);
      expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
      for (const { rates } of row.tiers) {
        for (const rate of Object.values(rates)) expect(rate === null || rate >= 0n).toBe(true);
      }
    }
  });

  it("reads the cache for less than plain input in every row", () => {
    const dearer = book.rows.filter((row) =>
      row.tiers.some(({ rates }) => rates.cachedInput !== null && rates.cachedInput >= rates.input),
    );
    expect(dearer.map((row) => `${row.provider}/${row.model}`)).toEqual([]);
  });

  it("finds every row under its own name", () => {
    const lost = book.rows.filter(
      (row) => book.find({ provider: row.provider, model: row.model, at: AT }) === null,
    );
    expect(lost).toEqual([]);
  });

  it("is free only where the source says so", () => {
    const silent = book.rows.filter((row) => row.tiers[0]!.rates.input === 0n && row.listedAsFree !== true);
    expect(silent).toEqual([]);
    expect(
      book.find({ provider: "openrouter", model: "qwen/qwen3-coder:free", at: AT })?.row.listedAsFree,
    ).toBe(true);
  });

  it("agrees with the source's own calculation for every model, but for the charges that it states as left out", async () => {
    const usage = { ...NOTHING, inputTokens: 300_000, cachedInputTokens: 100_000, outputTokens: 7_000 };
    const terms = { ...STANDARD, contextClass: contextClassOf(usage.inputTokens, book.thresholds) };
    const skipped = new Set(list.skipped.map((entry) => `${entry.provider}/${entry.model}`));
    const differing = new Set<string>();
    let compared = 0;
    for (const provider of (await waitForUpdate())!) {
      for (const { id } of provider.models) {
        const asked = { providerId: provider.id, timestamp: AT };
        const counts = { input_tokens: 300_000, cache_read_tokens: 100_000, output_tokens: 7_000 };
        const theirs = calcPrice(counts, id, asked);
        if (theirs === null || skipped.has(`${provider.id}/${id}`)) continue;
        const match = book.find({ provider: provider.id, model: id, at: AT })!;
        const priced = priceUsage(usage, match.row, terms);
        compared += 1;
        if (Math.abs(toUsd(priced.amount) - theirs.total_price) <= 1e-9) continue;
        const stated = match.row.outputUnlisted === true || match.row.notIncluded !== undefined;
        expect(priced.fallbacks.length > 0 && stated, `${provider.id}/${id}`).toBe(true);
        differing.add(provider.id);
      }
    }
    expect(compared).toBe(1_615);
    expect(differing.has("perplexity")).toBe(true);
    expect(differing.has("anthropic")).toBe(false);
  });
});
