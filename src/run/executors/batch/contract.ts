import { z } from "zod";
import type { ModelAnswer, ModelCall } from "../../contract.js";
import type { WireContent, WireFailure, WireReply } from "../live/wire.js";

/** A batch as the journal keeps it: noted before it is sent, and again once the provider has named it. */
export interface SentBatch {
  /** Ours. It goes along with the batch, so that one whose name was lost with the process can be found again. */
  readonly token: string;
  readonly provider: string;
  readonly model: string;
  /** UTC instant before it was sent. */
  readonly sentAt: string;
  /** `requestIdOf` each call in it. */
  readonly requests: readonly string[];
  /** The provider's name for it; null: nobody knows whether it arrived. */
  readonly id: string | null;
}

/** The batches of a run on disk. */
export interface BatchLog {
  /** Those of earlier processes of this run, in the order in which they were sent. */
  readonly earlier: readonly SentBatch[];
  /** Before it is sent: what may be paid for must be known to whoever resumes. */
  sending(batch: SentBatch): void;
  named(token: string, id: string): void;
}

/** Calls that are answered together. */
export interface Wave {
  readonly log: BatchLog;
  /** Raised where nobody waits any longer: batches under way are left to the provider. */
  readonly stop: AbortSignal;
  /** Breaks off requests under way. */
  readonly signal: AbortSignal;
  /** Takes each answer once, as it comes; in no order. */
  deliver(call: ModelCall, answer: ModelAnswer): void;
}

/** A batch as the evaluation names it. */
export const batchRecordSchema = z.strictObject({
  id: z.string().nullable().describe("The provider's name; null: it is not known whether it arrived."),
  host: z.string(),
  model: z.string(),
  requests: z.int().nonnegative(),
  ended: z.boolean().describe("false: it goes on without us, and --resume takes it up."),
});
export type BatchRecord = Readonly<z.infer<typeof batchRecordSchema>>;

/** Answers many calls through another interface than one by one. */
export interface Together {
  /**
   * Answers `calls`, and ends early once the wave is stopped. Returns the calls that batches under way hold: they are
   * or will be billed, and a resumed run collects them.
   */
  answer(calls: readonly ModelCall[], wave: Wave): Promise<readonly ModelCall[]>;
  /** Every batch that was sent, or taken up from an earlier process. */
  batches(): readonly BatchRecord[];
  /** Why no answer has a latency. */
  readonly noLatency: string;
}

export interface BatchRequest extends WireContent {
  readonly customId: string;
}

/** What became of one request of a batch. */
export interface BatchItem {
  readonly customId: string;
  readonly result: { readonly reply: WireReply } | { readonly failure: WireFailure };
}

/** `failed`: the whole batch was refused, nothing of it was billed. `ended`: expired batches too. */
export interface BatchState {
  readonly status: "open" | "ended" | "failed" | "cancelled";
  /** The provider's word on a failure, letters and underscores only; null: none. */
  readonly code: string | null;
  readonly done: number;
  /** Where the results are; empty while it is open. */
  readonly results: readonly string[];
}

export interface BatchSummary {
  readonly id: string;
  readonly createdAt: Date;
  readonly requests: number;
  /** What the provider kept of our token; null where its batches carry no text of ours. */
  readonly token: string | null;
}

/** Batches of one provider format. Every method throws what its SDK throws; `explain` tells what that was. */
export interface BatchClient {
  /** Most that one batch may hold. */
  readonly limits: { readonly requests: number; readonly bytes: number };
  /** One request as it stands in the batch. */
  line(request: BatchRequest): string;
  /** Brings the lines to the provider, where that is a step of its own. Can be repeated: it starts nothing. */
  upload(lines: readonly string[], token: string, signal: AbortSignal): Promise<string>;
  /** Starts the batch and returns its name. Not to be repeated blindly: each success is paid for. */
  create(uploaded: string, token: string, endpoint: BatchEndpoint, signal: AbortSignal): Promise<string>;
  state(id: string, signal: AbortSignal): Promise<BatchState>;
  /** Newest first. */
  list(signal: AbortSignal): AsyncIterable<BatchSummary>;
  items(results: string, signal: AbortSignal): AsyncIterable<BatchItem>;
  explain(error: unknown): WireFailure | null;
}

/** What all requests of a batch ask for. */
export type BatchEndpoint = "answers" | "vectors";
