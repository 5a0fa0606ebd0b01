import { describe, expect, it } from "vitest";
import { statementFault } from "../../events/contract.js";
import type { Normalised } from "../contract.js";
import { parseSettings } from "../platform/remote-collector.js";
import { contentOfCall, normaliseCall } from "./calls.js";
import { normaliseFunctions, normaliseRest } from "./normalise.js";
import { creditPrices } from "./prices.js";
import { snowflakeSettings } from "./settings.js";
import { normaliseMetering, normaliseService } from "./statements.js";
import { callsRead, functionReads, textRead } from "./views.js";

// Column names as the views have them (docs.snowflake.com, looked up 2026-11); every value is invented.
const FUNCTIONS_ROW = {
  start_time: "2026-11-20T05:00:00.000Z",
  function_name: "AI_COMPLETE",
  model_name: "claude-sonnet-4-5",
  query_id: "01b9-0001",
  query_tag: "team=search",
  user_id: "77",
  metrics: [
    { key: { metric: "input", unit: "tokens" }, value: 120000 },
    { key: { metric: "output", unit: "tokens" }, value: 8000 },
  ],
  credits: "0.310000000",
};

const NO_PRICE = creditPrices([], [], undefined);
const day = { usage_date: "2026-11-20", service_type: "AI_SERVICES", currency: "USD" };

const eventOf = (made: Normalised | null) => {
  if (made === null || !("event" in made)) throw new Error(`no event: ${JSON.stringify(made)}`);
  return made.event;
};
const statementOf = (made: Normalised | null | undefined) => {
  if (made === null || made === undefined || !("statement" in made)) throw new Error(JSON.stringify(made));
  expect(statementFault(made.statement)).toBeNull();
  return made.statement;
};

describe("an hour of a Cortex function", () => {
  it("is a bucket of calls whose number is not known", () => {
    expect(normaliseFunctions(FUNCTIONS_ROW, creditPrices([], [], 3))).toMatchObject({
      suppliedId: true,
      event: {
        ts: "2026-11-20T05:00:00.000Z",
        intent: "team=search",
        provider: "snowflake",
        model: "claude-sonnet-4-5",
        input_tokens: 120000,
        output_tokens: 8000,
        latency_ms: null,
        cost_usd: 0.93,
        cost_basis: "list_price",
        endpoint: "ai_complete",
        tenant: "77",
        grain: "bucket",
        bucket_seconds: 3600,
      },
    });
    expect(eventOf(normaliseFunctions(FUNCTIONS_ROW, NO_PRICE)).request_count).toBeUndefined();
  });

  it("has one id in every read, and another in every hour", () => {
    const id = (row: object) => eventOf(normaliseFunctions(row, NO_PRICE)).id;
    expect(id(FUNCTIONS_ROW)).toBe(id({ ...FUNCTIONS_ROW }));
    expect(id({ ...FUNCTIONS_ROW, start_time: "2026-11-20T06:00:00.000Z" })).not.toBe(id(FUNCTIONS_ROW));
  });

  it("is known by its function where there is no tag of people's making, and no model", () => {
    const row = { ...FUNCTIONS_ROW, query_tag: '{"dbt_id": 7}', model_name: "" };
    expect(eventOf(normaliseFunctions(row, NO_PRICE))).toMatchObject({
      intent: "ai_complete",
      model: "ai_complete",
    });
  });

  it("counts cached tokens as a part of its input", () => {
    const row = {
      ...FUNCTIONS_ROW,
      metrics: null,
      tokens: 999,
      tokens_granular: { input: 100, cache_read_input: 40, cache_write_input: 10, output: 7, total: 157 },
    };
    expect(eventOf(normaliseFunctions(row, NO_PRICE))).toMatchObject({
      input_tokens: 150,
      cached_input_tokens: 40,
      cache_write_tokens: 10,
      output_tokens: 7,
    });
  });

  it("says that its tokens are not split where the view has only their sum", () => {
    const row = { ...FUNCTIONS_ROW, metrics: undefined, tokens: 128000 };
    expect(eventOf(normaliseFunctions(row, NO_PRICE))).toMatchObject({
      input_tokens: 128000,
      output_tokens: 0,
      attributes: { tokens_not_split: true },
    });
    const embeds = { ...row, function_name: "EMBED_TEXT_768" };
    expect(eventOf(normaliseFunctions(embeds, NO_PRICE)).attributes).toBeNull();
  });

  it("is no event where it is billed by the page", () => {
    const row = { ...FUNCTIONS_ROW, metrics: [{ key: { metric: "pages", unit: "pages" }, value: 3 }] };
    expect(normaliseFunctions(row, NO_PRICE)).toBeNull();
  });
});

describe("a request to the REST API", () => {
  it("has no cost of its own, and the region that served it", () => {
    const row = {
      start_time: "2026-11-20T05:00:00.000Z",
      request_id: "r-1",
      model_name: "mistral-large2",
      tokens: 60,
      tokens_granular: { input: 50, output: 10 },
      user_id: "78",
      inference_region: "AWS_US_EAST_1",
    };
    expect(eventOf(normaliseRest(row))).toMatchObject({
      id: "r-1",
      input_tokens: 50,
      output_tokens: 10,
      cost_usd: null,
      region: "AWS_US_EAST_1",
    });
    expect(eventOf(normaliseRest(row)).grain).toBeUndefined();
  });
});

describe("the price of a credit", () => {
  const rate = { ...day, lowest_rate: "3.10", highest_rate: "3.10" };

  it("is money over credits of the day, before the rate, before the user's own", () => {
    const bought = { ...day, credits: "2.000000000", amount: "6.180000000" };
    expect(creditPrices([bought], [rate], 4).priceOn("2026-11-20T05:00:00Z")).toEqual({
      picoUsd: 3_090_000_000_000n,
      origin: "contract",
    });
    expect(creditPrices([], [rate], 4).priceOn("2026-11-20T05:00:00Z")?.picoUsd).toBe(3_100_000_000_000n);
    expect(creditPrices([], [rate], 4).priceOn("2026-11-21T05:00:00Z")).toEqual({
      picoUsd: 4_000_000_000_000n,
      origin: "setting",
    });
    expect(NO_PRICE.priceOn("2026-11-20T05:00:00Z")).toBeNull();
  });

  it("is not made of another currency, nor of two rates for one day", () => {
    const euros = { ...day, currency: "EUR", credits: "2", amount: "5" };
    const unclear = { ...rate, highest_rate: "3.90" };
    expect(creditPrices([euros], [unclear], undefined).priceOn("2026-11-20T05:00:00Z")).toBeNull();
  });
});

describe("lines of the bill", () => {
  const metered = { usage_date: "2026-11-20", service_type: "AI_SERVICES", credits: "2.064270000" };
  const line = (prices = NO_PRICE) => statementOf(normaliseMetering(metered, prices, "acct")[0]);

  it("stay in credits where no price is known", () => {
    expect(line()).toMatchObject({
      provider: "snowflake",
      account: "acct",
      lineItem: "AI_SERVICES",
      periodStart: "2026-11-20T00:00:00.000Z",
      periodEnd: "2026-11-21T00:00:00.000Z",
      amount: "2.06427",
      currency: "SNOWFLAKE_CREDITS",
      basis: "billed",
    });
  });

  it("are estimated in USD at the user's price, and billed where the contract has the day in money", () => {
    expect(line(creditPrices([], [], 2))).toMatchObject({
      amount: "4.12854",
      currency: "USD",
      basis: "estimated",
    });
    const euros = { ...day, currency: "EUR", credits: "2.06427", amount: "5.160675" };
    expect(line(creditPrices([euros], [], 2))).toMatchObject({
      amount: "5.160675",
      currency: "EUR",
      basis: "billed",
    });
  });

  it("of Analyst and Search stand under providers of their own, as the metering has their credits too", () => {
    const span = { period_start: "2026-11-20T00:00:00.000Z", period_end: "2026-11-21T00:00:00.000Z" };
    const analyst = { ...span, tenant: "ANA", requests: 12, credits: "0.804" };
    expect(statementOf(normaliseService(analyst, "analyst", NO_PRICE, "acct"))).toMatchObject({
      provider: "snowflake_cortex_analyst",
      requests: 12,
      inputTokens: null,
      amount: "0.804",
    });
    const search = { ...span, consumption_type: "SERVING", model: null, tokens: null, credits: "1.2" };
    expect(statementOf(normaliseService(search, "search", NO_PRICE, "acct"))).toMatchObject({
      provider: "snowflake_cortex_search",
      lineItem: "CORTEX_SEARCH SERVING",
    });
  });
});

describe("a table of calls", () => {
  const settingsOf = (change: object = {}) =>
    parseSettings(snowflakeSettings, {
      account: "a",
      role: "TOKENOP_READER",
      calls: [
        {
          name: "gateway",
          table: 'analytics."llm".calls',
          columns: {
            ts: "called_at",
            model: "model",
            input_tokens: "tokens_in",
            output_tokens: "tokens_out",
            cached_input_tokens: "cached",
            cost_usd: "cost",
            status: "state",
          },
          set: { provider: "openai" },
          input_includes_cached: false,
          content: { prompt: "prompt" },
          ...change,
        },
      ],
    });
  const settings = settingsOf();
  const table = settings.calls[0]!;
  const row = {
    ts: "2026-11-20T05:00:00.000Z",
    model: "gpt-4o",
    input_tokens: 30,
    output_tokens: 5,
    cached_input_tokens: 20,
    cost_usd: "0.00012500",
    status: "OK",
  };

  it("is read by quoted names alone, and without its text", () => {
    const { readSql, grant } = callsRead(table, settings);
    expect(readSql).toContain('u."CALLED_AT" AS "TS",\n  u."MODEL" AS "MODEL"');
    expect(readSql).toContain('FROM "ANALYTICS"."llm"."CALLS" AS u');
    expect(readSql).not.toContain("PROMPT");
    expect(textRead(table, settings)?.readSql).toContain('u."PROMPT" AS "PROMPT_TEXT"');
    expect(grant).toContain('GRANT SELECT ON TABLE analytics."llm".calls TO ROLE TOKENOP_READER');
  });

  it.each(["tokens_in + 1", "max(x)", "a.b", "x; drop table y", "x as y"])(
    "refuses %s as a column",
    (column) => {
      expect(() => settingsOf({ columns: { ts: column } })).toThrow(/no expression/);
    },
  );

  it("gives calls in canonical meaning, with an id of their own making where it has none", () => {
    const made = normaliseCall(row, table);
    expect(made).toMatchObject({ suppliedId: false });
    expect(eventOf(made)).toMatchObject({
      provider: "openai",
      input_tokens: 50,
      cached_input_tokens: 20,
      cost_usd: 0.000125,
      status: "ok",
      latency_ms: null,
      tenant: null,
      source: "snowflake",
    });
    expect(eventOf(made).id).toBe(eventOf(normaliseCall({ ...row }, table)).id);
  });

  it("gives text under the same id as the call", () => {
    const text = contentOfCall({ ...row, prompt_text: "Q" }, table);
    expect(text).toMatchObject({ eventId: eventOf(normaliseCall(row, table)).id, prompt: "Q" });
  });

  it("rejects what is no canonical value, without its text", () => {
    const made = normaliseCall({ ...row, status: "a secret" }, table);
    expect(made).toMatchObject({ problem: { code: "invalid_value", field: "status" } });
    expect(JSON.stringify(made)).not.toContain("secret");
  });
});

it("query tags are not asked for where the settings say so", () => {
  const settings = parseSettings(snowflakeSettings, { account: "a", query_tags: false });
  for (const { readSql } of functionReads(settings, NO_PRICE)) expect(readSql).not.toContain("u.query_tag");
});
