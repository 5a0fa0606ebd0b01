import { z } from "zod";
import { infrastructureSchema } from "../serving/contract.js";
import { artifactSchema } from "../shared/artifact.js";
import { overlapSchema } from "./overlap/report.js";
import { STATEMENT_BASES, type Statement } from "./statements/statement.js";

export * from "./overlap/report.js";
export * from "./statements/statement.js";

/**
 * The canonical event: one call to a model, as logged or billed; or a bucket of calls, from a source that gives no
 * single ones. A bucket counts in sums of requests, tokens and money, and says nothing of any one request.
 *
 * Token totals are inclusive: `cached_input_tokens` and `cache_write_tokens` are subsets of `input_tokens`
 * (and together never above it), `cache_write_1h_tokens` is a subset of `cache_write_tokens`, `reasoning_tokens`
 * a subset of `output_tokens`. Sources that count otherwise are converted by their collector.
 */
const count = z.int().nonnegative();
const text = z.string().min(1);

export const EVENT_STATUSES = ["ok", "error", "timeout", "rate_limited"] as const;
export const COST_BASES = ["billed", "list_price"] as const;
export const GRAINS = ["request", "bucket"] as const;

/** Earliest and latest instant that a usage record can honestly carry; outside is a unit or parsing mistake. */
export const EARLIEST_TS = "2015-01-01T00:00:00Z";
export const LATEST_TS = "2100-01-01T00:00:00Z";

export const eventSchema = z
  .object({
    id: text.describe(
      "Unique per call. Derived from content hash and row ordinal where the source has none.",
    ),
    ts: z.string().describe("ISO 8601 instant of the request; stored in UTC."),
    intent: text.nullable().describe('What the call is for; "unknown" until declared or clustered.'),
    provider: text.nullable().describe("Who serves the model: openai, anthropic, aws_bedrock, ..."),
    model: text.nullable().describe("Model name as the provider bills it."),
    input_tokens: count.nullable().describe("All prompt tokens, cached ones included."),
    output_tokens: count.nullable().describe("All generated tokens, reasoning included."),
    latency_ms: z.number().nonnegative().nullable().describe("Request to last byte, milliseconds."),
    cost_usd: z.number().nonnegative().nullable().describe("Cost of the call in USD; see cost_basis."),
    endpoint: text.nullable().describe("Host that served the call."),
    region: text.nullable().describe("Region that served the call."),
    tenant: text.nullable().describe("Who the call was made for."),
    quality_score: z.number().min(0).max(1).nullish().describe("Quality of the answer in 0..1."),
    context_length: count.nullish().describe("Context window offered, tokens."),
    cached_input_tokens: count.nullish().describe("Input tokens read from the provider's prompt cache."),
    cache_write_tokens: count.nullish().describe("Input tokens written to the provider's prompt cache."),
    cache_write_1h_tokens: count.nullish().describe("Part of cache_write_tokens with a one-hour lifetime."),
    reasoning_tokens: count.nullish().describe("Output tokens spent on hidden reasoning."),
    status: z.enum(EVENT_STATUSES).nullish().describe("Outcome of the call; absent reads as ok."),
    retry_of: text.nullish().describe("Id of the call that this one repeats."),
    batch: z.boolean().nullish().describe("Sent through the provider's batch interface."),
    service_tier: text.nullish().describe("Provider service tier: standard, flex, priority, ..."),
    max_tokens: count.nullish().describe("Output ceiling of the request, tokens."),
    ttft_ms: z.number().nonnegative().nullish().describe("Time to first token, milliseconds."),
    conversation_id: text.nullish().describe("Groups the turns of one conversation."),
    turn: count.nullish().describe("Position within the conversation, from 0."),
    prompt_hash: text.nullish().describe("Keyed hash of the whole request; equal hash, equal request."),
    prefix_hashes: z
      .array(z.union([text, z.int()]))
      .nullish()
      .describe("Chained hashes of consecutive prompt blocks, first block first."),
    prefix_block_tokens: count.nullish().describe("Tokens per block of prefix_hashes."),
    cost_basis: z
      .enum(COST_BASES)
      .nullish()
      .describe("Whether cost_usd was billed or computed from list prices."),
    grain: z
      .enum(GRAINS)
      .nullish()
      .describe(
        "request: one call, also when absent. bucket: sums over calls of one key and period, ts its start.",
      ),
    request_count: count
      .nullish()
      .describe("Calls that a bucket stands for; absent or 0 is not known. A request stands for itself."),
    bucket_seconds: count
      .nullish()
      .describe(
        "Length of a bucket from ts on. Absent: a day, an hour or a minute, as all buckets of the file are aligned to.",
      ),
    source: text
      .nullish()
      .describe("Collector that produced the event, or the name of its source in tokenop.yaml."),
    attributes: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe(
        "Labels of the source: numbers and truth values are kept, text could be a prompt and is not.",
      ),
  })
  .describe("Canonical TokenOp event (events.jsonl, one per line).");

export type CanonicalEvent = z.infer<typeof eventSchema>;

/** Column name, SQL type in the engine's store, and whether a row without it can be used. Order is the file's. */
export const EVENT_COLUMNS = [
  { name: "id", type: "VARCHAR" },
  { name: "ts", type: "TIMESTAMP" },
  { name: "intent", type: "VARCHAR" },
  { name: "provider", type: "VARCHAR" },
  { name: "model", type: "VARCHAR" },
  { name: "input_tokens", type: "BIGINT" },
  { name: "output_tokens", type: "BIGINT" },
  { name: "latency_ms", type: "DOUBLE" },
  // 18 digits with 12 decimals: up to 999,999 USD a call, exact to one pico-USD, stored as a 64-bit integer.
  { name: "cost_usd", type: "DECIMAL(18,12)" },
  { name: "endpoint", type: "VARCHAR" },
  { name: "region", type: "VARCHAR" },
  { name: "tenant", type: "VARCHAR" },
  { name: "quality_score", type: "DOUBLE" },
  { name: "context_length", type: "BIGINT" },
  { name: "cached_input_tokens", type: "BIGINT" },
  { name: "cache_write_tokens", type: "BIGINT" },
  { name: "cache_write_1h_tokens", type: "BIGINT" },
  { name: "reasoning_tokens", type: "BIGINT" },
  { name: "status", type: "VARCHAR" },
  { name: "retry_of", type: "VARCHAR" },
  { name: "batch", type: "BOOLEAN" },
  { name: "service_tier", type: "VARCHAR" },
  { name: "max_tokens", type: "BIGINT" },
  { name: "ttft_ms", type: "DOUBLE" },
  { name: "conversation_id", type: "VARCHAR" },
  { name: "turn", type: "BIGINT" },
  { name: "prompt_hash", type: "VARCHAR" },
  { name: "prefix_hashes", type: "VARCHAR[]" },
  { name: "prefix_block_tokens", type: "BIGINT" },
  { name: "cost_basis", type: "VARCHAR" },
  { name: "grain", type: "VARCHAR" },
  { name: "request_count", type: "BIGINT" },
  { name: "bucket_seconds", type: "BIGINT" },
  { name: "source", type: "VARCHAR" },
  { name: "attributes", type: "VARCHAR" },
] as const;

export type EventColumn = (typeof EVENT_COLUMNS)[number]["name"];

/** Canonical column <- source column (`--map`), and canonical column <- constant (`--set`). */
export interface ColumnMapping {
  readonly map: Readonly<Partial<Record<EventColumn, string>>>;
  readonly set: Readonly<Partial<Record<EventColumn, string>>>;
  /** Unit of a numeric `ts` column; by magnitude when absent. */
  readonly tsUnit?: "s" | "ms" | "us" | "ns";
}

/** Why a line could not be used. The offending text is never kept: it could hold a prompt. */
export interface Problem {
  readonly file: string;
  /** 1-based line of a text file, 1-based row of a Parquet file. */
  readonly line: number;
  readonly field: string | null;
  readonly code: ProblemCode;
  /** What was found (type and size, numbers verbatim) and what was expected. */
  readonly message: string;
}

export const PROBLEM_CODES = [
  "truncated_line",
  "invalid_json",
  "not_an_object",
  "invalid_csv",
  "invalid_encoding",
  "line_too_long",
  "missing_field",
  "wrong_type",
  "not_finite",
  "negative",
  "out_of_range",
  "invalid_timestamp",
  "invalid_value",
  "subset_exceeds_total",
  "unreadable_file",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** read = valid + rejected + duplicate + overlapping, always. */
export interface IngestCounts {
  readonly read: number;
  readonly valid: number;
  readonly rejected: number;
  readonly duplicate: number;
  /** Usable, but another source has the same call, or single requests of what a bucket sums up. */
  readonly overlapping: number;
}

export interface FileCounts extends IngestCounts {
  readonly file: string;
  readonly format: string;
  readonly sha256: string | null;
}

export interface IngestResult extends IngestCounts {
  readonly files: readonly FileCounts[];
  /** The first problems (at most `PROBLEMS_SHOWN`); all of them are in the rejects file. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** Lines of bills that were read; none of them is a record or an event. */
  readonly statements: number;
}

export const PROBLEMS_SHOWN = 1000;

/** A row that a collector parsed itself, with its origin for messages. */
export type RawRow =
  | {
      readonly file: string;
      readonly line: number;
      readonly event: CanonicalEvent;
      readonly suppliedId: boolean;
    }
  | { readonly file: string; readonly line: number; readonly problem: Omit<Problem, "file" | "line"> };

/** A line that the source repeats (a streamed message, a replayed side chain); counted as duplicate. */
export interface RepeatedLine {
  readonly file: string;
  readonly line: number;
}

/**
 * What collectors yield. `files` are read by the engine itself; `rows` were parsed by the collector; `statements` are
 * lines of bills, which become no events.
 */
export type RawBatch =
  | { readonly kind: "files"; readonly files: readonly SourceFile[]; readonly mapping: ColumnMapping }
  | { readonly kind: "rows"; readonly rows: readonly RawRow[]; readonly repeated: readonly RepeatedLine[] }
  | { readonly kind: "statements"; readonly statements: readonly Statement[] };

export type SourceFormat = "jsonl" | "csv" | "parquet";
export type SourceCompression = "none" | "gzip" | "zstd";

export interface SourceFile {
  readonly path: string;
  /** Name shown to users and kept in artifacts: relative to what the user named. */
  readonly label: string;
  readonly format: SourceFormat;
  readonly compression: SourceCompression;
  readonly bytes: number;
  /** Collector id, written to the event's `source`. */
  readonly source: string;
}

const fileCounts = z.strictObject({
  file: z.string(),
  format: z.string(),
  read: count,
  valid: count,
  rejected: count,
  duplicate: count,
  overlapping: count,
  sha256: z.string().nullable(),
});

const decimal = z.string().describe("Exact decimal.");
const comparison = {
  amount: decimal.describe("What the bill says, in its currency."),
  compared_amount: decimal.describe("The part of it for periods on which there are events of the provider."),
  explained_usd: decimal.describe(
    "What the events of those periods cost: billed where known, else list price.",
  ),
  explained_billed_usd: decimal.describe("Of that, billed by the source of the events."),
  difference_usd: decimal.nullable().describe("Compared minus explained; null where the bill is not in USD."),
  explained_share: z.number().nullable().describe("Explained over compared; null where that says nothing."),
  event_rows: count,
};

const billReconciliation = z
  .strictObject({
    source: z.string().describe("Source of the bill."),
    provider: z.string(),
    currency: z.string(),
    basis: z.enum(STATEMENT_BASES),
    first: z.string(),
    last: z.string().describe("End of the last period."),
    lines: count,
    ...comparison,
    days: count.describe("UTC days that the bill speaks of."),
    days_only_billed: count,
    days_only_events: count,
    models: z
      .array(z.strictObject({ model: z.string().nullable(), ...comparison }))
      .describe("null: lines that name no model, against events of models that no line names."),
  })
  .describe(
    "A bill against the events of its provider. Nothing is added across sources, currencies or bases.",
  );

/** discovered.yaml */
export const discoveredSchema = artifactSchema("Discovered", {
  totals: z.strictObject({
    read: count,
    valid: count,
    rejected: count,
    duplicate: count,
    overlapping: count.describe("Rows that another source has too; see overlap."),
  }),
  span: z
    .strictObject({ first: z.string(), last: z.string() })
    .nullable()
    .describe("First and last event, UTC."),
  collectors: z.array(
    z.strictObject({
      id: z.string(),
      found: z.string().describe("What was found, in words."),
      used: z.boolean(),
      reason: z.string().nullable().describe("Why it was skipped, when it was."),
      cannot_fill: z.array(z.strictObject({ column: z.string(), reason: z.string() })),
    }),
  ),
  files: z.array(fileCounts),
  cost: z.strictObject({
    billed_events: count,
    list_priced_events: count,
    unpriced_events: count,
    billed_usd: z.string().describe("Exact decimal, USD; basis: billed, measured."),
    list_price_usd: z.string().describe("Exact decimal, USD; basis: tokens times list price."),
  }),
  unpriced: z.array(
    z.strictObject({ provider: z.string(), model: z.string(), events: count, tokens: count }),
  ),
  statements: count.optional().describe("Lines of bills that were read; none of them is an event."),
  reconciliation: z.array(billReconciliation).optional(),
  overlap: overlapSchema.optional(),
  appended: z
    .strictObject({ kept: count, replaced: count, added: count })
    .optional()
    .describe("Rows before sources were compared: kept from before, read again, and new (--append)."),
  content: z
    .strictObject({
      records: count,
      redactions: z
        .strictObject({
          key: count,
          email: count,
          card: count,
          iban: count,
          national_id: count,
          phone: count,
        })
        .describe("What was replaced in the text, by kind."),
    })
    .optional()
    .describe("Prompt text that was asked for and is kept in prompts.jsonl."),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  infrastructure: infrastructureSchema.optional().describe("Only where a source declares what runs."),
  warnings: z.array(z.string()),
});

/** stdout of `tokenop discover --json`. */
export const discoverOutput = z.strictObject({
  read: count,
  valid: count,
  rejected: count,
  duplicate: count,
  overlapping: count,
  files: z.array(fileCounts),
  span: z.strictObject({ first: z.string(), last: z.string() }).nullable(),
  cost_usd: z.strictObject({ billed: z.number(), list_price: z.number(), unpriced_events: count }),
  infrastructure: z
    .strictObject({ pools: count, endpoints: count, servers: count })
    .optional()
    .describe("How many of each a source declares; the rows stand in discovered.yaml."),
  written: z.array(z.string()),
});

/** stdout of `tokenop validate --json`. */
export const validateOutput = z.strictObject({
  read: count,
  valid: count,
  rejected: count,
  duplicate: count,
  problems: z.array(
    z.strictObject({
      file: z.string(),
      line: count,
      field: z.string().nullable(),
      code: z.enum(PROBLEM_CODES),
      message: z.string(),
    }),
  ),
});
