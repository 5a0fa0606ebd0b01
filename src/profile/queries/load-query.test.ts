import { describe, expect, it } from "vitest";
import type { Dialect } from "../../engine/contract.js";
import { type Fragments, loadQuery as load } from "./load-query.js";

const dialect: Dialect = {
  id: "duckdb",
  epochMicros: (instant) => instant,
  instantOf: (text) => text,
  wholeDivision: (dividend, divisor) => `${dividend} // ${divisor}`,
  literal: (text) => `'${text}'`,
  member: (column, key) => `${column}.${key}`,
  textList: "VARCHAR[]",
  sha256: (text) => text,
  listLength: (list) => `len(${list})`,
  identifier: (parts) => parts.join("."),
};
const loadQuery = (name: string, fragments?: Fragments): string => load(name, dialect, fragments);

describe("a query's placeholders", () => {
  it("quote paths and refuse to run unfilled", () => {
    expect(loadQuery("cube-view", { cube: { path: "/it's/cube.parquet" } })).toContain(
      "'/it''s/cube.parquet'",
    );
    expect(() => loadQuery("cube-view")).toThrow(/needs "cube"/);
  });

  it("cut context classes strictly above each threshold, largest first", () => {
    const sql = loadQuery("passes/facts", {
      assigned_first: { integer: 0 },
      context_class: { classOf: "input_tokens", thresholds: [128_000, 200_000] },
    });
    expect(sql).toContain(
      "CASE WHEN input_tokens > 200000 THEN 200000 WHEN input_tokens > 128000 THEN 128000 ELSE 0 END",
    );
  });

  it("are spelled as the dialect has them", () => {
    const sql = loadQuery("passes/minutes");
    expect(sql).toContain("micros // 60000000 AS minute_number");
    expect(sql).not.toContain("{{");
  });

  it("take whole numbers only", () => {
    const fragments = { assigned_first: { integer: 0.5 }, context_class: { classOf: "x", thresholds: [] } };
    expect(() => loadQuery("passes/facts", fragments)).toThrow(/whole number/);
  });
});
