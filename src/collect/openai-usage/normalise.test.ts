import { describe, expect, it } from "vitest";
import { costStatement, usageEvent } from "./normalise.js";

const bucket = { start_time: 1_795_158_000, end_time: 1_795_161_600 };
const result = {
  input_tokens: 1000,
  input_cached_tokens: 400,
  output_tokens: 200,
  num_model_requests: 5,
  project_id: "proj",
  model: "gpt-5-mini",
  batch: true,
};

describe("a result of the usage API", () => {
  it("is a bucket of its requests, with cached tokens as a part of input", () => {
    expect(usageEvent(result, bucket, "completions")).toMatchObject({
      event: {
        ts: "2026-11-20T07:00:00.000Z",
        input_tokens: 1000,
        cached_input_tokens: 400,
        output_tokens: 200,
        grain: "bucket",
        request_count: 5,
        batch: true,
        tenant: "proj",
        endpoint: "completions",
        cost_usd: null,
      },
    });
  });

  it("keeps dimensions apart that were not asked for or not said: null, not a name", () => {
    expect(
      usageEvent({ ...result, model: null, project_id: null, batch: null }, bucket, "embeddings"),
    ).toMatchObject({
      event: { model: null, tenant: null, batch: null },
    });
  });

  it("is nothing for a bucket without a request, and a fault without a time", () => {
    expect(
      usageEvent({ input_tokens: 0, output_tokens: 0, num_model_requests: 0 }, bucket, "completions"),
    ).toBeNull();
    expect(() => usageEvent(result, {}, "completions")).toThrow(/start|seconds/);
  });
});

describe("a line of the costs", () => {
  it.each([
    [0.06, "0.060000000000"],
    ["12.5", "12.5"],
  ])("takes %s as a number or as text", (value, amount) => {
    const made = costStatement({ amount: { value, currency: "usd" }, line_item: "gpt-5, input" }, bucket);
    expect(made).toMatchObject({
      statement: { amount, currency: "USD", lineItem: "gpt-5, input", model: null },
    });
  });

  it("without an amount is a fault", () => {
    expect(() => costStatement({ line_item: "x" }, bucket)).toThrow(/amount|number/);
  });
});
