import { toCsv } from "./csv-text.js";

/**
 * Columns of focus.csv: those of FOCUS 1.2 that a usage charge has a value for or must carry, in the specification's
 * spelling, then our own with the prefix `x_` that it reserves for them.
 */
export const FOCUS_COLUMNS = [
  "BilledCost",
  "BillingAccountId",
  "BillingAccountName",
  "BillingCurrency",
  "BillingPeriodStart",
  "BillingPeriodEnd",
  "ChargeCategory",
  "ChargeClass",
  "ChargeDescription",
  "ChargeFrequency",
  "ChargePeriodStart",
  "ChargePeriodEnd",
  "ConsumedQuantity",
  "ConsumedUnit",
  "ContractedCost",
  "EffectiveCost",
  "InvoiceIssuerName",
  "ListCost",
  "PricingCategory",
  "PricingQuantity",
  "PricingUnit",
  "ProviderName",
  "PublisherName",
  "RegionId",
  "RegionName",
  "ServiceCategory",
  "ServiceName",
  "ServiceSubcategory",
  "SkuId",
  "SubAccountId",
  "SubAccountName",
  "x_CostBasis",
  "x_Intent",
  "x_Requests",
  "x_InputTokens",
  "x_CachedInputTokens",
  "x_OutputTokens",
  "x_Batch",
  "x_ServiceTier",
] as const;

/** What one key cost on one day. Amounts are exact decimals, USD. */
export interface DailyCharge {
  /** `2026-11-20`, UTC. */
  readonly day: string;
  readonly tenant: string;
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly region: string | null;
  readonly batch: boolean;
  readonly serviceTier: string | null;
  /** Whether `costUsd` was billed; else it is the list price. */
  readonly billed: boolean;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: string;
  /** null where the price list has no price. */
  readonly listUsd: string | null;
}

/** The file that `report --format focus` writes. */
export const FOCUS_FILE = "focus.csv";

/**
 * Daily charges in the FinOps Foundation's format, for the tools that read bills. What was not billed is at list price,
 * and `x_CostBasis` says so: `billed` or `list_price`. A charge without a price is left out, and counted in the report.
 */
export function focusCsv(days: readonly DailyCharge[]): string {
  const priced = days.filter(({ billed, listUsd }) => billed || listUsd !== null);
  return toCsv(FOCUS_COLUMNS, priced.map(chargeOf));
}

function chargeOf(day: DailyCharge): (string | number)[] {
  const tokens = day.inputTokens + day.outputTokens;
  const month = day.day.slice(0, 7);
  const values: Record<(typeof FOCUS_COLUMNS)[number], string | number> = {
    BilledCost: day.costUsd,
    BillingAccountId: day.provider,
    BillingAccountName: day.provider,
    BillingCurrency: "USD",
    BillingPeriodStart: `${month}-01T00:00:00Z`,
    BillingPeriodEnd: `${monthAfter(month)}-01T00:00:00Z`,
    ChargeCategory: "Usage",
    ChargeClass: "",
    ChargeDescription: `${day.model}: input and output tokens`,
    ChargeFrequency: "Usage-Based",
    ChargePeriodStart: `${day.day}T00:00:00Z`,
    ChargePeriodEnd: `${dayAfter(day.day)}T00:00:00Z`,
    ConsumedQuantity: tokens,
    ConsumedUnit: "Tokens",
    ContractedCost: day.costUsd,
    EffectiveCost: day.costUsd,
    InvoiceIssuerName: day.provider,
    ListCost: day.listUsd ?? day.costUsd,
    PricingCategory: "Standard",
    PricingQuantity: tokens,
    PricingUnit: "Tokens",
    ProviderName: day.provider,
    PublisherName: day.provider,
    RegionId: day.region ?? "",
    RegionName: day.region ?? "",
    ServiceCategory: "AI and Machine Learning",
    ServiceName: day.provider,
    ServiceSubcategory: "Generative AI",
    SkuId: `${day.provider}/${day.model}`,
    SubAccountId: day.tenant,
    SubAccountName: day.tenant,
    x_CostBasis: day.billed ? "billed" : "list_price",
    x_Intent: day.cluster,
    x_Requests: day.requests,
    x_InputTokens: day.inputTokens,
    x_CachedInputTokens: day.cachedInputTokens,
    x_OutputTokens: day.outputTokens,
    x_Batch: day.batch ? "true" : "false",
    x_ServiceTier: day.serviceTier ?? "",
  };
  return FOCUS_COLUMNS.map((column) => values[column]);
}

const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

function monthAfter(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}
