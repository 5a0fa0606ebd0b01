import { UpstreamError } from "../../../shared/errors.js";
import { hostOf } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";
import type { Sleep } from "../live/gate.js";
import type { WireFailure, WireReply } from "../live/wire.js";
import type { BatchState, SentBatch, Wave } from "./contract.js";
import { unrun } from "./items.js";
import { type BatchLine, steadily } from "./steady.js";
import { requestIdIn, requestIdOf } from "./submit.js";

const FIRST_POLL_MS = 1_000;
const POLL_GROWTH = 1.5;
const LONGEST_POLL_MS = 60_000;

/** Pauses between looks at a batch: a second at first, a minute from about the tenth look on. */
export function createPause(sleep: Sleep, stop: AbortSignal): () => Promise<void> {
  let pauseMs = FIRST_POLL_MS;
  return async () => {
    await sleep(pauseMs, stop);
    pauseMs = Math.min(pauseMs * POLL_GROWTH, LONGEST_POLL_MS);
  };
}

/** Waits for the end of a batch; null where the wave was stopped before. `seen` is told how many are done. */
export async function awaitEnd(
  line: BatchLine,
  { id, model }: SentBatch,
  { stop, signal }: Pick<Wave, "stop" | "signal">,
  seen: (done: number) => void,
): Promise<BatchState | null> {
  const pause = createPause(line.sleep, stop);
  for (;;) {
    const state = await steadily(line, { model }, signal, () => line.client.state(id!, signal));
    if (state.status !== "open") return state;
    seen(state.done);
    if (!stop.aborted) await pause();
    if (stop.aborted) return null;
  }
}

/**
 * Reads the results of a batch that has ended. Every answer is handed over as it comes; a download that breaks off is
 * read again, without what was handed over. Returns why the other calls have none.
 */
export async function collect(
  line: BatchLine,
  { model }: SentBatch,
  { results }: BatchState,
  calls: readonly ModelCall[],
  signal: AbortSignal,
  answered: (call: ModelCall, reply: WireReply) => void,
): Promise<ReadonlyMap<ModelCall, WireFailure>> {
  const pending = new Map(calls.map((call) => [requestIdOf(call), call]));
  const failures = new Map<ModelCall, WireFailure>();
  for (const file of results) {
    await steadily(line, { model }, signal, async () => {
      for await (const { customId, result } of line.client.items(file, signal)) {
        const requestId = requestIdIn(customId);
        const call = pending.get(requestId);
        if (call === undefined) continue;
        pending.delete(requestId);
        if ("reply" in result) answered(call, result.reply);
        else failures.set(call, result.failure);
      }
    });
  }
  for (const call of pending.values()) failures.set(call, unrun("no result in the batch"));
  return failures;
}

export function batchFailed({ provider }: BatchLine, { id }: SentBatch, code: string | null): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-BATCH-FAILED",
    message: `${hostOf(provider.baseUrl)} refused batch ${id} as a whole (${code ?? "no code given"}).`,
    found: "Nothing of it was run or billed; the journal keeps what was answered before.",
    fix: `See the batch at the provider, check the model's name and ${provider.keyEnv}'s limits, then: tokenop run --resume`,
  });
}

export function batchCancelled({ provider }: BatchLine, { id }: SentBatch): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-BATCH-CANCELLED",
    message: `Batch ${id} was cancelled at ${hostOf(provider.baseUrl)}.`,
    found: "What it had answered is in the journal.",
    fix: "To send the rest again: tokenop run --resume",
  });
}
