import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentOfRecord, DEFAULT_READING, normalise } from "./normalise.js";

// Column names as LiteLLM's schema.prisma has them; every value is invented.
const [call, hit, limited] = (
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/spend-logs.json"), "utf8")) as {
    data: Record<string, unknown>[];
  }
).data;

const eventOf = (record: unknown, reading = DEFAULT_READING) => {
  const made = normalise(record, reading);
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};

describe("a row of the spend log", () => {
  it("is one event, with cached tokens within its input as they are logged", () => {
    expect(eventOf(call)).toEqual({
      id: "chatcmpl-0001",
      ts: "2026-11-20T05:01:02.000Z",
      intent: "intent:summarize",
      provider: "bedrock",
      model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
      input_tokens: 1200,
      output_tokens: 200,
      cached_input_tokens: 1000,
      cache_write_tokens: 100,
      cache_write_1h_tokens: 60,
      reasoning_tokens: 150,
      cost_usd: 0.0021375,
      cost_basis: "list_price",
      latency_ms: 2480,
      ttft_ms: 350,
      endpoint: "bedrock-runtime.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      tenant: "customer-9",
      status: "ok",
      conversation_id: "s-1",
      batch: null,
      source: "litellm",
      attributes: null,
    });
  });

  it("takes tenant, intent and basis of cost as the user says", () => {
    const reading = { tenant: "organization", intentTagPrefix: "intent:", costBasis: "billed" } as const;
    expect(eventOf(call, reading)).toMatchObject({
      tenant: "org-1",
      intent: "summarize",
      cost_basis: "billed",
    });
    expect(eventOf(call, { ...DEFAULT_READING, tenant: "user" }).tenant).toBeNull();
    expect(eventOf(call, { ...DEFAULT_READING, intentTagPrefix: "task:" }).intent).toBeNull();
  });

  it("that the proxy's own cache answered used no provider: no tokens, no cost, and what it saved", () => {
    expect(eventOf(hit)).toMatchObject({
      input_tokens: 0,
      output_tokens: 0,
      cost_usd: 0,
      cost_basis: "billed",
      attributes: { gateway_cache_hit: true, saved_input_tokens: 500, saved_output_tokens: 50 },
      latency_ms: 20,
    });
  });

  it("has no known cost where LiteLLM had no price", () => {
    expect(eventOf({ ...call, spend: 0 }).cost_usd).toBeNull();
  });

  it("failed in the way that its error tells, and its message is not read", () => {
    expect(eventOf(limited)).toMatchObject({ status: "rate_limited", endpoint: null, region: null });
    expect(eventOf({ ...limited, metadata: {} }).status).toBe("error");
    expect(JSON.stringify(eventOf(limited))).not.toContain("question");
  });

  it("adds cached tokens where a passed-through usage has them apart", () => {
    expect(eventOf({ ...call, prompt_tokens: 40 })).toMatchObject({
      input_tokens: 1140,
      cached_input_tokens: 1000,
    });
  });

  it("has no time to first token without a stream", () => {
    expect(eventOf({ ...call, completionStartTime: call!.endTime }).ttft_ms).toBeNull();
  });

  it("is the same from an export of listed columns, where everything is text", () => {
    const { metadata, messages: _, response: __, ...columns } = call!;
    const row = Object.fromEntries(
      Object.entries({ ...columns, ...(metadata as object) }).map(([key, value]) => [
        key,
        typeof value === "object" ? JSON.stringify(value) : String(value).replace(/T(.*)Z$/, " $1"),
      ]),
    );
    expect(eventOf({ ...row, request_duration_ms: "" })).toEqual({ ...eventOf(call), latency_ms: 2500 });
  });

  it("knows regions of Vertex AI by their host", () => {
    const base = "https://europe-west4-aiplatform.googleapis.com/v1/projects/p";
    expect(eventOf({ ...call, api_base: base }).region).toBe("europe-west4");
  });

  it("is no event where it is a tool's", () => {
    expect(normalise({ ...call, call_type: "call_mcp_tool" })).toBeNull();
  });

  it.each([
    ["without an id", { ...call, request_id: "" }, "missing_field"],
    ["without a start", { ...call, startTime: null }, "missing_field"],
    ["with tokens below 0", { ...call, prompt_tokens: -1 }, "negative"],
  ])("is rejected %s", (_, record, code) => {
    expect(normalise(record)).toMatchObject({ problem: { code } });
  });
});

it("text is what the proxy kept, if it kept any", () => {
  expect(contentOfRecord(call, "e1")).toEqual({
    eventId: "e1",
    messages: [{ role: "user", content: "A question." }],
    response: "A short answer.",
  });
  expect(contentOfRecord(hit, "e1")).toBeNull();
  const body = { model: "claude", messages: [{ role: "user", content: "A question." }] };
  expect(contentOfRecord({ ...call, messages: "{}", proxy_server_request: body }, "e1")).toEqual(
    contentOfRecord(call, "e1"),
  );
});
