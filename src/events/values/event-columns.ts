import { EVENT_COLUMNS, type EventColumn } from "../contract.js";

/** What a column holds, for both readers: the one in SQL and the one here. */
export type ColumnKind =
  | "instant"
  | "text"
  | "count"
  | "amount"
  | "score"
  | "money"
  | "flag"
  | "status"
  | "basis"
  | "grain"
  | "hashes"
  | "labels";

export const COLUMN_KINDS: Readonly<Record<EventColumn, ColumnKind>> = {
  id: "text",
  ts: "instant",
  intent: "text",
  provider: "text",
  model: "text",
  input_tokens: "count",
  output_tokens: "count",
  latency_ms: "amount",
  cost_usd: "money",
  endpoint: "text",
  region: "text",
  tenant: "text",
  quality_score: "score",
  context_length: "count",
  cached_input_tokens: "count",
  cache_write_tokens: "count",
  cache_write_1h_tokens: "count",
  reasoning_tokens: "count",
  status: "status",
  retry_of: "text",
  batch: "flag",
  service_tier: "text",
  max_tokens: "count",
  ttft_ms: "amount",
  conversation_id: "text",
  turn: "count",
  prompt_hash: "text",
  prefix_hashes: "hashes",
  prefix_block_tokens: "count",
  cost_basis: "basis",
  grain: "grain",
  request_count: "count",
  bucket_seconds: "count",
  source: "text",
  attributes: "labels",
};

export const COLUMN_NAMES: readonly EventColumn[] = EVENT_COLUMNS.map((column) => column.name);

/** Without these a row says nothing about cost: it is rejected, never filled by a guess. */
export const REQUIRED_COLUMNS: readonly EventColumn[] = ["ts", "model", "input_tokens", "output_tokens"];

/** The largest cost that DECIMAL(18,12) holds, USD. */
export const MAX_COST_USD = 999_999.999999;

/** `parts` may together not exceed `whole`; a part that is absent counts 0, and so does an absent whole. */
export const SUBSET_RULES: readonly {
  readonly parts: readonly EventColumn[];
  readonly whole: EventColumn;
}[] = [
  { parts: ["cached_input_tokens", "cache_write_tokens"], whole: "input_tokens" },
  { parts: ["cache_write_1h_tokens"], whole: "cache_write_tokens" },
  { parts: ["reasoning_tokens"], whole: "output_tokens" },
];
