import { describe, expect, it } from "vitest";
import { fromFileShape, toFileShape, toSnakeKey } from "./case.js";

describe("key conversion at the edge", () => {
  it("turns a file's keys into camelCase and back without loss", () => {
    const file = {
      apiVersion: "tokenop/v1",
      requests_per_minute: 1,
      tokens: [{ p95: 2, cache_write_1h_tokens: 3, sha256: "x" }],
    };
    const memory = fromFileShape(file);
    expect(memory.requestsPerMinute).toBe(1);
    expect(toFileShape(memory)).toEqual(file);
  });

  it("leaves the user's own objects alone", () => {
    const file = { attributes: { team_name: "a" }, messages: [{ tool_call_id: "b" }] };
    expect(fromFileShape(file)).toEqual(file);
  });

  it("keeps digits attached to their word", () => {
    expect(toSnakeKey("baselineP50")).toBe("baseline_p50");
  });
});
