/** Lifetimes for which reuse is replayed, seconds: 5 minutes, 1 hour, 1 day, 7 days. */
export const REUSE_TTLS = [300, 3600, 86_400, 604_800] as const;
/** Prompt-cache lifetimes that providers offer. */
export const PREFIX_TTLS = [300, 3600] as const;
/** Smallest cacheable prefixes that providers document, tokens; prices/overrides.yaml names who asks for which. */
export const PREFIX_MINIMUMS = [512, 1024, 2048, 4096] as const;
/** Likeness (cosine, 0..1) for which a semantic cache is replayed. */
export const SEMANTIC_THRESHOLDS = [0.8, 0.9, 0.95, 0.98] as const;
/** Retries after which a caller could stop. */
export const RETRY_LIMITS = [0, 1, 2, 3] as const;
/** Turns that a sliding window could keep. */
export const WINDOW_TURNS = [2, 4, 8, 16] as const;
/** Ceilings of generated tokens. */
export const OUTPUT_CAPS = [64, 128, 256, 512, 1024, 2048, 4096, 8192] as const;

/** Identifies the cells that a reuse row speaks of. */
export interface CellKey {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly contextClass: number;
  readonly batch: boolean;
  /** Absent in an observed workload; see `WorkloadCell`. */
  readonly routedFrom?: string;
}

/**
 * Replayed in time order: requests whose whole-request hash was seen within the time-to-live before, within
 * (cluster, provider, model, tenant). A hit serves the stored answer and does not renew its lifetime.
 */
export interface ExactReuse extends CellKey {
  readonly ttlSeconds: number;
  readonly hits: number;
  /** What the hits would no longer be billed for. */
  readonly hitInputTokens: number;
  readonly hitCachedInputTokens: number;
  readonly hitCacheWriteTokens: number;
  readonly hitCacheWrite1hTokens: number;
  readonly hitOutputTokens: number;
  readonly hitReasoningTokens: number;
}

/**
 * Replayed in time order over chained block hashes, per (cluster, provider, model): leading blocks that were
 * touched within the lifetime. `afterExactTtlSeconds` says which exact cache removed requests first (null: none),
 * so that the joint effect of both caches is replayed and not multiplied. Rows marked null speak of the workload as it
 * stands: an exact cache that is put in place drops its cluster's other rows and marks its own null.
 */
export interface PrefixReuse extends CellKey {
  readonly ttlSeconds: number;
  readonly minimumTokens: number;
  readonly afterExactTtlSeconds: number | null;
  /** Requests with a cacheable prefix. */
  readonly requests: number;
  /** Prefix tokens that would be read from the cache. */
  readonly hitTokens: number;
  /** Prefix tokens that would be written to it. */
  readonly writeTokens: number;
}

/** Tokens of requests that a lever takes out of cells; subsets as in the canonical event. */
export interface RemovedTokens {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/**
 * Replayed in time order over the prompts on file, per (cluster, provider, model, tenant): requests that a stored answer
 * to a question at least `threshold` alike, asked in the same context within the lifetime, would have served; the guard
 * holds negations, numbers, names and code equal. As with the exact cache a hit neither stores nor renews an answer.
 * `afterExactTtlSeconds` as in `PrefixReuse`: rows marked null hold exact repeats too, others only what an exact cache
 * of that lifetime lets through.
 */
export interface SemanticReuse extends CellKey, RemovedTokens {
  readonly threshold: number;
  readonly ttlSeconds: number;
  readonly afterExactTtlSeconds: number | null;
  readonly hits: number;
  /** Hits whose answer can be judged: both prompts carry a reference or a declared intent within an open cluster. */
  readonly judgedHits: number;
  /** Of those, hits that would have served a wrong answer. */
  readonly falseHits: number;
}

/** Requests that are the n-th or later retry of another one, n > `maximumRetries`, with what they were billed. */
export interface RetryTail extends CellKey, RemovedTokens {
  readonly maximumRetries: number;
  readonly requests: number;
  /** Of those, the first of their chain that was answered: without them the caller is left with nothing. */
  readonly lostAnswers: number;
}

/**
 * Input tokens of turns older than the last `keepTurns`, replayed by conversation: the context after the turn that
 * falls out of the window, less the first turn's input (which always stays) and less what callers trimmed already.
 */
export interface ConversationWindow extends CellKey {
  readonly keepTurns: number;
  /** Requests that would be shortened. */
  readonly requests: number;
  readonly cutTokens: number;
  /** Input of the shortened requests behind the first turn's: the window moves, so no prompt cache holds it. */
  readonly shiftedTokens: number;
  /** Of what was billed as cache reads and writes, the part that would be cut or become plain input. */
  readonly lostCachedTokens: number;
  readonly lostCacheWriteTokens: number;
  readonly lostCacheWrite1hTokens: number;
}

/** Output tokens beyond a cap of generated tokens. */
export interface OutputTail extends CellKey {
  readonly capTokens: number;
  /** Requests whose answer would be cut off. */
  readonly requests: number;
  readonly cutTokens: number;
}

/** Leading prompt blocks that at least half of the requests of a (cluster, provider, model) begin with. */
export interface SharedPrefix extends CellKey {
  /** Requests that begin with any of them. */
  readonly requests: number;
  readonly tokens: number;
}
