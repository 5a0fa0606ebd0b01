import type { Context } from "../shared/context.js";
import { UpstreamError, UsageError } from "../shared/errors.js";
import type { Executor, ModelAnswer, ModelCall, ModelRef } from "./contract.js";
import { refLabel } from "./inputs/questions.js";
import type { Journal } from "./journal/journal.js";
import { Budget, type Ceilings } from "./spend/budget.js";

export interface AskOptions {
  readonly executor: Executor;
  /** null where calls are free and can be repeated at will. */
  readonly journal: Journal | null;
  readonly ceilings: Ceilings;
  readonly concurrency: number;
  readonly context: Pick<Context, "signal" | "log">;
  /** Time that calls under way get to finish after an interruption: they are paid for. */
  readonly graceMs?: number;
}

export type Stop = "budget" | "interrupted";

const DEFAULT_GRACE_MS = 5_000;
// A model that fails this often without one success is taken to be out of reach, not bad.
const FAILURES_WITHOUT_SUCCESS = 5;

/**
 * Gets answers: from the journal, else by a call that is reserved, made, written down and settled. Calls start in
 * the order given, up to `concurrency` at once. Which calls are made under a budget does not depend on how fast any
 * of them is: a call that does not fit beside those under way waits until they have settled.
 */
export class Asker {
  readonly budget: Budget;
  readonly #options: AskOptions;
  readonly #answers = new Map<string, ModelAnswer>();
  readonly #health = new Map<
    string,
    { ref: ModelRef; calls: number; failures: number; last: string | null }
  >();
  /** One controller a call: SDKs leave listeners on a signal, which one shared signal would gather for the whole run. */
  readonly #underWay = new Set<AbortController>();
  #isHardStopped = false;
  #done = 0;
  #fault: unknown = null;
  stop: Stop | null = null;

  constructor(options: AskOptions) {
    this.#options = options;
    this.budget = new Budget(options.ceilings);
    const { signal } = options.context;
    const scheduleHardStop = (): void => {
      setTimeout(() => this.#stopHard(), options.graceMs ?? DEFAULT_GRACE_MS).unref();
    };
    if (signal.aborted) scheduleHardStop();
    else signal.addEventListener("abort", scheduleHardStop, { once: true });
  }

  answerTo(sampleId: string, ref: ModelRef): ModelAnswer | undefined {
    return this.#answers.get(answerKey(sampleId, ref));
  }

  /** @throws UsageError TOP-RUN-UNPRICED where a budget in USD could not be kept. */
  refuseUnpriced(calls: readonly ModelCall[]): void {
    const { executor, ceilings } = this.#options;
    if (executor.mode !== "live" || ceilings.usd === null) return;
    const unpriced = calls.find((call) => executor.worstCase(call).cost === null);
    if (unpriced === undefined) return;
    throw new UsageError({
      code: "TOP-RUN-UNPRICED",
      message: `There is no price for "${refLabel(unpriced)}", so the budget could not be kept.`,
      found: "Nothing was sent.",
      fix: "Add its price to prices.yaml, or set the budget in tokens alone: --max-tokens-total N",
    });
  }

  /** Answers `calls`, or as many as budget and interruption allow (`stop`). `total` is for progress only. */
  async askAll(calls: readonly ModelCall[], total: number): Promise<void> {
    const { executor, journal, concurrency, context } = this.#options;
    const underWay = new Set<Promise<void>>();
    for (const call of calls) {
      const worst = executor.worstCase(call);
      const earlier = journal?.find(call);
      if (earlier !== undefined) {
        this.budget.charge(worst, earlier);
        this.#record(call, earlier, total);
        continue;
      }
      while (underWay.size > 0 && (underWay.size >= concurrency || !this.budget.fits(worst))) {
        await Promise.race(underWay);
      }
      if (context.signal.aborted) this.stop = "interrupted";
      else if (!this.budget.fits(worst)) this.stop = "budget";
      if (this.stop !== null || this.#fault !== null) break;
      this.budget.reserve(worst);
      const work: Promise<void> = this.#ask(call, total).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await Promise.all(underWay);
    if (context.signal.aborted && this.stop === null)
      this.stop = this.#isComplete(calls) ? null : "interrupted";
    if (this.#fault !== null) throw this.#fault;
    if (this.stop === null) this.#refuseSilence();
  }

  async #ask(call: ModelCall, total: number): Promise<void> {
    const { executor, journal } = this.#options;
    const worst = executor.worstCase(call);
    const controller = new AbortController();
    this.#underWay.add(controller);
    if (this.#isHardStopped) controller.abort();
    let held = 1;
    const mayRepeat = (): boolean => {
      if (!this.budget.fits(worst)) return false;
      this.budget.reserve(worst);
      held += 1;
      return true;
    };
    let answer: ModelAnswer;
    try {
      answer = await executor.execute(call, controller.signal, mayRepeat);
    } catch (error) {
      for (; held > 0; held -= 1) this.budget.release(worst);
      if (!this.#isHardStopped) this.#fault ??= error;
      return;
    } finally {
      this.#underWay.delete(controller);
    }
    journal?.append(call, answer);
    for (; held > 1; held -= 1) this.budget.release(worst);
    this.budget.settle(worst, answer);
    this.#record(call, answer, total);
  }

  #stopHard(): void {
    this.#isHardStopped = true;
    for (const controller of this.#underWay) controller.abort();
  }

  #record(call: ModelCall, answer: ModelAnswer, total: number): void {
    this.#answers.set(answerKey(call.sampleId, call), answer);
    this.#done += 1;
    this.#options.context.log.progress(
      "run",
      total === 0 ? 1 : this.#done / total,
      `${this.#done} of ${total} calls`,
    );
    const label = refLabel(call);
    const health = this.#health.get(label) ?? { ref: call, calls: 0, failures: 0, last: null };
    this.#health.set(label, health);
    health.calls += 1;
    if (answer.status === "ok") return;
    health.failures += 1;
    health.last = answer.failure;
    if (health.failures === health.calls && health.calls >= FAILURES_WITHOUT_SUCCESS)
      this.#fault ??= silence(health);
  }

  /** A model that never answered is no evidence on quality, however few calls there were. */
  #refuseSilence(): void {
    for (const health of this.#health.values()) if (health.failures === health.calls) throw silence(health);
  }

  #isComplete(calls: readonly ModelCall[]): boolean {
    return calls.every((call) => this.#answers.has(answerKey(call.sampleId, call)));
  }
}

const answerKey = (sampleId: string, ref: ModelRef): string => `${sampleId}\0${ref.provider}\0${ref.model}`;

function silence({ ref, calls, last }: { ref: ModelRef; calls: number; last: string | null }): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-SILENT",
    message: `"${refLabel(ref)}" answered none of ${calls} calls, each tried again several times.`,
    found: `Last failure: ${last ?? "unknown"}. The journal keeps what others answered.`,
    fix: "Try again later: tokenop run --resume",
  });
}
