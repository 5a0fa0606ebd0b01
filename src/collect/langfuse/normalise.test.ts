import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentOfRecord, normalise } from "./normalise.js";
import { readUsage } from "./usage.js";

// Field names as Langfuse's API specification has them; every value is invented.
const [generation, failed, embedding, span] = (
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/observations.json"), "utf8")) as {
    data: Record<string, unknown>[];
  }
).data;

const eventOf = (record: unknown) => {
  const made = normalise(record);
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};

describe("a generation traced in Langfuse", () => {
  it("is one event, with seconds as milliseconds and cached tokens as a part of its input", () => {
    expect(eventOf(generation)).toEqual({
      id: "obs-0001",
      ts: "2026-11-20T05:01:02.345Z",
      intent: "summarize",
      provider: null,
      model: "gpt-5-mini-2025-08-07",
      input_tokens: 1200,
      output_tokens: 144,
      cached_input_tokens: 1000,
      cache_write_tokens: null,
      cache_write_1h_tokens: null,
      reasoning_tokens: 64,
      latency_ms: 1800,
      ttft_ms: 400,
      cost_usd: 0.000338,
      cost_basis: "list_price",
      endpoint: null,
      region: null,
      tenant: "u-17",
      quality_score: null,
      status: "ok",
      conversation_id: "s-1",
      max_tokens: 512,
      source: "langfuse",
    });
  });

  it("has the quality of its own score", () => {
    expect(normalise(generation, (id) => (id === "obs-0001" ? 0.9 : null))).toMatchObject({
      event: { quality_score: 0.9 },
    });
  });

  it("is told from times where durations are missing", () => {
    const { latency: _, timeToFirstToken: __, ...record } = generation!;
    expect(eventOf(record)).toMatchObject({ latency_ms: 1800, ttft_ms: 400 });
  });

  it("that failed without usage was billed nothing, and its message is not read", () => {
    expect(eventOf(failed)).toMatchObject({ status: "error", input_tokens: 0, output_tokens: 0 });
    expect(JSON.stringify(eventOf(failed))).not.toContain("question");
  });

  it("without usage that did not fail is no event that could be priced", () => {
    expect(eventOf({ ...failed, level: "DEFAULT" })).toMatchObject({
      input_tokens: null,
      output_tokens: null,
    });
  });

  it("has no known cost where Langfuse knew no price", () => {
    expect(eventOf({ ...generation, costDetails: {}, totalCost: 0 }).cost_usd).toBeNull();
    expect(eventOf({ ...generation, costDetails: { total: "0.5" }, totalCost: 0 }).cost_usd).toBe(0.5);
  });

  it("is the same from an export to an object store, in snake_case and as text", () => {
    const row = Object.fromEntries(
      Object.entries(generation!).map(([key, value]) => [
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        typeof value === "object" && value !== null
          ? JSON.stringify(value)
          : value === null
            ? ""
            : String(value),
      ]),
    );
    expect(eventOf(row)).toEqual(eventOf(generation));
  });

  it("is counted from plain counts in older exports", () => {
    expect(
      eventOf({ ...generation, usageDetails: undefined, promptTokens: 12, completionTokens: 3 }),
    ).toMatchObject({ input_tokens: 12, output_tokens: 3 });
  });

  it.each([
    ["without an id", { ...generation, id: "" }, "missing_field"],
    ["without a start", { ...generation, startTime: null }, "missing_field"],
    ["with tokens below 0", { ...generation, usageDetails: { input: -1 } }, "negative"],
  ])("is rejected %s", (_, record, code) => {
    expect(normalise(record)).toMatchObject({ problem: { code } });
  });
});

describe("an embedding", () => {
  it("writes no token: its total is its input", () => {
    expect(eventOf(embedding)).toMatchObject({ input_tokens: 900, output_tokens: 0, latency_ms: null });
  });
});

it("a span is no call to a model", () => {
  expect(normalise(span)).toBeNull();
});

it("text is read from input and output", () => {
  expect(contentOfRecord(generation, "e1")).toEqual({
    eventId: "e1",
    messages: [{ role: "user", content: "A question." }],
    response: "A short answer.",
  });
  expect(contentOfRecord(failed, "e1")).toBeNull();
});

describe("usage details", () => {
  it.each([
    [
      "Anthropic's keys",
      { input: 40, cache_read_input_tokens: 9000, cache_creation_input_tokens: 300, output: 7 },
      { input_tokens: 9340, cached_input_tokens: 9000, cache_write_tokens: 300, output_tokens: 7 },
    ],
    [
      "writes of one hour",
      { input: 40, input_cache_creation_5m: 10, input_cache_creation_1h: 30, output: 7 },
      { input_tokens: 80, cache_write_tokens: 40, cache_write_1h_tokens: 30 },
    ],
    [
      "an input that has the cached part in it, as its total tells",
      { input: 1000, input_cached_tokens: 800, output: 50, total: 1050 },
      { input_tokens: 1000, cached_input_tokens: 800, output_tokens: 50 },
    ],
    [
      "figures that are not tokens",
      { input: 10, input_audio_seconds: 1.5, tool_calls: 2, output: 1 },
      { input_tokens: 10, output_tokens: 1 },
    ],
    ["nothing", {}, { input_tokens: null, output_tokens: null, cached_input_tokens: null }],
  ])("with %s", (_, details, usage) => {
    expect(readUsage(details, "usageDetails")).toMatchObject(usage);
  });
});
