import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Executor, ModelCall, ModelRef } from "../../contract.js";
import {
  anthropicReply,
  failure,
  openAiReply,
  type ProviderServer,
  type Received,
  type Reply,
  startProvider,
} from "../../fixtures/provider-server.js";
import { AT, priceBook, temporaryFolder, testContext } from "../../fixtures/setup.js";
import { createPricer } from "../pricer.js";
import { createLiveExecutor, type LiveOptions } from "./live.js";
import { liveProviders, missingKeys } from "./providers.js";

const servers: ProviderServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function provider(
  reply: (request: Received, earlier: number) => Reply | Promise<Reply>,
): Promise<ProviderServer> {
  const server = await startProvider(reply);
  servers.push(server);
  return server;
}

const OPENAI: ModelRef = { provider: "openai", model: "base-1" };
const CLAUDE: ModelRef = { provider: "anthropic", model: "claude-1" };

async function connect(
  server: ProviderServer,
  ref: ModelRef,
  overrides: Partial<LiveOptions> = {},
): Promise<Executor> {
  const context = testContext({ env: { OPENAI_API_KEY: "key-openai", ANTHROPIC_API_KEY: "key-anthropic" } });
  return createLiveExecutor({
    models: [ref],
    providers: liveProviders({}, { openai: `${server.url}/v1`, anthropic: server.url }),
    allow: [server.host],
    context,
    pricer: createPricer(priceBook(), AT),
    cacheDir: null,
    seed: 7,
    maxRetries: 2,
    ...overrides,
  });
}

function callTo(ref: ModelRef, overrides: Partial<ModelCall> = {}): ModelCall {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Two and two?" },
  ];
  return { sampleId: "s1", cluster: "c", ...ref, messages, maxTokens: 50, ...overrides };
}

const running = (): AbortSignal => new AbortController().signal;

describe("live calls to an OpenAI-compatible provider", () => {
  it("count cached tokens as a part of the input and price them at their own rate", async () => {
    const server = await provider(() =>
      openAiReply("4", {
        prompt_tokens_details: { cached_tokens: 40 },
        completion_tokens_details: { reasoning_tokens: 5 },
      }),
    );
    const answer = await (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    expect(answer).toMatchObject({
      text: "4",
      status: "ok",
      inputTokens: 100,
      cachedInputTokens: 40,
      outputTokens: 20,
      reasoningTokens: 5,
      cached: false,
    });
    // 60 at 10, 40 at 1 and 20 at 30 USD per million tokens.
    expect(answer.cost).toBe(60n * 10_000_000n + 40n * 1_000_000n + 20n * 30_000_000n);
  });

  it("send temperature 0, the run's seed, the output limit and the key of the environment", async () => {
    const server = await provider(() => openAiReply("4"));
    await (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    expect(server.received[0]).toMatchObject({
      path: "/v1/chat/completions",
      body: { model: "base-1", temperature: 0, seed: 7, max_tokens: 50 },
      headers: { authorization: "Bearer key-openai" },
    });
  });

  it("wait and try again after 429, and count one answer", async () => {
    const server = await provider((_, earlier) => (earlier === 0 ? failure(429) : openAiReply("4")));
    const answer = await (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    expect(answer).toMatchObject({ status: "ok", text: "4" });
    expect(server.received).toHaveLength(2);
  });

  it("give a failed answer, not an exception, when 500 outlives the retries", async () => {
    const server = await provider(() => failure(500, "the prompt said: secret"));
    const answer = await (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    expect(answer).toMatchObject({ status: "error", text: null, cost: null });
    expect(answer.failure).toBe("InternalServerError 500");
    expect(server.received).toHaveLength(3);
  });

  it("give a timeout when no answer comes in time", async () => {
    const server = await provider(() => new Promise<Reply>(() => {}));
    const executor = await connect(server, OPENAI, { timeoutMs: 20, maxRetries: 0 });
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({
      status: "timeout",
      failure: "timeout",
    });
  });

  it("give a failed answer when the connection breaks", async () => {
    const server = await provider(() => openAiReply("4"));
    const executor = await connect(server, OPENAI, { maxRetries: 0 });
    server.close();
    const closed = await startProvider(() => openAiReply("4"));
    closed.close();
    const broken = await connect({ ...closed, url: "http://127.0.0.1:1", host: "127.0.0.1:1" }, OPENAI, {
      maxRetries: 0,
    });
    expect(await broken.execute(callTo(OPENAI), running())).toMatchObject({
      status: "error",
      failure: "connection failed",
    });
    expect(executor.mode).toBe("live");
  });

  it("leave out what a model refuses, and remember it", async () => {
    const server = await provider(({ body }) => {
      if ("temperature" in body) return failure(400, "Unsupported value: 'temperature' does not support 0");
      if ("max_tokens" in body) return failure(400, "Use 'max_completion_tokens' instead of 'max_tokens'");
      return openAiReply("4");
    });
    const executor = await connect(server, OPENAI);
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({ status: "ok" });
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({ status: "ok" });
    expect(server.received).toHaveLength(4);
    expect(server.received[3]!.body).toMatchObject({ max_completion_tokens: 50, seed: 7 });
  });

  it("stop with exit code 5 when the key is refused: no further call could succeed", async () => {
    const server = await provider(() => failure(401));
    const call = (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    await expect(call).rejects.toMatchObject({ code: "TOP-RUN-PROVIDER", exitCode: 5 });
  });

  it("know no cost where the provider reports no usage", async () => {
    const reply = openAiReply("4");
    const server = await provider(() => ({ body: { ...(reply.body as object), usage: undefined } }));
    const answer = await (await connect(server, OPENAI)).execute(callTo(OPENAI), running());
    expect(answer).toMatchObject({ status: "ok", cost: null, inputTokens: null });
  });

  it("never cost more than the worst case that was reserved", async () => {
    const server = await provider(() => openAiReply("4", { prompt_tokens: 20, completion_tokens: 50 }));
    const executor = await connect(server, OPENAI);
    const answer = await executor.execute(callTo(OPENAI), running());
    const worst = executor.worstCase(callTo(OPENAI));
    expect(worst.cost).toBeGreaterThan(answer.cost!);
    expect(worst.tokens).toBeGreaterThan(70);
  });
});

describe("live calls to Anthropic", () => {
  it("add cache reads and writes to the input, which the provider leaves out", async () => {
    const server = await provider(() =>
      anthropicReply("4", {
        cache_read_input_tokens: 80,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 0 },
        output_tokens_details: { thinking_tokens: 12 },
      }),
    );
    const answer = await (await connect(server, CLAUDE)).execute(callTo(CLAUDE), running());
    expect(answer).toMatchObject({
      text: "4",
      inputTokens: 187,
      cachedInputTokens: 80,
      cacheWriteTokens: 7,
      outputTokens: 20,
      reasoningTokens: 12,
    });
    expect(answer.cost).toBe(100n * 5_000_000n + 80n * 500_000n + 7n * 6_250_000n + 20n * 25_000_000n);
  });

  it("send system messages in their own field", async () => {
    const server = await provider(() => anthropicReply("4"));
    await (await connect(server, CLAUDE)).execute(callTo(CLAUDE), running());
    expect(server.received[0]).toMatchObject({
      path: "/v1/messages",
      headers: { authorization: "Bearer key-anthropic" },
      body: {
        max_tokens: 50,
        system: [{ type: "text", text: "Be brief." }],
        messages: [{ role: "user", content: "Two and two?" }],
      },
    });
  });

  it("try again after 529 and fail quietly after the last retry", async () => {
    const server = await provider(() => failure(529));
    const answer = await (await connect(server, CLAUDE)).execute(callTo(CLAUDE), running());
    expect(answer).toMatchObject({ status: "error", failure: "OverloadedError 529" });
    expect(server.received).toHaveLength(3);
  });
});

describe("the response cache", () => {
  it("answers a repeated request without a call, and keeps what it cost then", async () => {
    const server = await provider(() => openAiReply("4"));
    const cacheDir = temporaryFolder();
    const earlier = await connect(server, OPENAI, { cacheDir });
    const first = await earlier.execute(callTo(OPENAI), running());
    // The entry is written beside the run; a repeat waits for it.
    expect(await earlier.execute(callTo(OPENAI), running())).toEqual({ ...first, cached: true });
    const executor = await connect(server, OPENAI, { cacheDir });
    const again = await executor.execute(callTo(OPENAI, { sampleId: "other" }), running());
    expect(again).toEqual({ ...first, cached: true });
    expect(server.received).toHaveLength(1);
    await executor.execute(callTo(OPENAI, { maxTokens: 51 }), running());
    expect(server.received).toHaveLength(2);
  });

  it("is readable by its owner only", async () => {
    const server = await provider(() => openAiReply("4"));
    const cacheDir = temporaryFolder();
    const executor = await connect(server, OPENAI, { cacheDir });
    await executor.execute(callTo(OPENAI), running());
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({ cached: true });
    const folder = join(cacheDir, "answers");
    const [file] = readdirSync(folder);
    expect(statSync(join(folder, file!)).mode & 0o777).toBe(0o600);
  });

  it("does not keep failures", async () => {
    const server = await provider((_, earlier) => (earlier < 3 ? failure(500) : openAiReply("4")));
    const executor = await connect(server, OPENAI, { cacheDir: temporaryFolder() });
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({ status: "error" });
    expect(await executor.execute(callTo(OPENAI), running())).toMatchObject({ status: "ok", cached: false });
  });
});

describe("before a live run", () => {
  it("the key is asked for by name", async () => {
    const options = { models: [OPENAI], providers: liveProviders({}), allow: [], context: testContext() };
    const executor = createLiveExecutor({
      ...options,
      pricer: createPricer(priceBook(), AT),
      cacheDir: null,
      seed: 1,
    });
    await expect(executor).rejects.toMatchObject({
      code: "TOP-RUN-KEY",
      exitCode: 2,
      fix: expect.stringContaining("OPENAI_API_KEY"),
    });
  });

  it("keys are listed once for each provider, and none for a server on this machine", () => {
    const mini = { provider: "openai", model: "mini-1" };
    expect(missingKeys([OPENAI, mini, CLAUDE], liveProviders({}), { ANTHROPIC_API_KEY: "k" })).toEqual([
      { provider: "openai", keyEnv: "OPENAI_API_KEY", models: ["base-1", "mini-1"] },
    ]);
    expect(missingKeys([OPENAI], liveProviders({ OPENAI_BASE_URL: "http://127.0.0.1:8000/v1" }), {})).toEqual(
      [],
    );
  });

  it("a host without consent is refused by the door", async () => {
    const server = await provider(() => openAiReply("4"));
    const executor = await connect(server, OPENAI, { allow: [], maxRetries: 0 });
    await expect(executor.execute(callTo(OPENAI), running())).rejects.toMatchObject({
      code: "TOP-NET-REFUSED",
    });
    expect(server.received).toHaveLength(0);
  });

  it("a provider without an address and a base URL that is none are refused", () => {
    const unknown = (): unknown => missingKeys([{ provider: "acme", model: "m" }], liveProviders({}), {});
    expect(unknown).toThrowError(expect.objectContaining({ code: "TOP-RUN-PROVIDER-UNKNOWN" }));
    for (const baseUrls of [{ openai: "api.openai.com" }, { acme: "https://a.example" }] as Record<
      string,
      string
    >[]) {
      expect(() => liveProviders({}, baseUrls)).toThrowError(
        expect.objectContaining({ code: "TOP-RUN-BASE-URL" }),
      );
    }
  });
});
