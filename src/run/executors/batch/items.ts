import { BrokenReply, refusedField, type WireFailure, type WireReply } from "../live/wire.js";
import type { BatchItem } from "./contract.js";

/** A failure of one request, by the HTTP status that it would have had alone. */
export function refusedItem(customId: string, status: number, error: unknown): BatchItem {
  const { message, param, code, type } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const failure: WireFailure = {
    kind: "http",
    status,
    summary: `HTTP ${status} in the batch`,
    quirk: refusedField(status, `${param ?? ""} ${message ?? ""}`),
    retryAfterMs: null,
    isExhausted: code === "insufficient_quota" || type === "insufficient_quota",
  };
  return { customId, result: { failure } };
}

/** A request that was never run: expired, or cancelled. Nobody bills it. */
export function unrunItem(customId: string, summary: string): BatchItem {
  return { customId, result: { failure: unrun(summary) } };
}

export const unrun = (summary: string): WireFailure => ({
  kind: "connection",
  status: null,
  summary,
  quirk: null,
  retryAfterMs: null,
  isExhausted: false,
});

/** A request that was run; a reply that is no answer may have been billed. */
export function repliedItem(customId: string, read: () => WireReply): BatchItem {
  try {
    return { customId, result: { reply: read() } };
  } catch (error) {
    if (!(error instanceof BrokenReply)) throw error;
    return {
      customId,
      result: { failure: { ...unrun("answer broken off or malformed"), kind: "broken" } },
    };
  }
}

/** A provider's code where it is one; a text of its own might quote what was sent. */
export const plainCode = (code: unknown): string | null =>
  typeof code === "string" && /^[a-z_]{1,64}$/.test(code) ? code : null;
