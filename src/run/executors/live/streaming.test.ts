import { afterEach, describe, expect, it } from "vitest";
import type { Executor, ModelAnswer, ModelCall, ModelRef } from "../../contract.js";
import {
  anthropicReply,
  asStream,
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
import { liveProviders, missingKeys, parseProvider } from "./providers.js";

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

/** Waits are noted and not waited for. */
async function connect(
  server: ProviderServer,
  overrides: Partial<LiveOptions> = {},
): Promise<Executor & { readonly waits: number[] }> {
  const context = testContext({
    env: { OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" },
    now: () => new Date(),
  });
  const waits: number[] = [];
  const executor = await createLiveExecutor({
    models: [OPENAI, CLAUDE],
    providers: liveProviders({}, { openai: `${server.url}/v1`, anthropic: server.url }),
    allow: [server.host],
    context,
    pricer: createPricer(priceBook(), AT),
    cacheDir: null,
    seed: 7,
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...overrides,
  });
  return { ...executor, waits };
}

function callTo(ref: ModelRef, overrides: Partial<ModelCall> = {}): ModelCall {
  const messages = [{ role: "user", content: "Two and two?" }];
  return { sampleId: "s1", cluster: "c", ...ref, messages, maxTokens: 50, ...overrides };
}

const ask = (executor: Executor, call: ModelCall, mayRepeat?: () => boolean): Promise<ModelAnswer> =>
  executor.execute(call, new AbortController().signal, mayRepeat);

const TEXT = "four is the answer";
const whole = (): Reply => ({ ...openAiReply(TEXT), headers: {} });

describe("a streamed answer", () => {
  it.each([
    { ref: OPENAI, reply: openAiReply(TEXT, { prompt_tokens_details: { cached_tokens: 40 } }) },
    { ref: CLAUDE, reply: anthropicReply(TEXT, { cache_read_input_tokens: 40, input_tokens: 60 }) },
  ])(
    "of $ref.provider has the text, usage and cost of one in one piece, and a time to first token",
    async ({ ref, reply }) => {
      const server = await provider(() => ({ ...asStream(reply), pauseMs: 5 }));
      const streamed = await ask(await connect(server), callTo(ref));
      expect(server.received[0]!.body.stream).toBe(true);
      expect(streamed).toMatchObject({
        text: TEXT,
        inputTokens: 100,
        cachedInputTokens: 40,
        outputTokens: 20,
      });
      expect(streamed.ttftMs).toBeGreaterThanOrEqual(0);
      expect(streamed.ttftMs).toBeLessThanOrEqual(streamed.latencyMs!);

      const inOnePiece = await provider(() => ({ ...reply, headers: {} }));
      const same = await ask(await connect(inOnePiece), callTo(ref));
      expect(same).toEqual({ ...streamed, latencyMs: same.latencyMs, ttftMs: null });
    },
  );

  it("asks for the usage, and is asked for in one piece next time where none came", async () => {
    const server = await provider(() => openAiReply(TEXT, {}));
    await ask(await connect(server), callTo(OPENAI));
    expect(server.received[0]!.body.stream_options).toEqual({ include_usage: true });

    const silent = await provider(({ body }) => {
      const reply = openAiReply(TEXT).body as object;
      return body.stream === true ? { body: { ...reply, usage: undefined } } : { body: reply };
    });
    const executor = await connect(silent);
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ text: TEXT, cost: null });
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ text: TEXT, inputTokens: 100, ttftMs: null });
  });

  it("falls back to one piece where the server refuses streams, also for calls under way together", async () => {
    const server = await provider(({ body }) =>
      "stream" in body ? failure(400, "stream is not supported by this server") : openAiReply(TEXT),
    );
    const executor = await connect(server);
    const answers = await Promise.all([1, 2, 3].map(() => ask(executor, callTo(OPENAI))));
    expect(answers.map(({ text }) => text)).toEqual([TEXT, TEXT, TEXT]);
    expect(server.received).toHaveLength(6);
    await ask(executor, callTo(OPENAI));
    expect(server.received).toHaveLength(7);
  });

  it("may take longer than the patience with a silent server, while parts keep coming", async () => {
    const slow = Array.from({ length: 12 }, (_, index) => `${index}`).join(" ");
    const server = await provider(() => ({ ...asStream(openAiReply(slow)), pauseMs: 40 }));
    const executor = await connect(server, { timeoutMs: 300, maxRetries: 0 });
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ status: "ok", text: slow });
  });

  it("that falls silent is a timeout", async () => {
    const server = await provider(() => ({ ...asStream(openAiReply("a b c")), pauseMs: 2_000 }));
    const executor = await connect(server, { timeoutMs: 60, maxRetries: 0 });
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ status: "timeout", failure: "timeout" });
  });

  it.each([
    { name: "OpenAI", ref: OPENAI, reply: openAiReply(TEXT) },
    { name: "Anthropic", ref: CLAUDE, reply: anthropicReply(TEXT) },
  ])("of $name that was cut off is asked again, never taken for whole", async ({ ref, reply }) => {
    const cut = { events: asStream(reply).events!.slice(0, 3) };
    const server = await provider((_, earlier) => (earlier < 2 ? { ...cut, isReset: earlier === 1 } : reply));
    const answer = await ask(await connect(server), callTo(ref));
    expect(answer).toMatchObject({ status: "ok", text: TEXT, lostAttempts: 2 });
  });
});

describe("an answer that breaks off", () => {
  it("is not asked again where the budget has no room for paying twice", async () => {
    const server = await provider(() => ({ raw: "{" }));
    const answer = await ask(await connect(server), callTo(OPENAI), () => false);
    expect(answer).toMatchObject({ status: "error", lostAttempts: 1 });
    expect(server.received).toHaveLength(1);
  });

  it("is a failed answer once the retries are used up, each attempt counted", async () => {
    const server = await provider(() => ({ body: { error: "upstream" } }));
    const executor = await connect(server, { maxRetries: 2 });
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ status: "error", lostAttempts: 3 });
    expect(executor.waits).toEqual([500, 1_000]);
  });
});

describe("usage that cannot be true", () => {
  it.each([
    { prompt_tokens: -1 },
    { completion_tokens: 2.5 },
    { prompt_tokens: "many" },
    { prompt_tokens_details: { cached_tokens: 101 } },
    { completion_tokens_details: { reasoning_tokens: 21 } },
  ])("is taken for none: %o", async (usage) => {
    const server = await provider(() => openAiReply(TEXT, usage));
    const answer = await ask(await connect(server), callTo(OPENAI));
    expect(answer).toMatchObject({ status: "ok", text: TEXT, inputTokens: null, cost: null });
  });
});

describe("rate limits", () => {
  it("fail no call, however many come, and are waited for as long as the provider says", async () => {
    const server = await provider((_, earlier) =>
      earlier < 12 ? { ...failure(429), headers: { "retry-after": "2" } } : openAiReply(TEXT),
    );
    const executor = await connect(server, { maxRetries: 0 });
    expect(await ask(executor, callTo(OPENAI))).toMatchObject({ status: "ok", text: TEXT });
    expect(executor.waits).toEqual(Array(12).fill(2_000));
  });

  it("of a used-up account end the run: waiting would not help", async () => {
    const server = await provider(() => ({
      ...failure(429),
      body: { error: { message: "quota", type: "insufficient_quota", code: "insufficient_quota" } },
    }));
    await expect(ask(await connect(server), callTo(OPENAI))).rejects.toMatchObject({
      code: "TOP-RUN-PROVIDER",
    });
  });
});

describe("an answer at the output limit", () => {
  it.each([
    { ref: OPENAI, reply: openAiReply(TEXT), field: "finish_reason", cut: "length" },
    { ref: CLAUDE, reply: anthropicReply(TEXT), field: "stop_reason", cut: "max_tokens" },
  ])("of $ref.provider is marked, streamed or not", async ({ ref, reply, field, cut }) => {
    const text = JSON.stringify(reply.body).replace(new RegExp(`"${field}":"\\w+"`), `"${field}":"${cut}"`);
    const body = JSON.parse(text);
    for (const headers of [undefined, {}]) {
      const server = await provider(() => (headers === undefined ? { body } : { body, headers }));
      expect(await ask(await connect(server), callTo(ref))).toMatchObject({ truncated: true, text: TEXT });
      const uncut = await provider(() => (headers === undefined ? reply : { ...reply, headers }));
      expect(await ask(await connect(uncut), callTo(ref))).toMatchObject({ truncated: false });
    }
  });
});

describe("tools and JSON mode", () => {
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const openAiTool = { type: "function", function: { name: "weather", description: "Looks", parameters } };
  const anthropicTool = { name: "weather", description: "Looks", input_schema: parameters };
  const schema = { type: "object", properties: { n: { type: "integer" } } };
  const responseFormat = { type: "json_schema", json_schema: { name: "n", schema } };

  it.each([openAiTool, anthropicTool])("reach each provider in its own format, given %o", async (tool) => {
    const server = await provider(({ path }) =>
      path.endsWith("messages") ? anthropicReply("4") : openAiReply("4"),
    );
    const executor = await connect(server);
    const extras = { tools: [tool], responseFormat };
    await ask(executor, callTo(OPENAI, extras));
    await ask(executor, callTo(CLAUDE, extras));
    expect(server.received.map(({ body }) => body)).toMatchObject([
      { tools: [openAiTool], response_format: responseFormat },
      { tools: [anthropicTool], output_config: { format: { type: "json_schema", schema } } },
    ]);
  });

  it("give the calls of a model as its answer, alike for both providers, streamed or not", async () => {
    const call = { id: "x", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } };
    const openAi = openAiReply("").body as { choices: { message: object }[] };
    openAi.choices[0]!.message = { role: "assistant", content: null, tool_calls: [call] };
    const block = { type: "tool_use", id: "y", name: "weather", input: { city: "Oslo" } };
    const claude = { ...(anthropicReply("").body as object), content: [block], stop_reason: "tool_use" };
    for (const headers of [undefined, {}]) {
      const server = await provider(({ path }) => ({
        body: path.endsWith("messages") ? claude : openAi,
        ...(headers === undefined ? {} : { headers }),
      }));
      const executor = await connect(server);
      for (const ref of [OPENAI, CLAUDE]) {
        const { text } = await ask(executor, callTo(ref, { tools: [openAiTool] }));
        expect(JSON.parse(text!)).toEqual([{ name: "weather", arguments: { city: "Oslo" } }]);
      }
    }
  });

  it("may stand in the conversation already: calls and results become Anthropic's blocks", async () => {
    const server = await provider(() => anthropicReply("4"));
    const call = (id: string) => ({ id, type: "function", function: { name: "weather", arguments: "{}" } });
    const messages = [
      { role: "user", content: "Oslo and Rome?" },
      { role: "assistant", content: null, tool_calls: [call("a"), call("b")] },
      { role: "tool", tool_call_id: "a", content: "rain" },
      { role: "tool", tool_call_id: "b", content: "sun" },
    ];
    await ask(await connect(server), callTo(CLAUDE, { messages }));
    const use = (id: string) => ({ type: "tool_use", id, name: "weather", input: {} });
    const result = (id: string, content: string) => ({ type: "tool_result", tool_use_id: id, content });
    expect(server.received[0]!.body.messages).toEqual([
      messages[0],
      { role: "assistant", content: [use("a"), use("b")] },
      { role: "user", content: [result("a", "rain"), result("b", "sun")] },
    ]);
  });

  it("make another request of it: the cache does not confuse them", async () => {
    const server = await provider(whole);
    const executor = await connect(server, { cacheDir: temporaryFolder() });
    const calls = [{}, { tools: [openAiTool] }, { responseFormat }, { tools: [openAiTool] }];
    for (const extras of calls) await ask(executor, callTo(OPENAI, extras));
    expect(server.received).toHaveLength(3);
  });

  it("are a part of the worst case that the budget reserves", async () => {
    const executor = await connect(await provider(whole));
    const plain = executor.worstCase(callTo(OPENAI));
    const withTools = executor.worstCase(callTo(OPENAI, { tools: [openAiTool] }));
    expect(withTools.tokens - plain.tokens).toBeGreaterThan(JSON.stringify([openAiTool]).length);
    expect(withTools.cost).toBeGreaterThan(plain.cost!);
  });
});

describe("a provider of one's own", () => {
  it("is given by name and address, with the usual key or a named one", () => {
    expect(parseProvider("vllm=http://127.0.0.1:8000/v1/")).toEqual({
      id: "vllm",
      wire: "openai",
      baseUrl: "http://127.0.0.1:8000/v1",
      keyEnv: "VLLM_API_KEY",
    });
    expect(parseProvider("my-proxy=https://llm.example/v1,PROXY_KEY").keyEnv).toBe("PROXY_KEY");
    expect(parseProvider("my-proxy=https://llm.example/v1").keyEnv).toBe("MY_PROXY_API_KEY");
  });

  it.each([
    "vllm",
    "=http://a/v1",
    "vllm=127.0.0.1:8000",
    "vllm=ftp://a",
    "vllm=http://a/v1,A B",
    "V=http://a",
  ])("is refused as %o", (text) => {
    expect(() => parseProvider(text)).toThrowError(
      expect.objectContaining({ code: "TOP-RUN-PROVIDER-FLAG", exitCode: 2 }),
    );
  });

  it("needs no key on this machine, and its own one elsewhere", () => {
    const ref = { provider: "mine", model: "org/model" };
    const at = (url: string) => missingKeys([ref], liveProviders({}, {}, [parseProvider(`mine=${url}`)]), {});
    expect(at("http://127.0.0.1:8000/v1")).toEqual([]);
    expect(at("https://llm.example/v1")).toMatchObject([{ keyEnv: "MINE_API_KEY" }]);
  });
});
