import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact, parseUsd } from "../shared/money.js";
import { type DailyCharge, FOCUS_COLUMNS, focusCsv } from "./focus.js";

const charge: DailyCharge = {
  day: "2026-12-31",
  tenant: "acme",
  cluster: "summaries",
  provider: "openai",
  model: "gpt-5-mini",
  region: null,
  batch: false,
  serviceTier: null,
  billed: false,
  requests: 10,
  inputTokens: 900,
  cachedInputTokens: 300,
  outputTokens: 100,
  costUsd: "0.000425",
  listUsd: "0.000425",
};

const rowsOf = (charges: readonly DailyCharge[]): Record<string, string>[] =>
  parse(focusCsv(charges), { columns: true });

describe("a FOCUS export", () => {
  it("has one usage charge a day and key, over its day and the month that bills it", () => {
    expect(rowsOf([charge])).toMatchObject([
      {
        ChargeCategory: "Usage",
        ChargePeriodStart: "2026-12-31T00:00:00Z",
        ChargePeriodEnd: "2027-01-01T00:00:00Z",
        BillingPeriodStart: "2026-12-01T00:00:00Z",
        BillingPeriodEnd: "2027-01-01T00:00:00Z",
        BillingCurrency: "USD",
        BilledCost: "0.000425",
        ConsumedQuantity: "1000",
        ConsumedUnit: "Tokens",
        ServiceCategory: "AI and Machine Learning",
        SubAccountName: "acme",
        x_CostBasis: "list_price",
        x_Requests: "10",
      },
    ]);
  });

  it("spells the specification's columns in Pascal case, and its own with x_", () => {
    expect(FOCUS_COLUMNS.filter((name) => !/^(?:x_)?[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
    expect(new Set(FOCUS_COLUMNS).size).toBe(FOCUS_COLUMNS.length);
  });

  it("tells what was billed from what is at list price, and leaves out what has no price", () => {
    const billed = { ...charge, billed: true, costUsd: "1.5" };
    expect(rowsOf([billed, { ...charge, listUsd: null }])).toMatchObject([
      { x_CostBasis: "billed", EffectiveCost: "1.5", ListCost: "0.000425" },
    ]);
  });

  it("loses no pico-dollar", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 16n }), { maxLength: 20 });
    fc.assert(
      fc.property(amounts, (costs) => {
        const rows = rowsOf(costs.map((cost) => ({ ...charge, costUsd: formatExact(cost) })));
        const total = rows.reduce((sum, row) => sum + parseUsd(row.BilledCost!), 0n);
        expect(total).toBe(costs.reduce((sum, cost) => sum + cost, 0n));
      }),
    );
  });
});
