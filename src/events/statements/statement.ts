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
  /** Collector id. */
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
