import type { CanonicalEvent } from "../../events/contract.js";
import { normalise } from "./normalise.js";
import { decodeTraces } from "./protobuf.js";
import { spansIn } from "./spans.js";

export interface ReceivedCalls {
  readonly events: readonly CanonicalEvent[];
  /** Spans that were no model calls. */
  readonly otherSpans: number;
  /** Spans of model calls that cannot be used, by what is wrong; texts of the span are never part of it. */
  readonly problems: readonly string[];
}

/**
 * The model calls of an OTLP trace export request, as JSON or Protocol Buffers. No message text is kept. Throws where
 * the body is no such request.
 */
export function eventsOf(body: Uint8Array, contentType: string): ReceivedCalls {
  const isJson = contentType.startsWith("application/json");
  const document: unknown = isJson ? JSON.parse(Buffer.from(body).toString("utf8")) : decodeTraces(body);
  const events: CanonicalEvent[] = [];
  const problems: string[] = [];
  let otherSpans = 0;
  for (const span of spansIn(document)) {
    const made = normalise(span);
    if (made === null) otherSpans += 1;
    else if ("event" in made) events.push(made.event);
    else if ("problem" in made) problems.push(`${made.problem.field ?? "span"}: ${made.problem.message}`);
  }
  return { events, otherSpans, problems };
}
