import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactDecimal, normalise } from "./normalise.js";

const row = {
  BilledCost: "12.3456",
  EffectiveCost: "10.00",
  BillingCurrency: "USD",
  ChargePeriodStart: "2026-11-20T00:00:00Z",
  ChargePeriodEnd: "2026-11-21T00:00:00Z",
  ChargeCategory: "Usage",
  ServiceName: "Amazon Bedrock",
  ServiceCategory: "AI and Machine Learning",
  ProviderName: "AWS",
  SubAccountName: "search",
  SkuMeter: "USE1-Claude4.5Sonnet-input-tokens",
  ChargeDescription: "some text of the vendor",
};

describe("a charge row", () => {
  it("becomes a line of the bill: what was billed, not the amortised cost", () => {
    expect(normalise(row)).toMatchObject({
      statement: {
        provider: "aws",
        account: "search",
        amount: "12.3456",
        currency: "USD",
        lineItem: "Amazon Bedrock/USE1-Claude4.5Sonnet-input-tokens",
        periodStart: "2026-11-20T00:00:00.000Z",
        model: null,
        inputTokens: null,
        basis: "billed",
      },
    });
  });

  it("knows the provider by the column of 1.3 too, and an AI service in another category by its name", () => {
    const { ProviderName: _, ...newer } = row;
    const changed = {
      ...newer,
      ServiceProviderName: "Microsoft",
      ServiceName: "Azure OpenAI",
      ServiceCategory: "Other",
    };
    expect(normalise(changed)).toMatchObject({ statement: { provider: "azure" } });
  });

  it.each([
    { ServiceName: "Amazon EC2", ServiceCategory: "Compute" },
    { ChargeCategory: "Tax" },
    { ChargeCategory: "Credit" },
  ])("is left out: %o", (changes) => {
    expect(normalise({ ...row, ...changes })).toBeNull();
  });

  it.each(["ChargeCategory", "BillingCurrency", "ChargePeriodStart", "ProviderName"])(
    "without %s is rejected by name",
    (field) => {
      expect(normalise({ ...row, [field]: "" })).toMatchObject({ problem: { field } });
    },
  );

  it("keeps corrections negative", () => {
    expect(normalise({ ...row, BilledCost: "-0.5" })).toMatchObject({ statement: { amount: "-0.5" } });
  });
});

describe("an exact decimal", () => {
  it.each([
    ["1.5E-7", "0.00000015"],
    ["2e3", "2000"],
    ["-1.25e1", "-12.5"],
    [".5", "0.5"],
    ["007.10", "7.10"],
  ])("%s is %s", (text, expected) => {
    expect(exactDecimal(text)).toBe(expected);
  });

  it("is the same number, for any", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (number) => {
        expect(Number(exactDecimal(String(number)))).toBe(number === 0 ? 0 : number);
      }),
    );
  });
});
