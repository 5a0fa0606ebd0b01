/**
 * Where the amount of a statement comes from: `billed` is what an invoice, a cost API or a cost export says is owed
 * before tax; `list_price` is metered units times published prices; `estimated` is metered units times a price that
 * the user gave or that was taken over from another row.
 */
export const STATEMENT_BASES = ["billed", "list_price", "estimated"] as const;
export type StatementBasis = (typeof STATEMENT_BASES)[number];

/**
 * A line of a bill: money for a span of time, not a call. Statements are never events and never counted as requests;
 * they are what events are reconciled with. A collector that cannot make one of a record yields the record as a
 * rejected row.
 *
 * Token totals are inclusive, as in events. What the bill does not say is null, never 0.
 */
export interface Statement {
  /** Collector id, or the name of its source in tokenop.yaml. */
  readonly source: string;
  /** Who bills, in the words of events: openai, anthropic, snowflake, databricks, aws_bedrock, ... */
  readonly provider: string;
  /** Billing account, organisation, project or workspace that the line belongs to. */
  readonly account: string | null;
  /** Who the usage was for, as events of this provider would name it. */
  readonly tenant: string | null;
  /** Model as the provider bills it, where the line names one. */
  readonly model: string | null;
  /** SKU, line item, or service and usage type: what is billed. Never text of a user. */
  readonly lineItem: string;
  /** ISO 8601 instants, UTC; the start belongs to the period, the end does not. */
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly requests: number | null;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number | null;
  /** Exact decimal text, at most 18 digits on either side of the point: `"-0.0123"`. Credits and corrections are negative. */
  readonly amount: string;
  /** ISO 4217 in capitals, or the name of a virtual currency (`SNOWFLAKE_CREDITS`). Only USD is ever added to USD. */
  readonly currency: string;
  readonly basis: StatementBasis;
}

/** Columns of statements.parquet, in its order. */
export const STATEMENT_COLUMNS = [
  { name: "source", type: "VARCHAR" },
  { name: "provider", type: "VARCHAR" },
  { name: "account", type: "VARCHAR" },
  { name: "tenant", type: "VARCHAR" },
  { name: "model", type: "VARCHAR" },
  { name: "line_item", type: "VARCHAR" },
  { name: "period_start", type: "TIMESTAMP" },
  { name: "period_end", type: "TIMESTAMP" },
  { name: "requests", type: "BIGINT" },
  { name: "input_tokens", type: "BIGINT" },
  { name: "cached_input_tokens", type: "BIGINT" },
  { name: "cache_write_tokens", type: "BIGINT" },
  { name: "output_tokens", type: "BIGINT" },
  { name: "amount", type: "DECIMAL(38,18)" },
  { name: "currency", type: "VARCHAR" },
  { name: "basis", type: "VARCHAR" },
] as const;

export const STATEMENT_NAMES: readonly string[] = STATEMENT_COLUMNS.map(({ name }) => name);

const AMOUNT = /^-?\d{1,18}(\.\d{1,18})?$/;
const CURRENCY = /^[A-Z][A-Z0-9_]{1,31}$/;
const COUNTS = ["requests", "inputTokens", "cachedInputTokens", "cacheWriteTokens", "outputTokens"] as const;
/** A commitment of three years is the longest thing that is billed at once. */
const LONGEST_PERIOD_MS = 4 * 366 * 86_400_000;

/** Why a line cannot be reckoned with; null where it can. Names the field, never its value. */
export function statementFault(statement: Statement): string | null {
  const [start, end] = [Date.parse(statement.periodStart), Date.parse(statement.periodEnd)];
  if (Number.isNaN(start) || Number.isNaN(end)) return "its period is no pair of instants";
  if (end <= start) return "its period ends before it begins";
  if (end - start > LONGEST_PERIOD_MS) return "its period is longer than four years";
  if (!AMOUNT.test(statement.amount)) return "its amount is no decimal of at most 18 digits on either side";
  if (!CURRENCY.test(statement.currency)) return "its currency is no code in capitals";
  if (statement.provider === "" || statement.lineItem === "") return "its provider or line item is empty";
  const wrong = COUNTS.find((name) => {
    const value = statement[name];
    return value !== null && !(Number.isSafeInteger(value) && value >= 0);
  });
  return wrong === undefined ? null : `its ${wrong} is no whole number of 0 or more`;
}
