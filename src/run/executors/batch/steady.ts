import { UpstreamError } from "../../../shared/errors.js";
import { hostOf } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";
import type { ProviderGate, Sleep } from "../live/gate.js";
import { backoffMs, doorError, failureOf, isRepeatable, refuseHopeless, seenIn } from "../live/persist.js";
import type { LiveProvider } from "../live/providers.js";
import type { WireFailure } from "../live/wire.js";
import type { BatchClient } from "./contract.js";

const LONGEST_WAIT_MS = 60_000;

/** A provider's batches, and the gate in front of them. */
export interface BatchLine {
  readonly provider: LiveProvider;
  readonly client: BatchClient;
  readonly gate: ProviderGate;
  readonly sleep: Sleep;
  readonly retries: number;
}

/** What one request to the provider came to: its answer, or how it failed. */
export type Tried<T> = { readonly done: T } | { readonly failure: WireFailure };

/**
 * Makes one request, paced with all others of the provider. Rate limits are waited out.
 *
 * @throws UpstreamError TOP-RUN-DOWN, TOP-RUN-LIMITED, TOP-RUN-PROVIDER, TOP-RUN-BATCH-NONE; the door's errors; the
 * signal's reason.
 */
export async function tryOnce<T>(
  line: BatchLine,
  { model }: Pick<ModelCall, "model">,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<Tried<T>> {
  for (;;) {
    await line.gate.enter(signal);
    let failure: WireFailure;
    try {
      const done = await work();
      line.gate.leave({ kind: "answered" });
      return { done };
    } catch (error) {
      const found = signal.aborted ? null : failureOf(error, line.client);
      line.gate.leave(found === null ? null : seenIn(found));
      signal.throwIfAborted();
      if (found === null) throw doorError(error) ?? error;
      failure = found;
    }
    // A server without the interface says so in one of these ways, and so does one that misses what was asked for.
    if (failure.status === 404 || failure.status === 405 || failure.status === 501)
      throw noBatches(line, failure.status);
    refuseHopeless(failure, line.provider, { model });
    if (failure.status !== 429) return { failure };
  }
}

/**
 * Makes a request that can be repeated without harm until it is answered.
 *
 * @throws as `tryOnce`; UpstreamError TOP-RUN-BATCH-REFUSED where the provider refuses it or does not answer.
 */
export async function steadily<T>(
  line: BatchLine,
  about: Pick<ModelCall, "model">,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    const tried = await line.gate.visit(() => tryOnce(line, about, signal, work));
    if ("done" in tried) return tried.done;
    if (!isRepeatable(tried.failure) || failures > line.retries) throw refused(line, tried.failure);
    await waitAfter(line, tried.failure, failures, signal);
  }
}

export async function waitAfter(
  line: BatchLine,
  { retryAfterMs }: WireFailure,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  await line.sleep(Math.min(retryAfterMs ?? backoffMs(failures), LONGEST_WAIT_MS), signal);
}

const GO_ON = "tokenop run --resume takes up what was sent; nothing is sent or paid twice.";

export function refused({ provider }: BatchLine, { summary }: Pick<WireFailure, "summary">): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-BATCH-REFUSED",
    message: `${hostOf(provider.baseUrl)} did not take a request about a batch (${summary}).`,
    found: "The journal keeps what was answered, and the names of batches under way.",
    fix: GO_ON,
  });
}

function noBatches({ provider }: BatchLine, status: number): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-BATCH-NONE",
    message: `${hostOf(provider.baseUrl)} has no such batch, or no batch interface at all (HTTP ${status}).`,
    found: `Asked under ${provider.baseUrl}, in the format of ${provider.wire}.`,
    fix: "Leave --batch out to ask call by call, or check the base URL.",
  });
}
