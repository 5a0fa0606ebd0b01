import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import { Stream } from "@anthropic-ai/sdk/streaming";
import type { Usage } from "../../../pricing/contract.js";
import {
  answerText,
  anthropicMessages,
  anthropicOutputFormat,
  anthropicTools,
  type ToolCall,
} from "./formats.js";
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

/** Anthropic's client behind our own door, without its retries and without what it takes from the process environment. */
export function anthropicClient(options: WireClientOptions): Anthropic {
  return new Anthropic({
    apiKey: options.apiKey,
    // Else the SDK looks for other credentials and settings in the process environment.
    authToken: null,
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    fetch: options.fetch as typeof fetch,
    // Attempts are repeated by the executor, which paces all calls of a provider together.
    maxRetries: 0,
    openTelemetry: false,
    logLevel: "off",
  });
}

export const explainAnthropic = (error: unknown, now: () => Date): WireFailure | null =>
  explainSdkError(error, ERRORS, now);

/** Anthropic's messages, streamed where the server streams. This API version has neither temperature nor seed. */
export function createAnthropicWire(options: WireClientOptions): WireClient {
  const client = anthropicClient(options);
  return {
    send: async (request) => {
      const response = await client.messages
        .create(messageBody(request), { signal: request.signal })
        .asResponse();
      if (!isEventStream(response)) return wholeReply((await jsonOf(response)) as Message);
      // The client goes along for its log level: without one, a malformed event would be printed.
      const controller = new AbortController();
      return streamedReply(Stream.fromSSEResponse<Event>(response, controller, client), request);
    },
    explain: (error) => explainAnthropic(error, options.now),
  };
}

type Body = Anthropic.MessageCreateParams;
export type Message = Partial<Anthropic.Message> | null;
type Event = Anthropic.RawMessageStreamEvent;

/** System messages are a field of their own here, in the order in which they stood. */
export function messageBody({ call, maxTokens, quirks }: WireContent): Body {
  const isSystem = (role: string): boolean => role === "system" || role === "developer";
  const system = call.messages
    .filter(({ role }) => isSystem(role))
    .flatMap(({ content }) => textBlocks(content));
  const format = anthropicOutputFormat(call.responseFormat);
  return {
    model: call.model,
    max_tokens: maxTokens,
    messages: anthropicMessages(
      call.messages.filter(({ role }) => !isSystem(role)),
    ) as unknown as Body["messages"],
    ...(system.length > 0 && { system }),
    ...(call.tools !== undefined && { tools: anthropicTools(call.tools) as NonNullable<Body["tools"]> }),
    ...(format !== null && { output_config: { format } as NonNullable<Body["output_config"]> }),
    ...(!quirks.has("no-stream") && { stream: true }),
  };
}

function textBlocks(content: unknown): Anthropic.TextBlockParam[] {
  return Array.isArray(content)
    ? (content as Anthropic.TextBlockParam[])
    : [{ type: "text", text: String(content) }];
}

/** @throws BrokenReply where it holds no answer. */
export function wholeReply(reply: Message): WireReply {
  if (!Array.isArray(reply?.content)) throw new BrokenReply("no content");
  const text = reply.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = reply.content.flatMap((block): ToolCall[] =>
    block.type === "tool_use" ? [{ name: block.name, arguments: JSON.stringify(block.input) }] : [],
  );
  const usage = usageOf(reply.usage);
  return { text: answerText(text, calls), usage, truncated: isCut(reply.stop_reason), isStreamed: false };
}

async function streamedReply(events: AsyncIterable<Event>, request: WireRequest): Promise<WireReply> {
  let text = "";
  let stop: string | null = null;
  // Input is counted in the first event, output in the last; what the last one repeats is the final count.
  let usage: Partial<Anthropic.Usage> | null = null;
  const calls = new Map<number, { name: string; arguments: string }>();
  for await (const event of events) {
    request.heard(event.type === "content_block_delta");
    if (event.type === "message_start") usage = event.message.usage;
    if (event.type === "content_block_start" && event.content_block.type === "tool_use")
      calls.set(event.index, { name: event.content_block.name, arguments: "" });
    if (event.type === "content_block_delta") {
      if (event.delta.type === "text_delta") text += event.delta.text;
      const call = calls.get(event.index);
      if (event.delta.type === "input_json_delta" && call) call.arguments += event.delta.partial_json;
    }
    if (event.type === "message_delta") {
      stop = event.delta.stop_reason ?? stop;
      usage = { ...usage, ...withoutNulls(event.usage) };
    }
  }
  // A stream that was cut ends quietly.
  if (stop === null) throw new BrokenReply("no end");
  return {
    text: answerText(text, [...calls.values()]),
    usage: usageOf(usage),
    truncated: isCut(stop),
    isStreamed: true,
  };
}

const isCut = (stop: string | null | undefined): boolean =>
  stop === "max_tokens" || stop === "model_context_window_exceeded";

function withoutNulls(counts: object | null | undefined): Partial<Anthropic.Usage> {
  return Object.fromEntries(
    Object.entries(counts ?? {}).filter(([, count]) => count !== null && count !== undefined),
  );
}

/** Anthropic's `input_tokens` leaves cache reads and writes out; ours includes them. */
function usageOf(usage: Partial<Anthropic.Usage> | null | undefined): Usage | null {
  if (usage === undefined || usage === null) return null;
  if (usage.input_tokens === undefined || usage.output_tokens === undefined) return null;
  const cachedInputTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  return plausibleUsage({
    inputTokens: usage.input_tokens + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
  });
}
