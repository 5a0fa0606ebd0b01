import { hostOf } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";
import type { LiveOptions } from "../live/live.js";
import { failedAnswer, isRepeatable, refuseHopeless, unmeasuredAnswer } from "../live/persist.js";
import { createQuirks, outputLimit, seedOf } from "../live/request.js";
import type { Quirk, WireFailure } from "../live/wire.js";
import type { BatchCache } from "./batch.js";
import type { BatchEndpoint, BatchRecord, BatchState, SentBatch, Together, Wave } from "./contract.js";
import { awaitEnd, batchCancelled, batchFailed, collect, createPause } from "./follow.js";
import { groupCalls } from "./group-calls.js";
import type { BatchLine } from "./steady.js";
import { customIdOf, findSent, requestIdOf, submit, tokenOf } from "./submit.js";

/** Batches that a call may stand in before its failure stands: one, and two more. */
const BATCHES_A_CALL = 3;
/** OpenAI's word for more waiting tokens than the account may have. */
const TOO_MANY_TOKENS = "token_limit_exceeded";

/** A batch on its way, and the calls in it that still want an answer. */
interface Voyage {
  readonly line: BatchLine;
  readonly calls: readonly ModelCall[];
  /** Of an earlier process; null: not sent yet. */
  readonly sent: SentBatch | null;
}

/** Sends, follows and reads batches until every call is answered, has failed for good, or nobody waits any longer. */
export class BatchedCalls implements Together {
  readonly noLatency = "answers of a batch come when it has ended, so they have no latency of their own";
  readonly #lines: ReadonlyMap<string, BatchLine>;
  readonly #options: LiveOptions;
  readonly #cache: BatchCache;
  readonly #quirksOf = createQuirks();
  readonly #records = new Map<string, BatchRecord>();
  /** What the requests of a batch left out, by its token; those of earlier processes are not known. */
  readonly #sentWithout = new Map<string, ReadonlySet<Quirk>>();

  constructor(lines: ReadonlyMap<string, BatchLine>, options: LiveOptions, cache: BatchCache) {
    this.#lines = lines;
    this.#options = options;
    this.#cache = cache;
  }

  batches(): readonly BatchRecord[] {
    // Several are sent at once: the order of their answers is chance.
    return [...this.#records.values()].sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : 0));
  }

  async answer(calls: readonly ModelCall[], wave: Wave): Promise<readonly ModelCall[]> {
    const asked: ModelCall[] = [];
    for (const call of calls) {
      const known = await this.#cache.find(call);
      if (known === null) asked.push(call);
      else wave.deliver(call, known);
    }
    // Where one voyage fails the others are left to the provider, as after an interruption: the journal names them.
    const failed = new AbortController();
    const joint = { ...wave, stop: AbortSignal.any([wave.stop, failed.signal]) };
    const ends = this.#voyages(asked, wave).map((voyage) =>
      this.#complete(voyage, joint).catch((error: unknown) => {
        // Broken off by us: whatever was on its way may be billed.
        if (wave.signal.aborted) return voyage.calls;
        failed.abort();
        throw error;
      }),
    );
    const settled = await Promise.allSettled(ends);
    const fault = settled.find((end) => end.status === "rejected");
    if (fault !== undefined) throw fault.reason;
    return settled.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
  }

  /** Calls that an earlier process has sent go with their batch, the last one that they stood in; the others anew. */
  #voyages(calls: readonly ModelCall[], { log }: Wave): Voyage[] {
    const sentWith = new Map(
      log.earlier.flatMap((batch) => batch.requests.map((request) => [request, batch] as const)),
    );
    const taken = new Map<SentBatch, ModelCall[]>();
    const fresh: ModelCall[] = [];
    for (const call of calls) {
      const batch = sentWith.get(requestIdOf(call));
      if (batch === undefined) fresh.push(call);
      else taken.set(batch, [...(taken.get(batch) ?? []), call]);
    }
    const groups = groupCalls(fresh, (call) => {
      const { client } = this.#lineOf(call);
      return { ...client.limits, line: client.line(this.#requestOf(call, "")) };
    });
    return [
      ...[...taken].map(([sent, own]) => ({ line: this.#lineOf(own[0]!), calls: own, sent })),
      ...groups.map((own) => ({ line: this.#lineOf(own[0]!), calls: own, sent: null })),
    ];
  }

  /** Returns the calls that a batch under way holds. */
  async #complete({ line, calls, sent }: Voyage, wave: Wave): Promise<readonly ModelCall[]> {
    let left = calls;
    let adopted = sent === null ? null : await this.#find(line, sent, wave);
    for (let round = 1; left.length > 0; ) {
      const batch = adopted ?? (wave.stop.aborted ? null : await this.#send(line, left, wave));
      if (batch === null) return [];
      const state = batch.id === null ? null : await this.#end(line, batch, wave);
      if (state === null) {
        this.#leave(line, batch);
        return left;
      }
      const isOurs = adopted === null;
      adopted = null;
      if (isOurs && state.code === TOO_MANY_TOKENS && left.length > 1)
        return this.#inHalves(line, left, wave);
      if (isOurs && state.status === "failed") throw batchFailed(line, batch, state.code);
      const failures = await collect(line, batch, state, left, wave.signal, (call, reply) => {
        const answer = unmeasuredAnswer(reply, call, this.#options.pricer);
        wave.deliver(call, answer);
        this.#cache.store(call, answer);
      });
      // What an earlier process met is asked again, as live calls are.
      const learned = [...failures].filter(([call, failure]) => this.#learns(call, failure, batch));
      if (isOurs && failures.size > 0 && state.status === "cancelled") throw batchCancelled(line, batch);
      left = isOurs
        ? this.#refuse(line, failures, new Map(learned), round >= BATCHES_A_CALL, wave)
        : [...failures.keys()];
      if (isOurs && learned.length === 0) round += 1;
    }
    return [];
  }

  /** Takes failures that stand as answers, and returns the calls that another batch may still answer. */
  #refuse(
    { provider }: BatchLine,
    failures: ReadonlyMap<ModelCall, WireFailure>,
    learned: ReadonlyMap<ModelCall, WireFailure>,
    isLast: boolean,
    wave: Wave,
  ): ModelCall[] {
    const again: ModelCall[] = [];
    for (const [call, failure] of failures) {
      refuseHopeless(failure, provider, call);
      const mayPass = failure.status === 429 || (isRepeatable(failure) && failure.kind !== "broken");
      if (learned.has(call) || (mayPass && !isLast)) again.push(call);
      else wave.deliver(call, failedAnswer(failure, 0));
    }
    return again;
  }

  /** Whether the failure says of a field that the model does not take it, which its requests had. */
  #learns(call: ModelCall, { quirk }: WireFailure, { token }: SentBatch): boolean {
    if (quirk === null || this.#sentWithout.get(token)?.has(quirk) === true) return false;
    this.#quirksOf(call).add(quirk);
    return true;
  }

  async #find(line: BatchLine, sent: SentBatch, wave: Wave): Promise<SentBatch | null> {
    if (sent.id !== null) return sent;
    this.#say(
      `A batch of the interrupted run may be under way at ${hostOf(line.provider.baseUrl)}; looking for it.`,
    );
    const pause = createPause(line.sleep, wave.stop);
    const isTaken = this.#isTaken(wave);
    return findSent(line, {
      batch: sent,
      log: wave.log,
      stop: wave.stop,
      signal: wave.signal,
      pause,
      isTaken,
    });
  }

  async #send(line: BatchLine, calls: readonly ModelCall[], wave: Wave): Promise<SentBatch | null> {
    const { provider, model, embed } = calls[0]!;
    const sentAt = this.#options.context.now().toISOString();
    const requests = calls.map(requestIdOf);
    const token = tokenOf(provider, model, sentAt, requests);
    this.#sentWithout.set(token, new Set(this.#quirksOf(calls[0]!)));
    const endpoint: BatchEndpoint = embed === undefined ? "answers" : "vectors";
    const batch = await submit(line, {
      batch: { token, provider, model, sentAt, requests, id: null },
      lines: calls.map((call) => line.client.line(this.#requestOf(call, token))),
      endpoint,
      log: wave.log,
      stop: wave.stop,
      signal: wave.signal,
      pause: createPause(line.sleep, wave.stop),
      isTaken: this.#isTaken(wave),
    });
    if (batch !== null)
      this.#say(
        `Batch ${batch.id}: ${requests.length} requests to ${model} at ${hostOf(line.provider.baseUrl)}, answered within 24 hours. Ctrl-C leaves it under way; --resume takes it up.`,
      );
    return batch;
  }

  /** Ids of all other batches of this run. */
  #isTaken({ log }: Wave): (id: string) => boolean {
    const earlier = new Set(log.earlier.map(({ id }) => id));
    return (id) => earlier.has(id) || this.batches().some((batch) => batch.id === id);
  }

  async #end(line: BatchLine, batch: SentBatch, wave: Wave): Promise<BatchState | null> {
    this.#record(line, batch, false);
    let last = 0;
    const state = await awaitEnd(line, batch, wave, (done) => {
      if (done !== last) this.#say(`Batch ${batch.id}: ${done} of ${batch.requests.length} done.`);
      last = done;
    });
    if (state !== null) this.#record(line, batch, true);
    return state;
  }

  /** The account has no room for so many waiting tokens: one half after the other has. */
  async #inHalves(line: BatchLine, calls: readonly ModelCall[], wave: Wave): Promise<readonly ModelCall[]> {
    const middle = Math.ceil(calls.length / 2);
    const first = await this.#complete({ line, calls: calls.slice(0, middle), sent: null }, wave);
    const second = await this.#complete({ line, calls: calls.slice(middle), sent: null }, wave);
    return [...first, ...second];
  }

  #leave(line: BatchLine, batch: SentBatch): void {
    this.#record(line, batch, false);
    const host = hostOf(line.provider.baseUrl);
    this.#options.context.log.warn(
      `Batch ${batch.id ?? `marked ${batch.token}`} goes on at ${host} and will be billed: --resume takes it up.`,
    );
  }

  #record({ provider }: BatchLine, { token, id, model, requests }: SentBatch, ended: boolean): void {
    const host = hostOf(provider.baseUrl);
    this.#records.set(token, {
      id,
      host,
      model: `${provider.id}/${model}`,
      requests: requests.length,
      ended,
    });
  }

  #requestOf(call: ModelCall, token: string) {
    const { seed } = this.#options;
    return {
      ...{ call, maxTokens: outputLimit(call, this.#options), seed: seedOf(call, { seed }) },
      quirks: this.#quirksOf(call),
      customId: customIdOf(token, requestIdOf(call)),
    };
  }

  #lineOf({ provider }: Pick<ModelCall, "provider">): BatchLine {
    return this.#lines.get(provider)!;
  }

  #say(message: string): void {
    this.#options.context.log.info(message);
  }
}
