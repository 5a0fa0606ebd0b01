import { describe, expect, it } from "vitest";
import { loadQuery } from "./load-query.js";

describe("a query's placeholders", () => {
  it("quote paths and refuse to run unfilled", () => {
    expect(loadQuery("cube-view", { cube: { path: "/it's/cube.parquet" } })).toContain(
      "'/it''s/cube.parquet'",
    );
    expect(() => loadQuery("cube-view")).toThrow(/needs "cube"/);
  });

  it("cut context classes strictly above each threshold, largest first", () => {
    const sql = loadQuery("event-facts", {
      assigned_first: { integer: 0 },
      context_class: { classOf: "input_tokens", thresholds: [128_000, 200_000] },
    });
    expect(sql).toContain(
      'CASE WHEN "input_tokens" > 200000 THEN 200000 WHEN "input_tokens" > 128000 THEN 128000 ELSE 0 END',
    );
  });

  it("take whole numbers only", () => {
    const fragments = { assigned_first: { integer: 0.5 }, context_class: { classOf: "x", thresholds: [] } };
    expect(() => loadQuery("event-facts", fragments)).toThrow(/whole number/);
  });
});
