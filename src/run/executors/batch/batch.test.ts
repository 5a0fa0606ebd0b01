import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  type BatchProvider,
  type BatchProviderOptions,
  startBatchProvider,
} from "../../../../test/support/batch-provider.js";
import { mostOften } from "../../../../test/support/echo-provider.js";
import type { PriceBook } from "../../../pricing/contract.js";
import type { ModelAnswer, ModelCall, ModelRef } from "../../contract.js";
import { AT, priceBook, temporaryFolder, testContext } from "../../fixtures/setup.js";
import { createLiveExecutor, type LiveOptions } from "../live/live.js";
import { liveProviders } from "../live/providers.js";
import { createPricer } from "../pricer.js";
import { createBatchExecutor } from "./batch.js";
import type { BatchLog, SentBatch } from "./contract.js";
import { requestIdOf } from "./submit.js";

const OPENAI: ModelRef = { provider: "openai", model: "base-1" };
const CLAUDE: ModelRef = { provider: "anthropic", model: "claude-1" };
const SHAPES = [
  { shape: "OpenAI's Batch API", ref: OPENAI, create: "POST /v1/batches", list: "GET /v1/batches" },
  {
    shape: "Anthropic's Message Batches",
    ref: CLAUDE,
    create: "POST /v1/messages/batches",
    list: "GET /v1/messages/batches",
  },
] as const;

const providers: BatchProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

async function serve(options: BatchProviderOptions = {}): Promise<BatchProvider> {
  const provider = await startBatchProvider(options);
  providers.push(provider);
  return provider;
}

const settings = (server: BatchProvider, overrides: Partial<LiveOptions> = {}): LiveOptions => ({
  models: [OPENAI, CLAUDE],
  providers: liveProviders({}, { openai: `${server.url}/v1`, anthropic: server.url }),
  allow: [server.host],
  // The provider's clock is the real one.
  context: testContext({ now: () => new Date() }),
  pricer: createPricer(priceBook(), AT, { batch: true }),
  cacheDir: null,
  seed: 7,
  maxRetries: 2,
  // A look at a batch costs a turn of the event loop.
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
  ...overrides,
});

const callTo = (ref: ModelRef, index: number, overrides: Partial<ModelCall> = {}): ModelCall => ({
  ...{ sampleId: `s${index}`, cluster: "c", ...ref, maxTokens: 50 },
  messages: [{ role: "user", content: `Echo ${index}.` }],
  ...overrides,
});
const callsTo = (ref: ModelRef, count: number): ModelCall[] =>
  Array.from({ length: count }, (_, index) => callTo(ref, index));

interface Asked {
  readonly answers: Map<ModelCall, ModelAnswer>;
  readonly open: readonly ModelCall[];
  /** What the journal would hold. */
  readonly log: SentBatch[];
}

async function ask(
  options: LiveOptions,
  calls: readonly ModelCall[],
  given: {
    readonly earlier?: readonly SentBatch[];
    readonly stop?: AbortSignal;
    readonly log?: SentBatch[];
  } = {},
): Promise<Asked> {
  const { together } = await createBatchExecutor(options);
  const answers = new Map<ModelCall, ModelAnswer>();
  const sent = given.log ?? [];
  const log: BatchLog = {
    earlier: given.earlier ?? [],
    sending: (batch) => {
      sent.push(batch);
    },
    named: (token, id) => {
      const index = sent.findIndex((batch) => batch.token === token);
      if (index >= 0) sent[index] = { ...sent[index]!, id };
    },
  };
  const never = new AbortController().signal;
  const open = await together!.answer(calls, {
    ...{ log, stop: given.stop ?? never, signal: never },
    deliver: (call, answer) => {
      expect(answers.has(call)).toBe(false);
      answers.set(call, answer);
    },
  });
  return { answers, open, log: sent };
}

const textsOf = ({ answers }: Asked): Record<string, string | null> =>
  Object.fromEntries([...answers].map(([{ sampleId }, { text }]) => [sampleId, text]));

describe.each(SHAPES)("$shape", ({ ref, create, list }) => {
  it("give every call its own answer, without latency, with its tokens and cost", async () => {
    const server = await serve();
    const asked = await ask(settings(server), callsTo(ref, 20));
    expect(textsOf(asked)).toEqual(
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, `${index}`])),
    );
    for (const answer of asked.answers.values())
      expect(answer).toMatchObject({
        ...{ status: "ok", latencyMs: null, ttftMs: null, inputTokens: 100, outputTokens: 20, cached: false },
        cost: expect.any(BigInt),
      });
  });

  it("are in the log before they can be paid for, and by name right after", async () => {
    const log: SentBatch[] = [];
    const seen: unknown[] = [];
    const server = await serve({
      fault: ({ route }) => {
        if (route === create) seen.push(log.map(({ id, requests }) => [id, requests.length]));
        return null;
      },
    });
    await ask(settings(server), callsTo(ref, 3), { log });
    expect(seen).toEqual([[[null, 3]]]);
    expect(log.map(({ id }) => id)).toEqual(["batch_1"]);
  });

  it("carry ids that the provider takes", async () => {
    const server = await serve();
    await ask(settings(server), callsTo(ref, 2));
    const ids = [
      ...server.received
        .map(({ text }) => text)
        .join()
        .matchAll(/"custom_id":"([^"]*)"/g),
    ];
    expect(ids.length).toBeGreaterThan(0);
    for (const [, id] of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it("are taken up by name, and only what they did not answer is sent again", async () => {
    const server = await serve({
      fateOf: ({ sample, batch }) => (sample === "1" && batch === 1 ? "expired" : "answered"),
    });
    const calls = callsTo(ref, 4);
    const stop = new AbortController();
    server.hold();
    const first = ask(settings(server), calls, { stop: stop.signal });
    await until(() => server.batches.length === 1);
    stop.abort();
    const { open, log } = await first;
    expect(open).toEqual(calls);
    expect(log).toMatchObject([{ id: "batch_1", requests: calls.map(requestIdOf) }]);

    server.release();
    const again = await ask(settings(server), calls, { earlier: log });
    expect(textsOf(again)).toEqual({ s0: "0", s1: "1", s2: "2", s3: "3" });
    expect(server.batches.map(({ requests }) => requests.length)).toEqual([4, 1]);
    expect(mostOften(server.answered)).toBe(1);
  });

  it("are looked for where only their mark is known, and sent where they never arrived", async () => {
    const server = await serve();
    const calls = callsTo(ref, 3);
    const { log } = await ask(settings(server), calls);
    const nameless = log.map((batch) => ({ ...batch, id: null }));
    const found = await ask(settings(server), calls, { earlier: nameless });
    expect(found.answers.size).toBe(3);
    expect(server.batches).toHaveLength(1);

    const lost = nameless.map((batch) => ({ ...batch, token: "f".repeat(16) }));
    const anew = await ask(settings(server), calls, { earlier: lost });
    expect(anew.answers.size).toBe(3);
    expect(server.batches).toHaveLength(2);
  });

  it("end the run where nobody can say whether one arrived", async () => {
    const server = await serve({ fault: ({ route }) => (route === list ? { status: 404 } : null) });
    const earlier = [
      {
        token: "0".repeat(16),
        ...ref,
        sentAt: new Date().toISOString(),
        requests: callsTo(ref, 1).map(requestIdOf),
        id: null,
      },
    ];
    await expect(ask(settings(server), callsTo(ref, 1), { earlier })).rejects.toMatchObject({
      code: "TOP-RUN-BATCH-LOST",
    });
    expect(server.batches).toEqual([]);
  });

  it("are not started once the wave was stopped", async () => {
    const server = await serve();
    const asked = await ask(settings(server), callsTo(ref, 2), { stop: AbortSignal.abort() });
    expect(asked).toMatchObject({ open: [], log: [] });
    expect(server.batches).toEqual([]);
  });
});

describe("batches", () => {
  it("hold one model each, and one kind of request", async () => {
    const server = await serve();
    const mini = { provider: "openai", model: "mini-1" };
    const calls = [...callsTo(OPENAI, 2), ...callsTo(mini, 3), ...callsTo(CLAUDE, 2)];
    const asked = await ask(settings(server, { models: [OPENAI, mini, CLAUDE] }), calls);
    expect(asked.answers.size).toBe(7);
    expect(server.batches.map(({ requests }) => requests.length).sort()).toEqual([2, 2, 3]);
  });

  it("are found by their results where the server keeps no text of ours", async () => {
    const server = await serve({ keepsMetadata: false });
    const { log } = await ask(settings(server), callsTo(OPENAI, 3));
    await ask(settings(server), callsTo(OPENAI, 3), {
      earlier: log.map((batch) => ({ ...batch, id: null })),
    });
    expect(server.batches).toHaveLength(1);
  });

  it("ask for temperature 0 and the seed, and never for a stream", async () => {
    const server = await serve();
    await ask(settings(server), [callTo(OPENAI, 1), callTo(OPENAI, 2, { temperature: 0.7, repeat: 1 })]);
    const upload = server.received.find(({ route }) => route === "POST /v1/files")!.text;
    const bodies = [...upload.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line!).body);
    expect(bodies).toMatchObject([
      { model: "base-1", temperature: 0, seed: 7, max_tokens: 50 },
      { temperature: 0.7, seed: 8 },
    ]);
    for (const body of bodies) expect(body).not.toHaveProperty("stream");
  });

  it("take answers of live calls from the cache at the batch price, and keep their own apart", async () => {
    const server = await serve();
    const cacheDir = temporaryFolder();
    const singles = () => server.received.filter(({ route }) => route === "POST /v1/chat/completions").length;
    const options = settings(server, {
      cacheDir,
      pricer: createPricer(halfPriceBook(), AT, { batch: true }),
    });
    const standard = { ...options, pricer: createPricer(halfPriceBook(), AT) };
    const live = await createLiveExecutor(standard);
    const single = await live.execute(callTo(OPENAI, 0), new AbortController().signal);
    await until(() => kept(cacheDir) === 1);

    const asked = await ask(options, callsTo(OPENAI, 2));
    await until(() => kept(cacheDir) === 2);
    const [taken, batched] = [...asked.answers.values()];
    expect(single.latencyMs).not.toBeNull();
    expect(taken).toMatchObject({ cached: true, text: "0", latencyMs: null, cost: single.cost! / 2n });
    expect(batched).toMatchObject({ cached: false, text: "1", cost: single.cost! / 2n });
    expect(server.batches.map(({ requests }) => requests)).toEqual([["base-1 1"]]);

    expect(
      [...(await ask(options, callsTo(OPENAI, 2))).answers.values()].map(({ cached }) => cached),
    ).toEqual([true, true]);
    expect(singles()).toBe(1);
    // A live run wants a latency, so it does not take an answer that has none.
    const again = await createLiveExecutor(standard);
    expect(await again.execute(callTo(OPENAI, 1), new AbortController().signal)).toMatchObject({
      cached: false,
    });
    expect(singles()).toBe(2);
  });
});

const kept = (cacheDir: string): number =>
  existsSync(join(cacheDir, "answers"))
    ? readdirSync(join(cacheDir, "answers")).filter((name) => name.endsWith(".json")).length
    : 0;

function halfPriceBook(): PriceBook {
  const book = priceBook();
  return {
    ...book,
    find: (query) => {
      const match = book.find(query);
      const batchDiscount = { numerator: 1n, denominator: 2n };
      return match === null ? null : { ...match, row: { ...match.row, batchDiscount } };
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
