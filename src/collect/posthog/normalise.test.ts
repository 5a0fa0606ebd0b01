import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentOfRecord, DEFAULT_READING, normalise } from "./normalise.js";
import { readUsage } from "./usage.js";

// Property names as posthog.com documents them; every value is invented.
const [call, limited, embedding, trace] = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/events.json"), "utf8"),
) as (Record<string, unknown> & { properties: Record<string, unknown> })[];

const eventOf = (record: unknown, reading = DEFAULT_READING) => {
  const made = normalise(record, reading);
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};
const withProperties = (changes: object) => ({ ...call!, properties: { ...call!.properties, ...changes } });

describe("a generation that PostHog captured", () => {
  it("is one event, with seconds as milliseconds and cached tokens as a part of its input", () => {
    expect(eventOf(call)).toEqual({
      id: "0193a0c0-0000-7000-8000-000000000001",
      ts: "2026-11-20T05:01:02.345Z",
      intent: "summarize",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input_tokens: 9340,
      output_tokens: 200,
      cached_input_tokens: 9000,
      cache_write_tokens: 300,
      cache_write_1h_tokens: null,
      reasoning_tokens: null,
      latency_ms: 1800,
      ttft_ms: 410,
      cost_usd: 0.0058,
      cost_basis: "list_price",
      endpoint: "api.anthropic.com",
      region: null,
      tenant: "u-17",
      status: "ok",
      conversation_id: "s-1",
      max_tokens: 512,
      source: "posthog",
    });
  });

  it("takes tenant and intent from the properties that the user names, also within groups", () => {
    const reading = { tenantProperty: "$groups.company", intentProperty: "team" };
    expect(eventOf(call, reading)).toMatchObject({ tenant: "acme", intent: "search" });
    expect(eventOf(call, { ...reading, tenantProperty: "region" }).tenant).toBeNull();
  });

  it("that failed without usage was billed nothing, and its message is not read", () => {
    expect(eventOf(limited)).toMatchObject({ status: "rate_limited", input_tokens: 0, output_tokens: 0 });
    expect(JSON.stringify(eventOf(limited))).not.toContain("question");
    const failed = withProperties({ $ai_http_status: null, $ai_is_error: "true" });
    expect(eventOf(failed)).toMatchObject({ status: "error", input_tokens: 9340 });
  });

  it("has no known cost where it came out negative or no price was known", () => {
    expect(eventOf(withProperties({ $ai_total_cost_usd: -0.01 })).cost_usd).toBeNull();
    expect(eventOf(withProperties({ $ai_total_cost_usd: 0 })).cost_usd).toBeNull();
    expect(eventOf(withProperties({ $ai_total_cost_usd: "0.5" })).cost_usd).toBe(0.5);
  });

  it("is the same from a table, where properties are text", () => {
    expect(eventOf({ ...call, properties: JSON.stringify(call!.properties) })).toEqual(eventOf(call));
  });

  it.each([
    ["without an id", { ...call, uuid: null }, "missing_field"],
    ["without a time", { ...call, timestamp: "" }, "missing_field"],
    ["with tokens below 0", withProperties({ $ai_input_tokens: -1 }), "negative"],
  ])("is rejected %s", (_, record, code) => {
    expect(normalise(record)).toMatchObject({ problem: { code } });
  });
});

it("an embedding writes no token", () => {
  expect(eventOf(embedding)).toMatchObject({ input_tokens: 900, output_tokens: 0, cost_usd: null });
});

it("a trace is no call to a model", () => {
  expect(normalise(trace)).toBeNull();
});

it("text is read from input and output choices", () => {
  expect(contentOfRecord(call, "e1")).toEqual({
    eventId: "e1",
    messages: [{ role: "user", content: "A question." }],
    response: "A short answer.",
  });
  expect(contentOfRecord(limited, "e1")).toBeNull();
});

describe("usage of a generation", () => {
  const tokens = { $ai_input_tokens: 1000, $ai_cache_read_input_tokens: 800, $ai_output_tokens: 50 };

  it.each([
    ["of OpenAI has cached tokens in its input", { ...tokens, $ai_provider: "openai" }, 1000],
    ["of Anthropic has them apart", { ...tokens, $ai_provider: "anthropic" }, 1800],
    [
      "of Anthropic behind another provider too",
      { ...tokens, $ai_model: "anthropic/claude-sonnet-4-5" },
      1800,
    ],
    [
      "is as the event says, whoever the provider is",
      { ...tokens, $ai_provider: "anthropic", $ai_cache_reporting_exclusive: "false" },
      1000,
    ],
    ["has them apart where they are more than it", { ...tokens, $ai_input_tokens: 200 }, 1000],
  ])("%s", (_, properties, input) => {
    expect(readUsage(properties)).toMatchObject({ input_tokens: input, cached_input_tokens: 800 });
  });

  it("has reasoning in its output, also where the SDK reports it beside", () => {
    expect(readUsage({ $ai_output_tokens: 50, $ai_reasoning_tokens: 30 }).output_tokens).toBe(50);
    expect(readUsage({ $ai_output_tokens: 50, $ai_reasoning_tokens: 300 }).output_tokens).toBe(350);
  });
});
