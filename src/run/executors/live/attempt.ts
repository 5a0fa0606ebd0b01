import { SilentTooLong, type WireClient, type WireContent, type WireReply } from "./wire.js";

export interface Attempt {
  readonly reply: WireReply;
  /** From the request to the end of the answer. */
  readonly latencyMs: number;
  readonly ttftMs: number | null;
}

export interface AttemptOptions {
  readonly request: WireContent;
  /** Longest silence: a stream that keeps coming may take as long as it needs, within its output limit. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Sends one request and measures it. Throws what the client throws, and `SilentTooLong`. */
export async function attempt(client: WireClient, options: AttemptOptions): Promise<Attempt> {
  const { signal, now } = options;
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  let isSilent = false;
  const watchdog = setTimeout(() => {
    isSilent = true;
    abort();
  }, options.timeoutMs);
  const startedAt = now().getTime();
  let firstAt: number | null = null;
  try {
    const reply = await client.send({
      ...options.request,
      signal: controller.signal,
      heard: (isContent) => {
        watchdog.refresh();
        if (isContent) firstAt ??= now().getTime();
      },
    });
    const ttftMs = firstAt === null ? null : firstAt - startedAt;
    return { reply, latencyMs: now().getTime() - startedAt, ttftMs };
  } catch (error) {
    throw isSilent ? new SilentTooLong() : error;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", abort);
  }
}
