import { describe, expect, it } from "vitest";
import { bookOf, cell, workload } from "../levers/fixtures/workloads.js";
import { parseUsd } from "../shared/money.js";
import { loadPolicy } from "./policy/load-policy.js";
import { whatIfRows } from "./what-if.js";

describe("the what-if at list prices", () => {
  it("shows each model on each cheaper candidate, over all intents, with what a proof would take", async () => {
    const policy = await loadPolicy(null);
    const given = workload([
      cell({ requests: 100 }),
      cell({ cluster: "mail", requests: 100 }),
      cell({ cluster: "search", model: "small", requests: 800 }),
    ]);

    const rows = whatIfRows(given, bookOf(), policy);

    expect(rows.map(({ baseline, candidate }) => `${baseline.model} to ${candidate.model}`)).toEqual([
      "large to small",
      "large to large-two",
    ]);
    // Two cells at 1.30 become two at 0.13; 71 pairs at (2.60 + 0.26) / 200 requests each.
    expect(rows[0]).toMatchObject({
      requests: 200,
      requestShare: 0.2,
      baselinePicoUsdMonth: parseUsd("2.6"),
      savingPicoUsdMonth: parseUsd("2.34"),
      margin: 0.05,
      pairsIfAllTie: 71,
      proofPicoUsd: parseUsd("1.0153"),
    });
  });

  it("offers no proof where the policy allows no loss", async () => {
    const policy = await loadPolicy(null);
    const strict = { ...policy, quality: { ...policy.quality, budget: 0 } };

    const [first] = whatIfRows(workload([cell()]), bookOf(), strict);

    expect(first).toMatchObject({ pairsIfAllTie: Number.POSITIVE_INFINITY, proofPicoUsd: null });
  });
});
