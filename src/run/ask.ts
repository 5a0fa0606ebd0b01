import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../shared/context.js";
import { UpstreamError, UsageError } from "../shared/errors.js";
import { EMPTY_ANSWER, type Executor, type ModelAnswer, type ModelCall, type ModelRef } from "./contract.js";
import type { BatchLog, Together, Wave } from "./executors/batch/contract.js";
import { requestIdOf } from "./executors/batch/submit.js";
import { refLabel } from "./inputs/questions.js";
import { callKey } from "./inputs/samples.js";
import type { Journal } from "./journal/journal.js";
import { Budget, type Ceilings } from "./spend/budget.js";

export interface AskOptions {
  readonly executor: Executor;
  /** null where calls are free and can be repeated at will. */
  readonly journal: Journal | null;
  readonly ceilings: Ceilings;
  readonly concurrency: number;
  readonly context: Pick<Context, "signal" | "log" | "now">;
  /** Time that calls under way get to finish after an interruption: they are paid for. */
  readonly graceMs?: number;
}

/** What ended a run early: a ceiling that ran out (money, tokens, time), or an interruption. */
export type Stop = "budget" | "tokens" | "time" | "interrupted";

const DEFAULT_GRACE_MS = 5_000;
const MS_PER_MINUTE = 60_000;
// Longer timers overflow and fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;
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
  readonly #deadline: number;
  #isHardStopped = false;
  #done = 0;
  #fault: unknown = null;
  stop: Stop | null = null;

  constructor(options: AskOptions) {
    this.#options = options;
    this.budget = new Budget(options.ceilings);
    const { signal, now } = options.context;
    const { minutes } = options.ceilings;
    this.#deadline = minutes == null ? Number.POSITIVE_INFINITY : now().getTime() + minutes * MS_PER_MINUTE;
    if (signal.aborted) this.#scheduleHardStop();
    else signal.addEventListener("abort", () => this.#scheduleHardStop(), { once: true });
  }

  answerTo(sampleId: string, { provider, model }: ModelRef, part?: string): ModelAnswer | undefined {
    return this.#answers.get(callKey({ sampleId, provider, model, part }));
  }

  /** @throws UsageError TOP-RUN-UNPRICED where a budget in USD could not be kept. */
  refuseUnpriced(calls: readonly ModelCall[]): void {
    const { executor, ceilings } = this.#options;
    if ((executor.mode !== "live" && executor.hosts.length === 0) || ceilings.usd === null) return;
    const unpriced = calls.find((call) => this.#isPaid(call) && executor.worstCase(call).cost === null);
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
    const { executor, context } = this.#options;
    if (executor.together === undefined) await this.#askEach(calls, total);
    else await this.#askTogether(executor.together, calls, total);
    if (context.signal.aborted && this.stop === null)
      this.stop = this.#isComplete(calls) ? null : "interrupted";
    if (this.#fault !== null) throw this.#fault;
    if (this.stop === null) this.#refuseSilence();
  }

  async #askEach(calls: readonly ModelCall[], total: number): Promise<void> {
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
      while (
        underWay.size > 0 &&
        !this.#isLate() &&
        (underWay.size >= concurrency || this.budget.shortOf(worst) !== null)
      ) {
        await this.#nextOf(underWay);
      }
      if (context.signal.aborted) this.stop = "interrupted";
      else if (this.#isLate()) this.#stopForTime();
      else this.stop ??= this.budget.shortOf(worst);
      if (this.stop !== null || this.#fault !== null) break;
      this.budget.reserve(worst);
      const work: Promise<void> = this.#ask(call, total).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await Promise.all(underWay);
  }

  /** As many at once as fit beside what is spent, then those that fit once these have settled. */
  async #askTogether(together: Together, calls: readonly ModelCall[], total: number): Promise<void> {
    const { executor, journal, context } = this.#options;
    const log = journal!.batches;
    let left = calls.filter((call) => {
      const earlier = journal!.find(call);
      if (earlier === undefined) return true;
      this.budget.charge(executor.worstCase(call), earlier);
      this.#record(call, earlier, total);
      return false;
    });
    const controller = new AbortController();
    this.#underWay.add(controller);
    const deadline = this.#deadlineSignal();
    const stop = AbortSignal.any([context.signal, deadline.signal]);
    try {
      while (left.length > 0) {
        if (context.signal.aborted) this.stop = "interrupted";
        else if (this.#isLate()) this.#stopForTime();
        if (this.stop !== null) return;
        const wave = fitting(left, this.budget, executor, log);
        if (wave.length === 0) {
          this.stop = this.budget.shortOf(executor.worstCase(left[0]!));
          return;
        }
        const wait = { log, stop, signal: controller.signal };
        const isHeld = await this.#askWave(together, wave, wait, total);
        left = left.filter((call) => !this.#answers.has(callKey(call)));
        if (left.length === 0 || !(isHeld || stop.aborted)) continue;
        // What a batch under way holds must not be sent again by this process.
        if (context.signal.aborted) this.stop = "interrupted";
        else this.#stopForTime();
        return;
      }
    } finally {
      deadline.clear();
      this.#underWay.delete(controller);
    }
  }

  /** One wave, every call of which is reserved. True where batches under way hold a part of it. */
  async #askWave(
    together: Together,
    calls: readonly ModelCall[],
    signals: Pick<Wave, "log" | "stop" | "signal">,
    total: number,
  ): Promise<boolean> {
    const { executor, journal } = this.#options;
    const reserved = new Map(calls.map((call) => [callKey(call), call]));
    const deliver = (call: ModelCall, answer: ModelAnswer): void => {
      if (!reserved.delete(callKey(call))) return;
      journal?.append(call, answer);
      this.budget.settle(executor.worstCase(call), answer);
      this.#record(call, answer, total);
    };
    try {
      const open = await together.answer(calls, { ...signals, deliver });
      const held = open.filter((call) => reserved.delete(callKey(call)));
      for (const call of held) this.budget.settle(executor.worstCase(call), UNDER_WAY);
      if (reserved.size === calls.length && !signals.stop.aborted)
        throw new Error("a wave of calls came back without an answer");
      return held.length > 0;
    } finally {
      for (const call of reserved.values()) this.budget.release(executor.worstCase(call));
    }
  }

  /** Fires at the end of the time that the run may take. */
  #deadlineSignal(): { readonly signal: AbortSignal; clear(): void } {
    const controller = new AbortController();
    const left = this.#deadline - this.#options.context.now().getTime();
    if (left > LONGEST_TIMER_MS) return { signal: controller.signal, clear: () => undefined };
    const timer = setTimeout(() => controller.abort(), Math.max(0, left)).unref();
    return { signal: controller.signal, clear: () => clearTimeout(timer) };
  }

  async #ask(call: ModelCall, total: number): Promise<void> {
    const { executor, journal } = this.#options;
    const worst = executor.worstCase(call);
    const controller = new AbortController();
    this.#underWay.add(controller);
    if (this.#isHardStopped) controller.abort();
    let held = 1;
    const mayRepeat = (): boolean => {
      if (this.budget.shortOf(worst) !== null) return false;
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
    for (; held > 1; held -= 1) this.budget.release(worst);
    if (this.#isPaid(call)) {
      journal?.append(call, answer);
      this.budget.settle(worst, answer);
    } else this.budget.release(worst);
    this.#record(call, answer, total);
  }

  /** Recorded answers were paid for before this run; a judge's opinion on them is not recorded. */
  #isPaid({ part }: ModelCall): boolean {
    return this.#options.executor.mode !== "replay" || part !== undefined;
  }

  #isLate(): boolean {
    return this.#options.context.now().getTime() >= this.#deadline;
  }

  /** Resolves with the first call that ends, or at the deadline. */
  async #nextOf(underWay: ReadonlySet<Promise<void>>): Promise<void> {
    const left = this.#deadline - this.#options.context.now().getTime();
    if (!Number.isFinite(left)) return Promise.race(underWay);
    const timer = new AbortController();
    const deadline = sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal: timer.signal, ref: false });
    await Promise.race([...underWay, deadline.catch(() => undefined)]);
    timer.abort();
  }

  #stopForTime(): void {
    this.stop = "time";
    this.#scheduleHardStop();
  }

  #scheduleHardStop(): void {
    setTimeout(() => this.#stopHard(), this.#options.graceMs ?? DEFAULT_GRACE_MS).unref();
  }

  #stopHard(): void {
    this.#isHardStopped = true;
    for (const controller of this.#underWay) controller.abort();
  }

  #record(call: ModelCall, answer: ModelAnswer, total: number): void {
    this.#answers.set(callKey(call), answer);
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
    // Answers of a batch come in no order: there only the end of a wave tells.
    if (this.#options.executor.together !== undefined) return;
    if (health.failures === health.calls && health.calls >= FAILURES_WITHOUT_SUCCESS)
      this.#fault ??= silence(health);
  }

  /** A model that never answered is no evidence on quality, however few calls there were. */
  #refuseSilence(): void {
    for (const health of this.#health.values()) if (health.failures === health.calls) throw silence(health);
  }

  #isComplete(calls: readonly ModelCall[]): boolean {
    return calls.every((call) => this.#answers.has(callKey(call)));
  }
}

/** A call whose batch goes on without us counts as its worst case: it is or will be billed. */
const UNDER_WAY: ModelAnswer = { ...EMPTY_ANSWER, status: "timeout" };

/** The first calls that fit into the budget at their worst, reserved; what was sent before is owed whether it fits or not. */
function fitting(
  calls: readonly ModelCall[],
  budget: Budget,
  executor: Executor,
  { earlier }: BatchLog,
): ModelCall[] {
  const sent = new Set(earlier.flatMap(({ requests }) => requests));
  let isFull = false;
  return calls.filter((call) => {
    const worst = executor.worstCase(call);
    isFull ||= budget.shortOf(worst) !== null;
    if (isFull && !sent.has(requestIdOf(call))) return false;
    budget.reserve(worst);
    return true;
  });
}

function silence({ ref, calls, last }: { ref: ModelRef; calls: number; last: string | null }): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-SILENT",
    message: `"${refLabel(ref)}" answered none of ${calls} calls, each tried again several times.`,
    found: `Last failure: ${last ?? "unknown"}. The journal keeps what others answered.`,
    fix: "Try again later: tokenop run --resume",
  });
}
