import { TokenOpError, UpstreamError } from "../../../shared/errors.js";
import { hostOf } from "../../../shared/net.js";
import { EMPTY_ANSWER, type ModelAnswer, type ModelCall } from "../../contract.js";
import type { Pricer } from "../pricer.js";
import type { Attempt } from "./attempt.js";
import type { ProviderGate, Seen, Sleep } from "./gate.js";
import type { LiveProvider } from "./providers.js";
import type { Quirk, WireClient, WireFailure, WireReply } from "./wire.js";

// Wrong key, no credit, no right to the model, no such model: the next call fails alike.
const HOPELESS_STATUSES = new Set([401, 402, 403, 404]);
// A server error that asks for an hour is asked again sooner: its word is about itself, not about our rate.
const LONGEST_WAIT_MS = 60_000;

/** A provider's client and the gate in front of it. */
export interface Line {
  readonly provider: LiveProvider;
  readonly client: WireClient;
  readonly gate: ProviderGate;
}

export interface Persistence {
  readonly call: ModelCall;
  /** What this model refuses; grows with what is learned. */
  readonly known: Set<Quirk>;
  readonly once: (quirks: ReadonlySet<Quirk>) => Promise<Attempt>;
  readonly retries: number;
  readonly sleep: Sleep;
  readonly mayRepeat: () => boolean;
  readonly pricer: Pricer;
  readonly signal: AbortSignal;
}

/** Attempts until an answer, or until what fails is the call itself. Rate limits and learned quirks cost no retry. */
export async function persist(line: Line, work: Persistence): Promise<ModelAnswer> {
  const { call, known, once, retries, sleep, mayRepeat, pricer, signal } = work;
  let lostAttempts = 0;
  for (let failures = 0; ; ) {
    await line.gate.enter(signal);
    const tried = new Set(known);
    let failure: WireFailure;
    try {
      const done = await once(tried);
      line.gate.leave({ kind: "answered" });
      // Without usage in the stream, the next answers come in one piece: a cost that is known matters more.
      if (done.reply.isStreamed && done.reply.usage === null) known.add("no-stream");
      return { ...answerOf(done, call, pricer), lostAttempts };
    } catch (error) {
      const found = signal.aborted ? null : failureOf(error, line.client);
      line.gate.leave(found === null ? null : seenIn(found));
      signal.throwIfAborted();
      if (found === null) throw doorError(error) ?? error;
      failure = found;
    }
    refuseHopeless(failure, line.provider, call);
    if (failure.quirk !== null && !tried.has(failure.quirk)) {
      known.add(failure.quirk);
      continue;
    }
    if (failure.status === 429) continue;
    failures += 1;
    const isLost = failure.kind === "broken" || failure.kind === "timeout";
    if (!isRepeatable(failure) || failures > retries || (isLost && !mayRepeat()))
      return failedAnswer(failure, lostAttempts);
    if (isLost) lostAttempts += 1;
    await sleep(Math.min(failure.retryAfterMs ?? backoffMs(failures), LONGEST_WAIT_MS), signal);
  }
}

/** What a request met; null: a fault of ours, or a refusal of our own door (`doorError`). */
export function failureOf(error: unknown, client: Pick<WireClient, "explain">): WireFailure | null {
  return doorError(error) === null ? client.explain(error) : null;
}

/** The SDK wraps what our door throws. */
export function doorError(error: unknown): TokenOpError | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TokenOpError) return cause;
  }
  return null;
}

/** What a failure says of the provider: a refusal of this one call is a sign of life. */
export function seenIn({ kind, status, retryAfterMs, isExhausted }: WireFailure): Seen {
  if (status === 429 && !isExhausted) return { kind: "limited", retryAfterMs };
  return kind === "http" && status !== null && status < 500
    ? { kind: "alive" }
    : { kind: "failed", retryAfterMs };
}

export const isRepeatable = ({ kind, status }: WireFailure): boolean =>
  kind !== "http" || status === 408 || status === 409 || (status !== null && status >= 500);

// Half a second, doubled each time, as the providers' own clients do. No jitter: the gate spreads calls.
export const backoffMs = (failures: number): number => Math.min(500 * 2 ** (failures - 1), 8_000);

function answerOf({ reply, latencyMs, ttftMs }: Attempt, call: ModelCall, pricer: Pricer): ModelAnswer {
  return { ...unmeasuredAnswer(reply, call, pricer), latencyMs, ttftMs };
}

/** A reply as an answer, without how long it took. */
export function unmeasuredAnswer(reply: WireReply, call: ModelCall, pricer: Pricer): ModelAnswer {
  const { text, usage, truncated } = reply;
  const { cacheWrite1hTokens, ...tokens } = usage ?? NO_USAGE;
  const cost = usage === null ? null : pricer.price(call, usage);
  return { ...EMPTY_ANSWER, ...tokens, text, cost, truncated };
}

const NO_USAGE = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
};

/** The last attempt of a broken answer may have been billed as well; a timeout counts as a call by itself. */
export function failedAnswer(failure: WireFailure, lostBefore: number): ModelAnswer {
  const status = failure.kind === "timeout" ? "timeout" : "error";
  const lostAttempts = lostBefore + (failure.kind === "broken" ? 1 : 0);
  return { ...EMPTY_ANSWER, status, failure: failure.summary, lostAttempts };
}

/** @throws UpstreamError TOP-RUN-PROVIDER where every further call to the model would fail alike. */
export function refuseHopeless(
  failure: WireFailure,
  provider: LiveProvider,
  call: Pick<ModelCall, "model">,
): void {
  const { status, isExhausted } = failure;
  if (status === null || !(isExhausted || HOPELESS_STATUSES.has(status))) return;
  throw new UpstreamError({
    code: "TOP-RUN-PROVIDER",
    message: `${hostOf(provider.baseUrl)} refuses calls to "${call.model}" (HTTP ${status}).`,
    found: "Every further call would fail alike; the journal keeps what was answered.",
    fix: `Check ${provider.keyEnv}, its credit, and the model's name; then: tokenop run --resume`,
  });
}
