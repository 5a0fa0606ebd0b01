import { UpstreamError } from "../../../shared/errors.js";

/** Ends after `ms`, or at once where `signal` fires; never rejects. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

// One bad call must not stop the others, a dead provider must not be asked much longer.
const FAILURES_THAT_OPEN = 5;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
// Pauses before giving up: 35 s for a provider that never answered, five minutes for one that did.
const PAUSES_BEFORE_FIRST_SUCCESS = 3;
const PAUSES_AFTER_SUCCESS = 8;
const FIRST_LIMIT_PAUSE_MS = 1_000;
// Longer than any per-minute limit; a provider that lets nothing through for so long has a daily one.
const LONGEST_LIMITED_MS = 15 * 60_000;

/** What one attempt showed of its provider. */
export type Seen =
  | { readonly kind: "alive" }
  | { readonly kind: "answered" }
  | { readonly kind: "limited" | "failed"; readonly retryAfterMs: number | null };

/**
 * Paces all calls of one provider together.
 *
 * - A rate limit (429) pauses every call for as long as the provider says, halves how many run at once, and each
 *   success lets a little more through again: limits slow a run and fail no call.
 * - Five failures in a row open the circuit: nothing is sent for a pause, then one call tries. Its success closes the
 *   circuit, its failure opens it for longer.
 * - A provider that stays away is given up with an error, since an outage says nothing about a model's quality.
 */
export class ProviderGate {
  readonly #host: string;
  readonly #sleep: Sleep;
  /** Calls that have business here, sleeping ones included. Without any, no timer is kept. */
  #present = 0;
  #inFlight = 0;
  #limit = Number.POSITIVE_INFINITY;
  #failures = 0;
  #isOpen = false;
  #hasAnswered = false;
  #pauses = 0;
  #limitPauses = 0;
  #limitedMs = 0;
  readonly #rests = new Set<AbortController>();
  readonly #waiting = new Set<() => void>();
  #givenUp: UpstreamError | null = null;

  constructor(host: string, sleep: Sleep) {
    this.#host = host;
    this.#sleep = sleep;
  }

  /** Brackets a call with all its attempts. */
  async visit<T>(work: () => Promise<T>): Promise<T> {
    this.#present += 1;
    try {
      return await work();
    } finally {
      this.#present -= 1;
      if (this.#present === 0) for (const rest of this.#rests) rest.abort();
    }
  }

  /**
   * Waits for a place. Every place is given back with `leave`.
   *
   * @throws UpstreamError TOP-RUN-DOWN, TOP-RUN-LIMITED once the provider was given up; the signal's reason.
   */
  async enter(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#givenUp !== null) throw this.#givenUp;
      if (this.#rests.size === 0 && this.#inFlight < (this.#isOpen ? 1 : this.#limit)) break;
      await this.#change(signal);
    }
    this.#inFlight += 1;
  }

  /** Gives a place back; null where the attempt was broken off by us and shows nothing. */
  leave(seen: Seen | null): void {
    if (seen?.kind === "limited") this.#limited(seen.retryAfterMs);
    else if (seen?.kind === "failed") this.#failed(seen.retryAfterMs);
    else if (seen !== null) this.#alive(seen.kind === "answered");
    this.#inFlight -= 1;
    this.#wake();
  }

  #alive(hasAnswered: boolean): void {
    this.#failures = 0;
    this.#isOpen = false;
    this.#pauses = 0;
    if (!hasAnswered) return;
    this.#hasAnswered = true;
    this.#limitPauses = 0;
    this.#limitedMs = 0;
    // One more at a time for each round of calls, as in TCP's congestion avoidance.
    this.#limit += 1 / this.#limit;
  }

  #limited(retryAfterMs: number | null): void {
    this.#alive(false);
    const isFirstOfWave = this.#rests.size === 0;
    const pause = retryAfterMs ?? grown(FIRST_LIMIT_PAUSE_MS, this.#limitPauses);
    if (isFirstOfWave) {
      this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#inFlight) / 2));
      this.#limitPauses += 1;
      this.#limitedMs += pause;
    }
    if (this.#limitedMs > LONGEST_LIMITED_MS || pause > LONGEST_LIMITED_MS) this.#giveUp(limitedTooLong);
    else this.#rest(pause);
  }

  #failed(retryAfterMs: number | null): void {
    this.#failures += 1;
    const isLateToThePause = this.#isOpen && this.#rests.size > 0;
    if (isLateToThePause || (!this.#isOpen && this.#failures < FAILURES_THAT_OPEN)) return;
    this.#isOpen = true;
    this.#pauses += 1;
    if (this.#pauses > (this.#hasAnswered ? PAUSES_AFTER_SUCCESS : PAUSES_BEFORE_FIRST_SUCCESS))
      this.#giveUp(down);
    else this.#rest(Math.min(retryAfterMs ?? grown(FIRST_PAUSE_MS, this.#pauses - 1), LONGEST_PAUSE_MS));
  }

  #giveUp(reason: (host: string) => UpstreamError): void {
    this.#givenUp = reason(this.#host);
    for (const rest of this.#rests) rest.abort();
  }

  #rest(ms: number): void {
    const rest = new AbortController();
    this.#rests.add(rest);
    void this.#sleep(ms, rest.signal).then(() => {
      this.#rests.delete(rest);
      this.#wake();
    });
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        this.#waiting.delete(resume);
        signal.removeEventListener("abort", resume);
        resolve();
      };
      this.#waiting.add(resume);
      signal.addEventListener("abort", resume, { once: true });
    });
  }

  /** In the order in which they came, so that no call is passed over. */
  #wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }
}

const grown = (firstMs: number, times: number): number => Math.min(firstMs * 2 ** times, LONGEST_PAUSE_MS);

function down(host: string): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-DOWN",
    message: `${host} stopped answering, and did not come back for several pauses.`,
    found: "An outage is no evidence on a model, so the run stops; the journal keeps what was answered.",
    fix: "Check the address, or try later: tokenop run --resume",
  });
}

function limitedTooLong(host: string): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-LIMITED",
    message: `${host} keeps refusing calls for their rate (HTTP 429).`,
    found: "It asked for longer than 15 minutes; the journal keeps what was answered.",
    fix: "Wait for the limit to renew, then: tokenop run --resume",
  });
}
