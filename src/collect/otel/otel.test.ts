import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { contentOf, normalise } from "./normalise.js";
import { encodeTraces } from "./protobuf.js";
import { eventsOf } from "./receive.js";
import { spansIn } from "./spans.js";

const attribute = (key: string, value: unknown) => ({
  key,
  value:
    typeof value === "string"
      ? { stringValue: value }
      : Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value },
});

const attributesOf = (values: Record<string, unknown>) =>
  Object.entries(values).map(([key, value]) => attribute(key, value));

const CURRENT = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-5",
  "gen_ai.response.model": "gpt-5-mini-2025-08-07",
  "gen_ai.usage.input_tokens": 1000,
  "gen_ai.usage.output_tokens": 200,
  "gen_ai.usage.cache_read.input_tokens": 400,
  "gen_ai.conversation.id": "c1",
  "gen_ai.agent.name": "mail sorter",
  "gen_ai.request.max_tokens": 512,
  "server.address": "api.openai.com",
};

function documentOf(attributes: Record<string, unknown>, span: object = {}) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ "service.name": "search", "cloud.region": "eu-west-1" }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId: "5b8efff798038103d269b633813fc60c",
                spanId: "eee19b7ec3c1b174",
                name: "chat gpt-5",
                startTimeUnixNano: "1795158000123456789",
                endTimeUnixNano: "1795158001623456789",
                attributes: attributesOf(attributes),
                ...span,
              },
            ],
          },
        ],
      },
    ],
  };
}

function eventOf(attributes: Record<string, unknown>, span: object = {}): CanonicalEvent | null {
  const made = normalise(spansIn(documentOf(attributes, span))[0]);
  return made !== null && "event" in made ? made.event : null;
}

describe("a span of a model call", () => {
  it("becomes a call: tokens, latency to the nanosecond, service as tenant", () => {
    expect(eventOf(CURRENT)).toMatchObject({
      id: "5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174",
      ts: "2026-11-20T07:00:00.123Z",
      provider: "openai",
      model: "gpt-5-mini-2025-08-07",
      intent: "mail sorter",
      input_tokens: 1000,
      cached_input_tokens: 400,
      output_tokens: 200,
      latency_ms: 1500,
      endpoint: "api.openai.com",
      region: "eu-west-1",
      tenant: "search",
      conversation_id: "c1",
      max_tokens: 512,
      status: "ok",
    });
  });

  it.each([
    [
      "deprecated names",
      {
        "gen_ai.system": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.usage.prompt_tokens": 7,
        "gen_ai.usage.completion_tokens": 3,
      },
    ],
    [
      "OpenInference",
      {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.model_name": "m",
        "llm.token_count.prompt": 7,
        "llm.token_count.completion": 3,
      },
    ],
    [
      "OpenLLMetry",
      {
        "llm.request.type": "chat",
        "gen_ai.system": "openai",
        "llm.request.model": "m",
        "gen_ai.usage.prompt_tokens": 7,
        "gen_ai.usage.completion_tokens": 3,
      },
    ],
  ])("is read under %s too", (_, attributes) => {
    expect(eventOf(attributes)).toMatchObject({
      provider: "openai",
      model: "m",
      input_tokens: 7,
      output_tokens: 3,
    });
  });

  it("whose cached tokens are more than its input was counted without them", () => {
    expect(
      eventOf({
        ...CURRENT,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.cache_creation.input_tokens": 88,
      }),
    ).toMatchObject({ input_tokens: 500, cached_input_tokens: 400, cache_write_tokens: 88 });
  });

  it.each([
    ["invoke_agent", null],
    ["execute_tool", null],
    ["embeddings", expect.anything()],
  ])("of the operation %s", (operation, expected) => {
    expect(eventOf({ ...CURRENT, "gen_ai.operation.name": operation })).toEqual(expected);
  });

  it("is none without a model or an operation", () => {
    expect(eventOf({ "http.method": "GET" })).toBeNull();
  });

  it.each([
    [{ "error.type": "429" }, {}, "rate_limited"],
    [{ "error.type": "RateLimitError" }, {}, "rate_limited"],
    [{ "error.type": "timeout" }, {}, "timeout"],
    [{}, { status: { code: 2 } }, "error"],
    [{}, { status: { code: "STATUS_CODE_ERROR" } }, "error"],
  ])("with %o and %o is %s", (attributes, span, status) => {
    expect(eventOf({ ...CURRENT, ...attributes }, span)).toMatchObject({ status });
  });

  it("without usable times is a problem that names the field", () => {
    const [span] = spansIn(documentOf(CURRENT, { startTimeUnixNano: "soon" }));
    expect(normalise(span)).toMatchObject({
      problem: { field: "startTimeUnixNano", code: "invalid_timestamp" },
    });
  });

  it("keeps no message, and gives it only where it was asked for", () => {
    const messages = JSON.stringify([{ role: "user", parts: [{ type: "text", content: "hello" }] }]);
    const [span] = spansIn(documentOf({ ...CURRENT, "gen_ai.input.messages": messages }));

    expect(JSON.stringify(normalise(span))).not.toContain("hello");
    expect(JSON.stringify(contentOf(span, "a"))).toContain("hello");
  });
});

describe("an export request", () => {
  const json = (document: object) => new TextEncoder().encode(JSON.stringify(document));

  it("holds the same calls in JSON and in Protocol Buffers", () => {
    const document = documentOf({ ...CURRENT, "gen_ai.request.temperature": 0.5 });
    const bytes = {
      resourceSpans: document.resourceSpans.map((resourceSpan) => ({
        ...resourceSpan,
        scopeSpans: resourceSpan.scopeSpans.map(({ spans }) => ({
          spans: spans.map((span) => ({
            ...span,
            traceId: Buffer.from(span.traceId, "hex"),
            spanId: Buffer.from(span.spanId, "hex"),
          })),
        })),
      })),
    };
    const fromJson = eventsOf(json(document), "application/json");

    expect(fromJson.events).toHaveLength(1);
    expect(eventsOf(encodeTraces(bytes), "application/x-protobuf")).toEqual(fromJson);
  });

  it("tells other spans and unusable ones from calls", () => {
    const good = documentOf(CURRENT);
    const [{ scopeSpans }] = good.resourceSpans as unknown as [{ scopeSpans: { spans: object[] }[] }];
    scopeSpans[0]!.spans.push(
      ...spansOf({ "http.method": "GET" }, {}),
      ...spansOf({ ...CURRENT, "gen_ai.usage.output_tokens": -1 }, {}),
    );
    expect(eventsOf(json(good), "application/json")).toMatchObject({
      events: [{}],
      otherSpans: 1,
      problems: [expect.stringContaining("-1")],
    });
  });

  const spansOf = (attributes: Record<string, unknown>, span: object): object[] =>
    documentOf(attributes, span).resourceSpans[0]!.scopeSpans[0]!.spans;

  it("that is none throws, whatever the bytes", () => {
    expect(() => eventsOf(new TextEncoder().encode("{"), "application/json")).toThrow();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        try {
          expect(eventsOf(bytes, "application/x-protobuf").events).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
