import { describe, expect, it } from "vitest";
import { statementFault } from "../../events/contract.js";
import type { Normalised } from "../contract.js";
import { parseSettings } from "../platform/remote-collector.js";
import {
  contentOfPayload,
  normaliseBill,
  normaliseEndpointUsage,
  normaliseGatewayUsage,
  normalisePayload,
} from "./normalise.js";
import { databricksSettings } from "./settings.js";
import { contentRead, grantOf, payloadRead, usageReads } from "./tables.js";

// Column names as the system tables have them (docs.databricks.com, looked up 2026-11); every value is invented.
const ENDPOINT_ROW = {
  request_time: "2026-11-20T09:04:52.000Z",
  databricks_request_id: "a1b2",
  workspace_id: 123,
  requester: "svc@example.com",
  endpoint_name: "chat",
  entity_name: "system.ai.databricks-claude-sonnet-4-5",
  entity_type: "FOUNDATION_MODEL",
  task: "llm/v1/chat",
  external_provider: null,
  external_model: null,
  status_code: 200,
  input_token_count: 1728,
  output_token_count: 376,
  latency_ms: 812,
  tags: { team: "search", use_case: "answers" },
};
const READING = { tenantTags: ["tenant", "team"], intentTags: ["intent", "use_case"] };

const eventOf = (made: Normalised | null) => {
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};

describe("a row of endpoint usage", () => {
  it("is one call without a cost, which Databricks does not have per call", () => {
    expect(normaliseEndpointUsage(ENDPOINT_ROW, READING)).toMatchObject({
      suppliedId: true,
      event: {
        id: "a1b2",
        ts: "2026-11-20T09:04:52.000Z",
        intent: "answers",
        provider: "databricks",
        model: "databricks-claude-sonnet-4-5",
        input_tokens: 1728,
        output_tokens: 376,
        latency_ms: 812,
        cost_usd: null,
        endpoint: "chat",
        region: null,
        tenant: "search",
        status: "ok",
        attributes: null,
      },
    });
  });

  it("names who serves an external model, and that model", () => {
    const row = { ...ENDPOINT_ROW, external_provider: "amazon-bedrock", external_model: "claude-3-haiku" };
    expect(eventOf(normaliseEndpointUsage(row, READING))).toMatchObject({
      provider: "aws_bedrock",
      model: "claude-3-haiku",
    });
  });

  it("is for its requester and its task where no tag says more", () => {
    const row = { ...ENDPOINT_ROW, tags: null };
    expect(eventOf(normaliseEndpointUsage(row, READING))).toMatchObject({
      tenant: "svc@example.com",
      intent: "llm/v1/chat",
    });
  });

  it("says that the counts of a custom model may be estimated", () => {
    const row = { ...ENDPOINT_ROW, entity_type: "CUSTOM_MODEL" };
    expect(eventOf(normaliseEndpointUsage(row, READING)).attributes).toEqual({
      tokens_may_be_estimated: true,
    });
  });

  it("used no tokens where it failed without counts, and has unknown ones where it did not fail", () => {
    const without = { ...ENDPOINT_ROW, input_token_count: null, output_token_count: null };
    expect(eventOf(normaliseEndpointUsage({ ...without, status_code: 429 }, READING))).toMatchObject({
      input_tokens: 0,
      output_tokens: 0,
      status: "rate_limited",
    });
    expect(eventOf(normaliseEndpointUsage(without, READING)).input_tokens).toBeNull();
  });

  it.each([
    ["without an id", { databricks_request_id: null }, "missing_field"],
    ["with tokens below 0", { input_token_count: -1 }, "negative"],
    ["without a time", { request_time: null }, "missing_field"],
  ])("is rejected %s", (_, change, code) => {
    expect(normaliseEndpointUsage({ ...ENDPOINT_ROW, ...change }, READING)).toMatchObject({
      problem: { code },
    });
  });
});

describe("a row of Unity AI Gateway", () => {
  const row = {
    event_time: "2026-11-20T09:04:52.000Z",
    invocation_id: "i-1",
    request_id: "r-1",
    requester: "svc@example.com",
    endpoint_name: "router",
    destination_type: "PAY_PER_TOKEN_FOUNDATION_MODEL",
    destination_model: "databricks-gpt-oss-120b",
    status_code: 200,
    input_tokens: 1000,
    output_tokens: 50,
    cached_input_tokens: "800",
    cache_write_tokens: null,
    latency_ms: 1200,
    time_to_first_byte_ms: 300,
    tags: {},
  };

  it("is one attempt, under the attempt's own id", () => {
    expect(eventOf(normaliseGatewayUsage(row, READING))).toMatchObject({
      id: "i-1",
      provider: "databricks",
      model: "databricks-gpt-oss-120b",
      input_tokens: 1000,
      cached_input_tokens: 800,
      cache_write_tokens: null,
      latency_ms: 1200,
      ttft_ms: 300,
    });
  });

  it("does not say who serves an external model", () => {
    const external = { ...row, destination_type: "EXTERNAL_MODEL" };
    expect(eventOf(normaliseGatewayUsage(external, READING)).provider).toBeNull();
  });
});

describe("a row of an inference table", () => {
  const row = {
    request_time: "2026-11-20T09:04:52.000Z",
    databricks_request_id: "a1b2",
    status_code: 200,
    sampling_fraction: 1,
    latency_ms: 640,
    model: "gpt-4o-2024-11-20",
    prompt_tokens: "90",
    completion_tokens: "12",
    cached_tokens: "64",
  };

  it("has the counts of its answer", () => {
    expect(eventOf(normalisePayload(row, "chat"))).toMatchObject({
      model: "gpt-4o-2024-11-20",
      input_tokens: 90,
      cached_input_tokens: 64,
      output_tokens: 12,
      latency_ms: 640,
      endpoint: "chat",
      attributes: null,
    });
  });

  it("adds cached tokens to an input that is counted without them", () => {
    const anthropic = {
      ...row,
      prompt_tokens: null,
      completion_tokens: null,
      cached_tokens: null,
      input_tokens: "10",
      output_tokens: "5",
      cache_read_input_tokens: "100",
      cache_creation_input_tokens: "20",
    };
    expect(eventOf(normalisePayload(anthropic, null))).toMatchObject({
      input_tokens: 130,
      cached_input_tokens: 100,
      cache_write_tokens: 20,
      output_tokens: 5,
    });
  });

  it("says that it stands for more calls where the endpoint logs a sample", () => {
    expect(eventOf(normalisePayload({ ...row, sampling_fraction: 0.1 }, "chat")).attributes).toEqual({
      sampling_fraction: 0.1,
    });
  });

  it("gives its text under the id of its call", () => {
    expect(
      contentOfPayload({
        databricks_request_id: "a1b2",
        request: '{"messages":[{"role":"user","content":"Q"}]}',
        response: '{"choices":[{"message":{"content":"A"}}]}',
      }),
    ).toEqual({ eventId: "a1b2", messages: [{ role: "user", content: "Q" }], response: "A" });
  });
});

describe("a day of the bill", () => {
  const row = {
    workspace_id: 123,
    billing_origin_product: "MODEL_SERVING",
    sku_name: "ENTERPRISE_ANTHROPIC_MODEL_SERVING",
    usage_unit: "DBU",
    currency_code: "USD",
    period_start: "2026-11-20T00:00:00.000Z",
    period_end: "2026-11-21T00:00:00.000Z",
    amount: "-3.070000000000",
  };

  it("is a statement at list price; a retraction is negative", () => {
    const made = normaliseBill(row);
    expect(made).toMatchObject({
      statement: {
        provider: "databricks",
        account: "123",
        lineItem: "MODEL_SERVING ENTERPRISE_ANTHROPIC_MODEL_SERVING DBU",
        amount: "-3.070000000000",
        currency: "USD",
        basis: "list_price",
      },
    });
    if (made !== null && "statement" in made) expect(statementFault(made.statement)).toBeNull();
  });

  it("is rejected, not taken for nothing, where its SKU has no price", () => {
    expect(normaliseBill({ ...row, currency_code: null, amount: null })).toMatchObject({
      problem: { code: "missing_field", field: "list_prices" },
    });
  });
});

describe("statements for inference tables", () => {
  const settings = parseSettings(databricksSettings, {
    host: "dbc-1.cloud.databricks.com",
    warehouse_id: "w",
    inference_tables: [{ table: "main.gw.chat_payload" }, { table: "main.gw.`odd``name`" }],
  });

  it("name each table in quotes, under an alias of its own", () => {
    const endpoint = usageReads(settings).find(({ name }) => name === "endpoint_usage")!;
    expect(endpoint.readSql).toContain("FROM `main`.`gw`.`chat_payload` AS p1");
    expect(endpoint.readSql).toContain("FROM `main`.`gw`.`odd``name` AS p2");
    expect(endpoint.varying).toHaveLength(4);
  });

  it("read text only where it is asked for", () => {
    const [table] = settings.inferenceTables;
    expect(payloadRead(table!, settings).readSql).not.toMatch(/^\s*p\.(request|response)\b/m);
    expect(contentRead(table!, settings).readSql).toContain("p.request, p.response");
  });

  it("refuse an expression as a table", () => {
    expect(() =>
      parseSettings(databricksSettings, {
        host: "h",
        warehouse_id: "w",
        inference_tables: [{ table: "main.gw.t WHERE 1=1" }],
      }),
    ).toThrow(/no expression/);
  });

  it("need three privileges, none of them more than reading", () => {
    expect(grantOf("main.gw.t")).toBe(
      "GRANT USE CATALOG ON CATALOG main TO `<principal>`; " +
        "GRANT USE SCHEMA ON SCHEMA main.gw TO `<principal>`; " +
        "GRANT SELECT ON TABLE main.gw.t TO `<principal>`",
    );
  });
});
