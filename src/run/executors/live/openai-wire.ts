import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { Stream } from "openai/streaming";
import type { Usage } from "../../../pricing/contract.js";
import { hostOf } from "../../../shared/net.js";
import { vectorToText } from "../../embeddings/vector.js";
import { answerText, openAiTools, type ToolCall } from "./formats.js";
import {
  BrokenReply,
  explainSdkError,
  isEventStream,
  jsonOf,
  plausibleUsage,
  type SdkErrors,
  type WireClient,
  type WireClientOptions,
  type WireContent,
  type WireFailure,
  type WireReply,
  type WireRequest,
} from "./wire.js";

const ERRORS: SdkErrors = {
  connection: APIConnectionError,
  timeout: APIConnectionTimeoutError,
  api: APIError,
};

/** OpenAI's client behind our own door, without its retries and without what it takes from the process environment. */
export function openAiClient(options: WireClientOptions): OpenAI {
  return new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    fetch: options.fetch as typeof fetch,
    // Attempts are repeated by the executor, which paces all calls of a provider together.
    maxRetries: 0,
    // Else the SDK takes these from the process environment.
    organization: null,
    project: null,
    logLevel: "off",
  });
}

export const explainOpenAi = (error: unknown, now: () => Date): WireFailure | null =>
  explainSdkError(error, ERRORS, now);

/** Chat completions as OpenAI and many compatible servers speak them, streamed where the server streams. */
export function createOpenAiWire(options: WireClientOptions): WireClient {
  const client = openAiClient(options);
  return {
    send: async (request) => {
      if (request.call.embed !== undefined) return embeddingReply(client, request);
      const body = completionBody(request, options.baseUrl);
      const response = await client.chat.completions.create(body, { signal: request.signal }).asResponse();
      if (!isEventStream(response)) return wholeReply((await jsonOf(response)) as Completion);
      // The client goes along for its log level: without one, a malformed event would be printed.
      const controller = new AbortController();
      return streamedReply(Stream.fromSSEResponse<Chunk>(response, controller, client), request);
    },
    explain: (error) => explainOpenAi(error, options.now),
  };
}

type Body = OpenAI.Chat.Completions.ChatCompletionCreateParams;
export type Completion = Partial<OpenAI.Chat.Completions.ChatCompletion> | null;
type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk;

/** What one completion is asked with; streamed unless the quirks say otherwise. */
export function completionBody({ call, maxTokens, seed, quirks }: WireContent, baseUrl: string): Body {
  // OpenAI's newer models take only the new name of the output limit; compatible servers know only the old one.
  const isOpenAi = hostOf(baseUrl) === "api.openai.com";
  const useNewName = isOpenAi !== quirks.has("other-limit-field");
  return {
    model: call.model,
    messages: call.messages as unknown as Body["messages"],
    ...(useNewName ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    ...(!quirks.has("no-temperature") && { temperature: call.temperature ?? 0 }),
    ...(!quirks.has("no-seed") && { seed }),
    ...(call.tools !== undefined && { tools: openAiTools(call.tools) as NonNullable<Body["tools"]> }),
    ...(call.responseFormat !== undefined && {
      response_format: call.responseFormat as NonNullable<Body["response_format"]>,
    }),
    ...(!quirks.has("no-stream") && { stream: true, stream_options: { include_usage: true } }),
  };
}

export type Embeddings = {
  readonly data?: { readonly embedding?: unknown }[];
  readonly usage?: { prompt_tokens?: number };
};

async function embeddingReply(client: OpenAI, { call, signal }: WireRequest): Promise<WireReply> {
  const response = await client.embeddings.create(embeddingBody(call), { signal }).asResponse();
  return vectorReply((await jsonOf(response)) as Embeddings | null);
}

export const embeddingBody = ({ model, embed }: WireRequest["call"]) =>
  ({ model, input: embed!, encoding_format: "float" }) as const;

/** @throws BrokenReply where it holds no vector. */
export function vectorReply(reply: Embeddings | null): WireReply {
  const vector = reply?.data?.[0]?.embedding;
  if (!Array.isArray(vector) || vector.length === 0 || !vector.every((value) => Number.isFinite(value)))
    throw new BrokenReply("no vector");
  const prompt_tokens = reply?.usage?.prompt_tokens ?? Number.NaN;
  const usage = usageOf({ prompt_tokens, completion_tokens: 0, total_tokens: prompt_tokens });
  return { text: vectorToText(vector as number[]), usage, truncated: false, isStreamed: false };
}

/** @throws BrokenReply where it holds no answer. */
export function wholeReply(reply: Completion): WireReply {
  const choice = reply?.choices?.[0];
  if (choice?.message === undefined) throw new BrokenReply("no choice");
  const { message, finish_reason } = choice;
  const calls = (message.tool_calls ?? []).flatMap((call) => ("function" in call ? [call.function] : []));
  return {
    text: answerText(message.content ?? message.refusal ?? "", calls),
    usage: usageOf(reply?.usage),
    truncated: finish_reason === "length",
    isStreamed: false,
  };
}

/** Reasoning that some compatible servers stream beside the answer. */
type Delta = OpenAI.Chat.Completions.ChatCompletionChunk.Choice.Delta & {
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
};

async function streamedReply(chunks: AsyncIterable<Chunk>, request: WireRequest): Promise<WireReply> {
  let text = "";
  let finish: string | null = null;
  let usage: Usage | null = null;
  const calls: { name: string; arguments: string }[] = [];
  for await (const chunk of chunks) {
    const choice = chunk.choices?.[0];
    const delta: Delta | undefined = choice?.delta;
    const said = delta?.content ?? delta?.refusal ?? "";
    text += said;
    for (const part of delta?.tool_calls ?? []) addToolCall(calls, part);
    request.heard(
      said !== "" ||
        (delta?.tool_calls?.length ?? 0) > 0 ||
        Boolean(delta?.reasoning_content ?? delta?.reasoning),
    );
    finish = choice?.finish_reason ?? finish;
    // The last chunk has the totals; servers that report as they go repeat them.
    if (chunk.usage !== undefined && chunk.usage !== null) usage = usageOf(chunk.usage);
  }
  // A stream that was cut ends quietly.
  if (finish === null) throw new BrokenReply("no end");
  return { text: answerText(text, calls), usage, truncated: finish === "length", isStreamed: true };
}

type ToolCallPart = OpenAI.Chat.Completions.ChatCompletionChunk.Choice.Delta.ToolCall;

function addToolCall(calls: { -readonly [K in keyof ToolCall]: ToolCall[K] }[], part: ToolCallPart): void {
  const call = calls[part.index] ?? { name: "", arguments: "" };
  calls[part.index] = call;
  call.name += part.function?.name ?? "";
  call.arguments += part.function?.arguments ?? "";
}

/** OpenAI's totals are inclusive already: cached input within the prompt, reasoning within the completion. */
function usageOf(usage: OpenAI.CompletionUsage | null | undefined): Usage | null {
  if (usage === undefined || usage === null) return null;
  return plausibleUsage({
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  });
}
