import { describe, expect, it } from "vitest";
import { bookOf, cell, workload } from "../levers/fixtures/workloads.js";
import { parseUsd } from "../shared/money.js";
import { costOf, toMonth } from "./cost.js";
import { applyJointly } from "./joint.js";

const book = bookOf();

describe("cost of a workload", () => {
  it("is the list price of its cells, linear in their tokens", () => {
    const cost = costOf(
      workload([cell(), cell({ model: "small", batch: true, cachedInputTokens: 50_000 })]),
      book,
    );

    // 1.30 as in the levers' tests; (50,000 x 1 + 50,000 x 0.1 + 10,000 x 3) / 2 USD a million.
    expect(cost.byCell).toEqual([parseUsd("1.3"), parseUsd("0.0425")]);
    expect(cost.amount).toBe(parseUsd("1.3425"));
  });

  it("of the baseline without any change equals the baseline exactly", () => {
    const given = workload([cell(), cell({ model: "medium", inputTokens: 12_345, outputTokens: 678 })]);

    expect(costOf(applyJointly(given, [], book), book)).toEqual(costOf(given, book));
  });

  it("leaves models without a price out and names them", () => {
    const cost = costOf(workload([cell(), cell({ model: "unheard-of", requests: 7 })]), book);

    expect(cost.amount).toBe(parseUsd("1.3"));
    expect(cost.byCell).toEqual([parseUsd("1.3"), null]);
    expect(cost.unpriced).toEqual([{ provider: "acme", model: "unheard-of", requests: 7 }]);
  });

  it("names the rates that were missing from the list", () => {
    const cost = costOf(workload([cell({ model: "large-two", cachedInputTokens: 10 })]), book);

    expect(cost.fallbacks).toEqual(["acme/large-two: cached input at the input rate"]);
  });
});

describe("an average month", () => {
  it("has 730 hours, also for spans with a fraction of an hour", () => {
    expect(toMonth(parseUsd("1"), 730)).toBe(parseUsd("1"));
    expect(toMonth(parseUsd("1"), 73)).toBe(parseUsd("10"));
    expect(toMonth(parseUsd("1.5"), 1.5)).toBe(parseUsd("730"));
    expect(toMonth(parseUsd("1"), 1460)).toBe(parseUsd("0.5"));
  });
});
