import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentOfRecord, DEFAULT_READING, normalise, runsIn } from "./normalise.js";
import { readUsage } from "./usage.js";

// Field names as LangSmith's API has them; every value is invented.
const answer = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/runs.json"), "utf8"));
const [call, failed, embedding, chain, pending] = runsIn(answer) as Record<string, unknown>[];

const eventOf = (record: unknown, reading = DEFAULT_READING, project: string | null = null) => {
  const made = normalise(record, reading, project);
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};

describe("a run of a model", () => {
  it("is one event, with its durations from its times and all kinds of input in its input", () => {
    expect(eventOf(call)).toEqual({
      id: "8d1c0000-0000-4000-8000-000000000001",
      ts: "2026-11-20T05:01:02.250Z",
      intent: "summarize",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input_tokens: 9340,
      output_tokens: 200,
      cached_input_tokens: 9000,
      cache_write_tokens: 300,
      cache_write_1h_tokens: 200,
      reasoning_tokens: 150,
      latency_ms: 1800,
      ttft_ms: 450,
      cost_usd: 0.006945,
      cost_basis: "list_price",
      endpoint: null,
      region: null,
      tenant: "u-17",
      quality_score: null,
      status: "ok",
      conversation_id: "t-1",
      max_tokens: 1024,
      source: "langsmith",
    });
  });

  it("takes tenant, intent and quality from the metadata and feedback that the user names", () => {
    const reading = {
      tenantMetadata: "team",
      intentMetadata: "task",
      qualityFeedback: "helpfulness",
      qualityBest: 1,
    };
    expect(eventOf(call, reading, "shop")).toMatchObject({
      tenant: "shop",
      intent: "digest",
      quality_score: 0.75,
    });
    expect(eventOf(call, { ...reading, qualityBest: 0.5 }).quality_score).toBeNull();
  });

  it("that failed without usage was billed nothing; the class of its model is no intent", () => {
    expect(eventOf(failed)).toMatchObject({
      status: "error",
      input_tokens: 0,
      output_tokens: 0,
      model: "gpt-5-mini",
      intent: null,
      tenant: null,
    });
  });

  it("has seconds as milliseconds where an answer of the newer API gives them", () => {
    expect(eventOf({ ...call, run_type: "LLM", latency_seconds: 1.5 }).latency_ms).toBe(1500);
  });

  it("has no known cost where LangSmith knew no price", () => {
    expect(eventOf({ ...call, total_cost: 0 }).cost_usd).toBeNull();
    expect(eventOf({ ...call, total_cost: null }).cost_usd).toBeNull();
  });

  it("is the same from a table, where objects are text", () => {
    const row = Object.fromEntries(
      Object.entries(call!).map(([key, value]) => [
        key,
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]),
    );
    expect(eventOf(row)).toEqual(eventOf(call));
  });

  it("is no event above the calls that it holds, nor before it has ended", () => {
    expect(normalise(chain)).toBeNull();
    expect(normalise(pending)).toBeNull();
  });

  it.each([
    ["without an id", { ...call, id: "" }, "missing_field"],
    ["without a start", { ...call, start_time: null }, "missing_field"],
    ["with tokens below 0", { ...call, prompt_tokens: -1 }, "negative"],
  ])("is rejected %s", (_, record, code) => {
    expect(normalise(record)).toMatchObject({ problem: { code } });
  });
});

it("an embedding writes no token", () => {
  expect(eventOf(embedding)).toMatchObject({ input_tokens: 900, output_tokens: 0, cost_usd: null });
});

it("text is read from inputs and outputs, and from nowhere else", () => {
  expect(contentOfRecord(call, "e1")).toEqual({
    eventId: "e1",
    messages: [{ role: "user", content: "A question." }],
    response: "A short answer.",
  });
  expect(contentOfRecord(failed, "e1")).toBeNull();
  expect(JSON.stringify(eventOf(call))).not.toContain("question");
});

describe("usage of a run", () => {
  it.each([
    [
      "with cached tokens apart, as Anthropic counts",
      { prompt_tokens: 40, completion_tokens: 7, prompt_token_details: { cache_read: 60 } },
      { input_tokens: 100, cached_input_tokens: 60, cache_write_tokens: null },
    ],
    [
      "of the newer API",
      { prompt_tokens: 100, completion_tokens: 7, prompt_token_details: { raw: { cache_read: 60 } } },
      { input_tokens: 100, cached_input_tokens: 60 },
    ],
    [
      "whose writes are split by lifetime",
      { prompt_tokens: 100, prompt_token_details: { cache_creation: 50, ephemeral_5m_input_tokens: 50 } },
      { cache_write_tokens: 50, cache_write_1h_tokens: null },
    ],
  ])("%s", (_, run, usage) => {
    expect(readUsage(run)).toMatchObject(usage);
  });
});
