import type { PicoUsd } from "../../shared/money.js";
import type { ModelAnswer, WorstCase } from "../contract.js";

export interface Ceilings {
  /** null: no ceiling. */
  readonly usd: PicoUsd | null;
  readonly tokens: number | null;
  /** Of this process, from the first call; absent or null: no ceiling. */
  readonly minutes?: number | null;
}

export interface Spend {
  readonly calls: number;
  readonly usd: PicoUsd;
  readonly tokens: number;
}

/**
 * Money and tokens of a run. The worst case of a call is reserved before it starts and replaced by what it really
 * used after, so what is spent plus what is under way never passes a ceiling.
 *
 * An answer that reports no usage, and a call that timed out (it may have been billed), count as their worst case;
 * a call that failed otherwise, or came from the cache, counts as nothing. Attempts of a call that broke off before
 * its answer was whole may have been billed too, and count as a worst case each.
 */
export class Budget {
  readonly #ceilings: Ceilings;
  #spent = { calls: 0, usd: 0n, tokens: 0 };
  #reserved = { usd: 0n, tokens: 0 };

  constructor(ceilings: Ceilings) {
    this.#ceilings = ceilings;
  }

  get spent(): Spend {
    return { ...this.#spent };
  }

  /** The ceiling that a further call at its worst would pass, `budget` being the one in money; null: it fits. */
  shortOf(worst: WorstCase): "budget" | "tokens" | null {
    const { usd, tokens } = this.#ceilings;
    const usdAfter = this.#spent.usd + this.#reserved.usd + (worst.cost ?? 0n);
    const tokensAfter = this.#spent.tokens + this.#reserved.tokens + worst.tokens;
    if (usd !== null && usdAfter > usd) return "budget";
    return tokens !== null && tokensAfter > tokens ? "tokens" : null;
  }

  reserve(worst: WorstCase): void {
    this.#reserved.usd += worst.cost ?? 0n;
    this.#reserved.tokens += worst.tokens;
  }

  /** Ends a reservation without a call. */
  release(worst: WorstCase): void {
    this.#reserved.usd -= worst.cost ?? 0n;
    this.#reserved.tokens -= worst.tokens;
  }

  settle(worst: WorstCase, answer: ModelAnswer): void {
    this.release(worst);
    this.charge(worst, answer);
  }

  /** Counts an answer that was paid for before this process began. */
  charge(worst: WorstCase, answer: ModelAnswer): void {
    if (answer.cached) return;
    this.#spent.usd += (worst.cost ?? 0n) * BigInt(answer.lostAttempts);
    this.#spent.tokens += worst.tokens * answer.lostAttempts;
    if (answer.status === "error") return;
    this.#spent.calls += 1;
    this.#spent.usd += answer.cost ?? worst.cost ?? 0n;
    const isCounted = answer.inputTokens !== null && answer.outputTokens !== null;
    this.#spent.tokens += isCounted ? answer.inputTokens + answer.outputTokens : worst.tokens;
  }
}
