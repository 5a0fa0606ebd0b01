import { z } from "zod";
import { REMOTE_ENGINES } from "../engine/contract.js";
import type { ArrivalCurve, Fleet } from "../serving/contract.js";
import { type ArtifactBody, artifactSchema } from "../shared/artifact.js";
import type { PicoUsd } from "../shared/money.js";
import type {
  CellKey,
  ConversationWindow,
  ExactReuse,
  OutputTail,
  PrefixReuse,
  RetryTail,
  SemanticReuse,
  SharedPrefix,
} from "./side-tables/rows.js";

export * from "./side-tables/rows.js";

/** How a figure came to be. Every figure shown to a user carries one of these. */
export const BASES = ["measured", "replayed", "estimated", "assumed"] as const;
export type Basis = (typeof BASES)[number];

/**
 * One cell of the workload, hour and tenant summed out: all its requests share model, interface and context
 * class, so its cost is linear in its tokens. Token sums are whole numbers of tokens over the observed period.
 */
export interface WorkloadCell {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly endpoint: string | null;
  readonly region: string | null;
  readonly status: string;
  readonly batch: boolean;
  readonly serviceTier: string | null;
  /** Requests of this cell have more input tokens than this, and at most the next class bound. */
  readonly contextClass: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Absent in an observed workload. Set by levers of the model stage, so that a moved cell is never moved twice. */
  readonly routedFrom?: string;
  /** Id of the fleet that serves the cell: its cost is the fleet's, not the price list's. Absent: an API. */
  readonly fleet?: string;
  /**
   * Absent: single requests. Else sums over calls that no one saw one by one: `bucket` says how many they were,
   * `uncounted` does not, and its `requests` are rows. The context class is then that of the mean, or the lowest (assumed).
   */
  readonly grain?: "bucket" | "uncounted";
}

export interface ClusterInfo {
  readonly id: string;
  readonly name: string;
  /** How the cluster came to be: the source's intent, or lexical k-means. */
  readonly method: "intent" | "lexical";
  readonly requests: number;
  /** Share of all requests, 0..1. */
  readonly requestShare: number;
  readonly costPicoUsd: PicoUsd;
  /** Samples drawn for inference. */
  readonly samples: number;
  /** Set where one tenant's requests are planned apart: the tenant, and the cluster whose samples speak for it. */
  readonly tenant?: string;
  readonly baseCluster?: string;
}

/** Observed latency of the successful requests of one model, over all clusters. */
export interface ObservedLatency {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  /** From log-bucket counts; relative error at most 1 %. */
  readonly p95Ms: number;
}

/** What levers and the planner compute on. Observed over `hours`; never scaled in place. */
export interface Workload {
  readonly cells: readonly WorkloadCell[];
  readonly clusters: readonly ClusterInfo[];
  readonly exactReuse: readonly ExactReuse[];
  readonly prefixReuse: readonly PrefixReuse[];
  /** Side tables of the token and demand levers; empty where events cannot show them. */
  readonly semanticReuse: readonly SemanticReuse[];
  readonly retries: readonly RetryTail[];
  readonly conversations: readonly ConversationWindow[];
  readonly outputTails: readonly OutputTail[];
  readonly sharedPrefixes: readonly SharedPrefix[];
  /** GPU fleets in place, and those that a change could start; empty where nothing is or could be self-hosted. */
  readonly fleets: readonly Fleet[];
  /** Absent or empty where events carry no latency. */
  readonly latencies?: readonly ObservedLatency[];
  /** Arrivals by hour, one curve per (cluster, provider, model) of the observed cells. */
  readonly arrivals: readonly ArrivalCurve[];
  /** Share of events that carry a prompt hash, or prefix hashes: 0 means "not known", not "no reuse". */
  readonly promptHashCoverage: number;
  readonly prefixHashCoverage: number;
  /** Observed span in hours, at least 1; a month is 730 hours. */
  readonly hours: number;
  /** Instant at which prices are looked up: the last event. */
  readonly pricedAt: Date;
  /** Billed over list cost per provider and model, where events carry billed cost. */
  readonly reconciliation: readonly Reconciliation[];
}

/** The workload's tables whose rows speak of the cells of a key. */
export type SideTable = Exclude<
  { [K in keyof Workload]: Workload[K] extends readonly CellKey[] ? K : never }[keyof Workload],
  "cells" | undefined
>;

const EVERY_SIDE_TABLE: Readonly<Record<SideTable, true>> = {
  exactReuse: true,
  prefixReuse: true,
  semanticReuse: true,
  retries: true,
  conversations: true,
  outputTails: true,
  sharedPrefixes: true,
};

/** Whoever takes a workload apart takes all of these apart; the type above keeps the list whole. */
export const SIDE_TABLES = Object.keys(EVERY_SIDE_TABLE) as readonly SideTable[];

export interface Reconciliation {
  readonly provider: string;
  readonly model: string;
  /** Calendar month, `2026-10`. */
  readonly month: string;
  readonly billedPicoUsd: PicoUsd;
  readonly listPicoUsd: PicoUsd;
  /** billed / list over the rows that have both; null where list is 0. */
  readonly factor: number | null;
}

export const HOURS_PER_MONTH = 730;

/** How prompts and events are grouped: declared intent, likeness of the prompts' words, or intent where declared. */
export const CLUSTER_METHODS = ["auto", "intent", "lexical"] as const;
export type ClusterMethod = (typeof CLUSTER_METHODS)[number];

/** Group of an event that declares no intent and has no prompt on file. */
export const UNKNOWN_CLUSTER = "unknown";

const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");
const quantiles = z
  .strictObject({ p50: z.number(), p95: z.number(), p99: z.number() })
  .describe("From log-bucket counts; relative error at most 1 %.");

const driver = z.strictObject({
  key: z.string(),
  events: count,
  input_tokens: count,
  output_tokens: count,
  cost_usd: usd,
  share: z.number().describe("Share of priced cost, 0..1."),
});

const remoteEngine = z.strictObject({
  id: z.enum(REMOTE_ENGINES),
  table: z.string(),
  rows_read: count,
  rows_left_out: count.describe("Rows that cannot be used, as discover would reject them."),
  repeated_ids: count.describe("Rows that repeat the id of another; they are counted, not dropped."),
  not_computed: z
    .array(z.strictObject({ table: z.string(), reason: z.string() }))
    .describe("Side tables that this engine cannot compute: nothing here or in a plan speaks of them."),
});

/** profile.yaml */
export const profileSchema = artifactSchema("Profile", {
  totals: z.strictObject({
    events: count,
    input_tokens: count,
    cached_input_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    cost_usd: usd.describe("Billed where known, else list price; USD."),
    list_cost_usd: usd,
    billed_cost_usd: usd,
    error_events: count,
  }),
  span: z.strictObject({ first: z.string(), last: z.string(), hours: z.number() }),
  peaks: z
    .strictObject({ requests_per_minute: count, peak_minute: z.string(), tokens_per_minute: count })
    .nullable()
    .describe("Of single requests; null where none is on record."),
  tokens: z
    .strictObject({ input: quantiles, output: quantiles })
    .nullable()
    .describe("A request; null where no single request is on record."),
  buckets: z
    .strictObject({
      rows: count,
      row_share: z.number(),
      uncounted_rows: count.describe("Rows that do not say how many requests they are; each counts as one."),
      requests: count,
      request_share: z.number().describe("Share of all requests; too low where rows are uncounted."),
      cost_usd: usd,
      cost_share: z.number(),
    })
    .optional()
    .describe(
      "What only sums over requests cover: no per-request figure speaks of it. Absent where there are none.",
    ),
  engine: remoteEngine
    .optional()
    .describe("Where the cube was computed, if not here. Tenants are then keyed hashes of this workspace."),
  latency_ms: quantiles.nullable().describe("null where the source has no latency."),
  ttft_ms: quantiles.nullable(),
  growth: z
    .strictObject({
      daily_change: z.number().describe("Fitted relative change of daily requests per day."),
      first_week_requests: count,
      last_week_requests: count,
      basis: z.enum(BASES),
    })
    .nullable()
    .describe("null where fewer than 14 whole days are observed."),
  drivers: z.strictObject({
    intent: z.array(driver),
    model: z.array(driver),
    tenant: z.array(driver),
    hour: z.array(driver).describe("Hour of day, UTC, 00 to 23."),
  }),
  reconciliation: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      month: z.string(),
      billed_usd: usd,
      list_usd: usd,
      factor: z.number().nullable(),
    }),
  ),
  unpriced: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      events: count,
      input_tokens: count,
      output_tokens: count,
      billed_usd: usd,
    }),
  ),
  price_fallbacks: z.array(z.string()),
  reuse: z.strictObject({
    prompt_hash_coverage: z.number(),
    prefix_hash_coverage: z.number(),
    exact: z.array(
      z.strictObject({
        ttl_seconds: count,
        hits: count,
        hit_share: z.number().describe("Share of requests with a hash."),
        saved_list_usd: usd,
      }),
    ),
    prefix: z.array(
      z.strictObject({
        ttl_seconds: count,
        minimum_tokens: count,
        hit_tokens: count,
        hit_token_share: z.number().describe("Share of input tokens of requests with prefix hashes."),
        write_tokens: count,
      }),
    ),
  }),
  clusters: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      method: z.enum(["intent", "lexical"]),
      requests: count,
      request_share: z.number(),
      cost_usd: usd,
      cost_share: z.number(),
      input_tokens_per_request: z.number(),
      output_tokens_per_request: z.number(),
      prompts: count.describe("Prompts on file for this cluster."),
      samples: count.describe("Inference samples drawn."),
      terms: z
        .array(z.string())
        .describe("Distinctive words of lexical clusters; only with --name-clusters."),
    }),
  ),
  samples: z
    .strictObject({
      design: z.string(),
      seed: z.int(),
      population: count.describe("Prompts that could have been drawn."),
      inference: count,
      representative: count,
    })
    .nullable(),
  price_book: z.strictObject({ id: z.string(), source: z.string(), date: z.string() }),
  warnings: z.array(z.string()),
});

/** profile.yaml in memory, without its envelope. */
export type ProfileBody = ArtifactBody<typeof profileSchema>;

/** stdout of `tokenop profile --json`. */
export const profileOutput = z.strictObject({
  totals: z.strictObject({
    events: count,
    input_tokens: count,
    output_tokens: count,
    cached_input_tokens: count,
    cost_usd: z.number(),
    list_cost_usd: z.number(),
    billed_cost_usd: z.number(),
  }),
  peaks: z
    .strictObject({ requests_per_minute: count, peak_minute: z.string(), tokens_per_minute: count })
    .nullable(),
  tokens: z.strictObject({ input: quantiles, output: quantiles }).nullable(),
  latency_ms: quantiles.nullable(),
  engine: remoteEngine.optional(),
  unpriced: z.array(z.strictObject({ provider: z.string(), model: z.string(), events: count })),
  clusters: z.array(
    z.strictObject({ id: z.string(), name: z.string(), requests: count, cost_usd: z.number() }),
  ),
  written: z.array(z.string()),
});

/** One message of a chat request. Content may be text or the provider's own parts; tool calls and results are kept. */
export const messageSchema = z.looseObject({ role: z.string(), content: z.unknown() });

/** How an answer is graded; the kind picks the grader, the rest are its options. */
export const graderSpec = z.union([z.string(), z.looseObject({ kind: z.string() })]);

/** One line of prompts.jsonl: text to measure quality on. Content-bearing. */
export const promptSchema = z
  .looseObject({
    id: z.string().optional(),
    event_id: z.string().optional(),
    messages: z.array(messageSchema).optional(),
    prompt: z.string().optional(),
    intent: z.string().optional(),
    reference: z.unknown().optional(),
    grader: graderSpec.optional(),
    response: z.string().optional(),
    provider: z.string().optional(),
    model: z.string().optional(),
    max_tokens: z.int().positive().optional(),
    tools: z.array(z.unknown()).optional().describe("Tool definitions, in OpenAI's or Anthropic's format."),
    response_format: z.unknown().optional().describe("OpenAI's response_format: JSON mode or a JSON Schema."),
  })
  .refine((line) => line.messages !== undefined || line.prompt !== undefined, {
    message: 'expected "messages" or "prompt"',
  })
  .refine((line) => line.id !== undefined || line.event_id !== undefined, {
    message: 'expected "id" or "event_id"',
  });

export type Prompt = z.infer<typeof promptSchema>;

/** One line of samples.jsonl. `role: inference` were drawn at random and may enter a test; medoids may not. */
export const sampleSchema = z.strictObject({
  id: z.string(),
  cluster: z.string(),
  role: z.enum(["inference", "representative"]),
  stratum: z.string(),
  inclusion_probability: z.number().gt(0).max(1).nullable(),
  weight: z.number().positive().nullable().describe("1 / inclusion probability."),
  order: count.describe("Position in the seeded random order, the same for every candidate."),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  messages: z.array(messageSchema),
  reference: z.unknown().optional(),
  grader: graderSpec.nullable(),
  max_tokens: z.int().positive().nullable(),
  tools: z.array(z.unknown()).optional(),
  response_format: z.unknown().optional(),
});

export type Sample = z.infer<typeof sampleSchema>;
