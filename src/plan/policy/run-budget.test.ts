import { describe, expect, it } from "vitest";
import { bookOf, cell, workload } from "../../levers/fixtures/workloads.js";
import { parseUsd } from "../../shared/money.js";
import { loadPolicy } from "./load-policy.js";
import { proofCost, runBudgetWarnings } from "./run-budget.js";

const book = bookOf();
const given = workload([cell()]);
const proof = {
  cluster: "chat",
  baseline: { provider: "acme", model: "large" },
  candidate: { provider: "acme", model: "small" },
  pairsIfAllTie: 300,
};

describe("the run budget", () => {
  it("is held against the least pairs, answered by both models", async () => {
    const { run } = await loadPolicy(null);

    // A request costs 0.013 on large and 0.0013 on small: 300 pairs cost 4.29.
    expect(proofCost(proof, given, book)).toBe(parseUsd("4.29"));
    expect(runBudgetWarnings([proof], given, book, { run })).toEqual([]);
    expect(runBudgetWarnings([proof, proof], given, book, { run })).toEqual([
      expect.stringMatching(/at least USD 8\.58 .* run\.budget_usd of USD 5\.00/),
    ]);
  });

  it("counts nothing for a question that no number of pairs decides", async () => {
    const { run } = await loadPolicy(null);
    const hopeless = { ...proof, pairsIfAllTie: Number.POSITIVE_INFINITY };

    expect(runBudgetWarnings([hopeless], given, book, { run })).toEqual([]);
  });
});
