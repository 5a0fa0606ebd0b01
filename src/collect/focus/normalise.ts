import type { Statement } from "../../events/contract.js";
import type { Normalised } from "../contract.js";
import {
  firstOf,
  normaliseWith,
  RecordProblem,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
} from "../platform/fields.js";

const SOURCE = "focus";

/** FOCUS's category of AI services, and names under which clouds bill models in other categories. */
const AI_CATEGORY = "AI and Machine Learning";
const AI_SERVICES =
  /bedrock|sagemaker|openai|cognitive|vertex|gemini|anthropic|claude|cortex|model serving|ai foundry/i;

/** Names of the canonical event's providers. */
const PROVIDERS: readonly (readonly [RegExp, string])[] = [
  [/amazon|aws/i, "aws"],
  [/microsoft|azure/i, "azure"],
  [/google/i, "google"],
  [/snowflake/i, "snowflake"],
  [/databricks/i, "databricks"],
  [/anthropic/i, "anthropic"],
  [/openai/i, "openai"],
];

/** Charges that are no price of use: taxes, and credits that the contract, not the workload, brought about. */
const LEFT_OUT = new Set(["Tax", "Credit"]);

/** A charge row as a line of a bill; null for services that are no AI, and for taxes and credits. */
export function normalise(row: unknown): Normalised | null {
  return normaliseWith(() => {
    const record = requireObject(row);
    const category = requireText(record.ChargeCategory, "ChargeCategory");
    const service = readText(record.ServiceName, "ServiceName") ?? "";
    const isAi = record.ServiceCategory === AI_CATEGORY || AI_SERVICES.test(service);
    if (!isAi || LEFT_OUT.has(category)) return null;
    // 1.3 renamed the provider's column.
    const provider = requireText(firstOf(record.ServiceProviderName, record.ProviderName), "ProviderName");
    const account = readText(firstOf(record.SubAccountName, record.SubAccountId), "SubAccountName");
    const billed = requireText(firstOf(record.BilledCost, record.EffectiveCost), "BilledCost");
    const statement: Statement = {
      source: SOURCE,
      provider: PROVIDERS.find(([name]) => name.test(provider))?.[1] ?? provider.toLowerCase(),
      account,
      tenant: account,
      model: null,
      lineItem: [service, readText(firstOf(record.SkuMeter, record.SkuId), "SkuMeter")]
        .filter(Boolean)
        .join("/"),
      periodStart: new Date(requireInstant(record.ChargePeriodStart, "ChargePeriodStart")).toISOString(),
      periodEnd: new Date(requireInstant(record.ChargePeriodEnd, "ChargePeriodEnd")).toISOString(),
      requests: null,
      // Exports say in free text whether a quantity is input, output or cached: it is not taken apart.
      inputTokens: null,
      cachedInputTokens: null,
      cacheWriteTokens: null,
      outputTokens: null,
      amount: exactDecimal(billed),
      currency: requireText(record.BillingCurrency, "BillingCurrency").toUpperCase(),
      basis: "billed",
    };
    return { statement };
  });
}

/** Decimal text without an exponent: `1.5E-7` is `0.00000015`. */
export function exactDecimal(text: string): string {
  readNumber(text, "BilledCost");
  const match = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (match === null) throw new RecordProblem("wrong_type", "BilledCost", "found a text that is no number.");
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const right = padded.slice(at);
  return `${sign === "-" ? "-" : ""}${left}${right === "" ? "" : `.${right}`}`;
}
