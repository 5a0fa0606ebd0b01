import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Counted, costOf, toUsage, usageOfEmbedding, usageOfFailed } from "./usage.js";

const nothing: Counted = { input: null, output: null, cached: null, written: null };
const count = fc.option(fc.nat(1_000_000));
const counted = fc.record({
  input: count,
  output: count,
  cached: count,
  written: count,
  writtenForOneHour: count,
  reasoning: count,
  cachedIsApart: fc.boolean(),
});

describe("usage in one meaning", () => {
  it("never has parts above their whole, whatever a platform counted", () => {
    fc.assert(
      fc.property(counted, (given) => {
        const usage = toUsage(given);
        const parts = (usage.cached_input_tokens ?? 0) + (usage.cache_write_tokens ?? 0);
        if (usage.input_tokens !== null) expect(parts).toBeLessThanOrEqual(usage.input_tokens);
        if (usage.output_tokens !== null)
          expect(usage.reasoning_tokens ?? 0).toBeLessThanOrEqual(usage.output_tokens);
        expect(usage.cache_write_1h_tokens ?? 0).toBeLessThanOrEqual(usage.cache_write_tokens ?? 0);
      }),
    );
  });

  it("never loses a token, and never makes one known that was not counted", () => {
    fc.assert(
      fc.property(counted, (given) => {
        const usage = toUsage(given);
        expect(usage.input_tokens === null).toBe(given.input === null);
        expect(usage.output_tokens === null).toBe(given.output === null);
        expect(usage.input_tokens ?? 0).toBeGreaterThanOrEqual(given.input ?? 0);
        expect(usage.cached_input_tokens).toBe(given.cached);
      }),
    );
  });

  it("adds what is counted apart, and leaves what is counted within", () => {
    const parts = { ...nothing, input: 1000, output: 50, cached: 600, written: 100 };
    expect(toUsage(parts).input_tokens).toBe(1000);
    expect(toUsage({ ...parts, cachedIsApart: true }).input_tokens).toBe(1700);
    expect(toUsage({ ...parts, input: 40 }).input_tokens).toBe(740);
    expect(toUsage({ ...parts, reasoning: 30 }).output_tokens).toBe(50);
    expect(toUsage({ ...parts, reasoning: 300 }).output_tokens).toBe(350);
  });

  it("of a failed call without figures is nothing, of an embedding no output", () => {
    expect(usageOfFailed(toUsage(nothing))).toMatchObject({ input_tokens: 0, output_tokens: 0 });
    expect(usageOfFailed(toUsage({ ...nothing, input: 9 }))).toMatchObject({
      input_tokens: 9,
      output_tokens: null,
    });
    expect(usageOfEmbedding(toUsage({ ...nothing, input: 9 }))).toMatchObject({
      input_tokens: 9,
      output_tokens: 0,
    });
  });
});

describe("cost of a call", () => {
  const usage = toUsage({ ...nothing, input: 9, output: 1 });

  it("is a list price unless its platform bills it", () => {
    expect(costOf(0.5, usage)).toEqual({ cost_usd: 0.5, cost_basis: "list_price" });
    expect(costOf(0.5, usage, "billed")).toEqual({ cost_usd: 0.5, cost_basis: "billed" });
  });

  it("is unknown where none is given, and where tokens cost 0", () => {
    expect(costOf(null, usage)).toEqual({ cost_usd: null });
    expect(costOf(0, usage)).toEqual({ cost_usd: null });
    expect(costOf(0, usageOfFailed(toUsage(nothing)))).toEqual({ cost_usd: 0, cost_basis: "list_price" });
  });
});
