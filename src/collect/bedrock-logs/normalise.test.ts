import { describe, expect, it } from "vitest";
import { contentOf, modelOf, normalise } from "./normalise.js";

const record = {
  schemaType: "ModelInvocationLog",
  schemaVersion: "1.0",
  timestamp: "2026-11-20T05:00:17Z",
  accountId: "111122223333",
  identity: { arn: "arn:aws:sts::111122223333:assumed-role/search-app/ada" },
  region: "us-east-1",
  requestId: "915a",
  operation: "Converse",
  modelId: "us.anthropic.claude-haiku-4-5-v1:0",
  input: {
    inputContentType: "application/json",
    inputTokenCount: 35,
    cacheReadInputTokenCount: 900,
    cacheWriteInputTokenCount: 65,
    inputBodyJson: {
      system: [{ text: "Be brief." }],
      messages: [{ role: "user", content: [{ text: "Hello" }, { image: {} }] }],
    },
  },
  output: {
    outputTokenCount: 446,
    outputBodyJson: {
      output: { message: { role: "assistant", content: [{ text: "Hi" }] } },
      metrics: { latencyMs: 3640 },
    },
  },
};

const eventOf = (changes: object) => {
  const made = normalise({ ...record, ...changes });
  return made !== null && "event" in made ? made.event : made;
};

describe("a record of the invocation log", () => {
  it("becomes a call: input with its cached parts, latency of Converse, role as tenant", () => {
    expect(eventOf({})).toMatchObject({
      id: "915a",
      ts: "2026-11-20T05:00:17.000Z",
      provider: "aws_bedrock",
      model: "anthropic.claude-haiku-4-5-v1:0",
      input_tokens: 1000,
      cached_input_tokens: 900,
      cache_write_tokens: 65,
      output_tokens: 446,
      latency_ms: 3640,
      endpoint: "Converse",
      region: "us-east-1",
      tenant: "search-app",
      status: "ok",
    });
  });

  it("takes tenant and intent from the caller's metadata, and the region that served the call", () => {
    expect(
      eventOf({ requestMetadata: { tenant: "acme", use_case: "mail" }, inferenceRegion: "us-west-2" }),
    ).toMatchObject({ tenant: "acme", intent: "mail", region: "us-west-2" });
  });

  it.each([
    ["ThrottlingException", "rate_limited"],
    ["ModelTimeoutException", "timeout"],
    ["ValidationException", "error"],
  ])("with %s is %s", (errorCode, status) => {
    expect(eventOf({ errorCode, input: {}, output: {} })).toMatchObject({
      status,
      input_tokens: null,
      output_tokens: null,
      latency_ms: null,
    });
  });

  it("is left out where it is another kind of record, and rejected where it cannot be read", () => {
    expect(normalise({ schemaType: "Other" })).toBeNull();
    expect(normalise({ ...record, requestId: undefined })).toMatchObject({ problem: { field: "requestId" } });
    expect(normalise("secret text")).toMatchObject({ problem: { code: "not_an_object" } });
  });

  it("keeps no text of a body", () => {
    expect(JSON.stringify(normalise(record))).not.toMatch(/Hello|brief|Hi"/);
  });
});

describe("the model of an id", () => {
  it.each([
    ["anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"],
    ["eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"],
    ["global.anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"],
    ["arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-70b", "meta.llama3-70b"],
    ["arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.meta.llama3-70b", "meta.llama3-70b"],
    [
      "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
      "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
    ],
  ])("%s", (id, model) => {
    expect(modelOf(id)).toBe(model);
  });
});

describe("the text of a call", () => {
  it("is its system text, messages and answer; parts that are no text are left out", () => {
    expect(contentOf(record, "915a")).toEqual({
      eventId: "915a",
      model: "anthropic.claude-haiku-4-5-v1:0",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
      ],
      response: "Hi",
    });
  });

  it("is nothing where the body lies elsewhere", () => {
    expect(contentOf({ ...record, input: { inputBodyS3Path: "s3://x" } }, "a")).toBeNull();
  });
});
