import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentOfRecord, DEFAULT_READING, normalise } from "./normalise.js";

// Field names as docs.helicone.ai and Helicone's own query have them; every value is invented.
const [call, hit, limited] = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/requests.json"), "utf8"),
) as Record<string, unknown>[];

const eventOf = (record: unknown, reading = DEFAULT_READING) => {
  const made = normalise(record, reading);
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};

describe("a request that Helicone logged", () => {
  it("is one event, with cached and cache-written tokens as parts of its input", () => {
    expect(eventOf(call)).toEqual({
      id: "0f6f1a52-0001-4c1f-9d3a-000000000001",
      ts: "2026-11-20T05:01:02.000Z",
      intent: "summarize-v2",
      provider: "anthropic",
      model: "claude-sonnet-4-5-20250929",
      input_tokens: 9340,
      output_tokens: 200,
      cached_input_tokens: 9000,
      cache_write_tokens: 300,
      cache_write_1h_tokens: null,
      reasoning_tokens: null,
      latency_ms: 2120,
      ttft_ms: 410,
      cost_usd: 0.006945,
      cost_basis: "list_price",
      endpoint: "api.anthropic.com",
      region: null,
      tenant: "u-17",
      quality_score: null,
      status: "ok",
      conversation_id: "s-1",
      source: "helicone",
      attributes: null,
    });
  });

  it("takes tenant, intent and quality from the properties and score that the user names", () => {
    const reading = {
      ...DEFAULT_READING,
      tenantProperty: "team",
      intentProperty: "task",
      qualityScore: "accuracy",
    };
    expect(eventOf(call, reading)).toMatchObject({
      tenant: "search",
      intent: "summarize",
      quality_score: 0.85,
    });
    const feedback = { ...DEFAULT_READING, qualityScore: "helicone-score-feedback", qualityBest: 1 };
    expect(eventOf(call, feedback).quality_score).toBe(1);
    expect(eventOf({ ...call, scores: { accuracy: 120 } }, reading).quality_score).toBeNull();
  });

  it("keeps input as it is where the server counted cached tokens in it", () => {
    const record = { ...call, prompt_tokens: 9340 };
    expect(eventOf(record, { ...DEFAULT_READING, promptTokensIncludeCached: true }).input_tokens).toBe(9340);
  });

  it("cost nothing and says so where Helicone's own cache answered", () => {
    expect(eventOf(hit)).toMatchObject({
      cost_usd: 0,
      cost_basis: "billed",
      input_tokens: 0,
      attributes: { gateway_cache_hit: true },
      tenant: null,
      ttft_ms: null,
    });
  });

  it("has no known cost where Helicone wrote 0 for want of a price", () => {
    expect(eventOf(limited)).toMatchObject({
      cost_usd: null,
      model: "nova-9-large",
      provider: null,
      status: "rate_limited",
      latency_ms: null,
    });
  });

  it("failed where it was never answered", () => {
    expect(eventOf({ ...call, response_status: -3 }).status).toBe("error");
    expect(eventOf({ ...call, response_status: 504 }).status).toBe("timeout");
  });

  it("is the same from a row of a CSV export, where everything is text", () => {
    const row = Object.fromEntries(
      Object.entries(call!).map(([key, value]) => [
        key,
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]),
    );
    expect(eventOf(row)).toEqual(eventOf(call));
  });

  it.each([
    ["without an id", { ...call, request_id: null, response_id: "" }, "missing_field"],
    ["without a time", { ...call, request_created_at: null }, "missing_field"],
    ["with tokens below 0", { ...call, prompt_tokens: -1 }, "negative"],
    ["that is no object", "A question.", "not_an_object"],
  ])("is rejected %s, and its text stays out of the reason", (_, record, code) => {
    const made = normalise(record);
    expect(made).toMatchObject({ problem: { code } });
    expect(JSON.stringify(made)).not.toContain("question");
  });
});

describe("text of a request", () => {
  it("is what the record itself holds", () => {
    expect(contentOfRecord(call, "e1")).toEqual({
      eventId: "e1",
      messages: [{ role: "user", content: "A question." }],
      response: "A short answer.",
    });
  });

  it("is missing where the bodies lie in an object store", () => {
    expect(contentOfRecord(hit, "e1")).toBeNull();
  });
});
