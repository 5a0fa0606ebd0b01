import type { Usage } from "../../../pricing/contract.js";
import type { GuardedFetch } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";

/** Request fields that some models refuse; learned from a refusal and left out from then on. */
export type Quirk = "no-temperature" | "no-seed" | "other-limit-field";

export interface WireRequest {
  readonly call: ModelCall;
  readonly maxTokens: number;
  readonly seed: number;
  readonly quirks: ReadonlySet<Quirk>;
  readonly signal: AbortSignal;
  readonly fetch: GuardedFetch;
}

/** Usage in the canonical meaning: totals inclusive, whatever the provider counts. null: none was reported. */
export interface WireReply {
  readonly text: string;
  readonly usage: Usage | null;
}

/** How a call failed: HTTP status where there was one, and what may help it. */
export interface WireFailure {
  readonly kind: "http" | "timeout" | "connection";
  readonly status: number | null;
  /** Name and status, never the provider's text: that may quote the prompt. */
  readonly summary: string;
  /** The field that the provider refused, where a 400 names one that we can do without. */
  readonly quirk: Quirk | null;
}

/** One provider format. `send` throws what its SDK throws; `explain` tells what that was. */
export interface WireClient {
  send(request: WireRequest): Promise<WireReply>;
  explain(error: unknown): WireFailure | null;
}

export interface WireClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

/** Reads from a 400's message which field of ours the model does not take. */
export function refusedField(status: number | undefined, message: string): Quirk | null {
  if (status !== 400) return null;
  if (/max_(completion_)?tokens/.test(message)) return "other-limit-field";
  if (/temperature/.test(message)) return "no-temperature";
  return /\bseed\b/.test(message) ? "no-seed" : null;
}
