import type { Usage } from "../../../pricing/contract.js";
import type { GuardedFetch } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";

/** What some models and servers refuse; learned from a refusal and left out from then on. */
export type Quirk = "no-temperature" | "no-seed" | "other-limit-field" | "no-stream";

/** What one request says. */
export interface WireContent {
  readonly call: ModelCall;
  readonly maxTokens: number;
  readonly seed: number;
  readonly quirks: ReadonlySet<Quirk>;
}

export interface WireRequest extends WireContent {
  readonly signal: AbortSignal;
  /** Told of each part of a streamed answer, and whether it held generated content. */
  readonly heard: (isContent: boolean) => void;
}

/** A whole answer. Usage is in the canonical meaning: totals inclusive. null: none that makes sense was reported. */
export interface WireReply {
  readonly text: string;
  readonly usage: Usage | null;
  readonly truncated: boolean;
  readonly isStreamed: boolean;
}

/** How a call failed, and what may help it. */
export interface WireFailure {
  /** `broken`: the answer began and was not whole, or was none. */
  readonly kind: "http" | "timeout" | "connection" | "broken";
  readonly status: number | null;
  /** Name and status, never the provider's text: that may quote the prompt. */
  readonly summary: string;
  /** The field that the provider refused, where a 400 names one that we can do without. */
  readonly quirk: Quirk | null;
  /** The provider's own word on when to come back; null: none. */
  readonly retryAfterMs: number | null;
  /** True where the account is used up, which waiting does not mend. */
  readonly isExhausted: boolean;
}

/** One provider format. `send` throws what its SDK throws, or `BrokenReply`; `explain` tells what that was. */
export interface WireClient {
  send(request: WireRequest): Promise<WireReply>;
  /** null: no failure of a call, but a fault of ours. */
  explain(error: unknown): WireFailure | null;
}

export interface WireClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly fetch: GuardedFetch;
  readonly now: () => Date;
}

/** A reply of status 200 that is no whole answer. It may have been billed. */
export class BrokenReply extends Error {}

/** No part of an answer came for as long as we wait. */
export class SilentTooLong extends Error {}

/** The reply as JSON, or `BrokenReply`; what it says never reaches a message. */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new BrokenReply("not JSON");
  }
}

/** Whether a reply to a request for a stream is one: some servers answer in one piece all the same. */
export function isEventStream(response: Response): boolean {
  return response.headers.get("content-type")?.includes("text/event-stream") === true;
}

/** Usage that cannot be true is as good as none: it is never priced. */
export function plausibleUsage(usage: Usage): Usage | null {
  const counts = Object.values(usage);
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return null;
  const { inputTokens, cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens } = usage;
  const isNested =
    cachedInputTokens + cacheWriteTokens <= inputTokens &&
    cacheWrite1hTokens <= cacheWriteTokens &&
    usage.reasoningTokens <= usage.outputTokens;
  return isNested ? usage : null;
}

/** The error classes of an SDK; both are generated from one mould. */
export interface SdkErrors {
  readonly connection: abstract new (...given: never) => Error;
  readonly timeout: abstract new (...given: never) => Error;
  readonly api: abstract new (
    ...given: never
  ) => Error & { readonly status: unknown; readonly headers: unknown };
}

/** Reads an SDK's error, or a connection that broke while the answer was coming. */
export function explainSdkError(error: unknown, sdk: SdkErrors, now: () => Date): WireFailure | null {
  const plain = { status: null, quirk: null, retryAfterMs: null, isExhausted: false };
  if (error instanceof SilentTooLong || error instanceof sdk.timeout)
    return { ...plain, kind: "timeout", summary: "timeout" };
  if (error instanceof sdk.connection) return { ...plain, kind: "connection", summary: "connection failed" };
  if (error instanceof BrokenReply || error instanceof SyntaxError)
    return { ...plain, kind: "broken", summary: "answer broken off or malformed" };
  if (error instanceof sdk.api) {
    // An error inside a stream has no status of its own.
    if (typeof error.status !== "number")
      return { ...plain, kind: "broken", summary: "error within the answer" };
    const { status } = error;
    const { param, code, type } = error as { param?: unknown; code?: unknown; type?: unknown };
    return {
      kind: "http",
      status,
      summary: `${error.constructor.name} ${status}`,
      quirk: refusedField(status, `${param ?? ""} ${error.message}`),
      retryAfterMs: retryAfterMs(error.headers, now),
      isExhausted: code === "insufficient_quota" || type === "insufficient_quota",
    };
  }
  // What fetch throws where the connection goes while the body is read.
  if (error instanceof TypeError && (error.message === "terminated" || error.cause !== undefined))
    return { ...plain, kind: "broken", summary: "connection lost within the answer" };
  return null;
}

/** Reads from a refusal which field of ours the model or server does not take. */
export function refusedField(status: number, message: string): Quirk | null {
  if (/\bstream(ing|_options|\b)/i.test(message) && [400, 405, 422, 501].includes(status)) return "no-stream";
  if (status !== 400) return null;
  if (/max_(completion_)?tokens/.test(message)) return "other-limit-field";
  if (/temperature/.test(message)) return "no-temperature";
  return /\bseed\b/.test(message) ? "no-seed" : null;
}

/** `retry-after-ms`, else `retry-after` in seconds or as a date. */
function retryAfterMs(headers: unknown, now: () => Date): number | null {
  if (!(headers instanceof Headers)) return null;
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now().getTime());
}
