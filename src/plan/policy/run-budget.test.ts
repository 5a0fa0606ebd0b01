import { describe, expect, it } from "vitest";
import { loadPolicy } from "./load-policy.js";
import { runBudgetWarnings } from "./run-budget.js";

describe("the run budget", () => {
  it("is held against what proving the plan costs", async () => {
    const { run } = await loadPolicy(null);

    expect(runBudgetWarnings(5, { run })).toEqual([]);
    expect(runBudgetWarnings(8.58, { run })).toEqual([
      expect.stringMatching(/about USD 8\.58 of calls \(estimated\), more than run\.budget_usd of USD 5\.00/),
    ]);
  });
});
