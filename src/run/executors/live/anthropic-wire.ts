import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import type { Usage } from "../../../pricing/contract.js";
import type { WireClient, WireClientOptions, WireFailure, WireRequest } from "./wire.js";

/** Anthropic's messages. Retries and backoff are the SDK's. This API version has neither temperature nor seed. */
export function createAnthropicWire(options: WireClientOptions): WireClient {
  const client = new Anthropic({
    apiKey: options.apiKey,
    // Else the SDK looks for other credentials and settings in the process environment.
    authToken: null,
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    maxRetries: options.maxRetries,
    openTelemetry: false,
    logLevel: "off",
  });
  return {
    send: async (request) => {
      const limited = client.withOptions({ fetch: request.fetch as typeof fetch });
      const reply = await limited.messages.create(requestBody(request), { signal: request.signal });
      const text = reply.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      return { text, usage: usageOf(reply.usage) };
    },
    explain,
  };
}

type Body = Anthropic.MessageCreateParamsNonStreaming;

/** System messages are a field of their own here, in the order in which they stood. */
function requestBody({ call, maxTokens }: WireRequest): Body {
  const isSystem = (role: string): boolean => role === "system" || role === "developer";
  const system = call.messages
    .filter(({ role }) => isSystem(role))
    .flatMap(({ content }) => textBlocks(content));
  return {
    model: call.model,
    max_tokens: maxTokens,
    messages: call.messages.filter(({ role }) => !isSystem(role)) as unknown as Body["messages"],
    ...(system.length > 0 && { system }),
  };
}

function textBlocks(content: unknown): Anthropic.TextBlockParam[] {
  return Array.isArray(content)
    ? (content as Anthropic.TextBlockParam[])
    : [{ type: "text", text: String(content) }];
}

/** Anthropic's `input_tokens` leaves cache reads and writes out; ours includes them. */
function usageOf(usage: Anthropic.Usage | undefined): Usage | null {
  if (usage === undefined || usage === null) return null;
  const cachedInputTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: usage.input_tokens + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
  };
}

function explain(error: unknown): WireFailure | null {
  if (error instanceof APIConnectionTimeoutError) {
    return { kind: "timeout", status: null, summary: "timeout", quirk: null };
  }
  if (error instanceof APIConnectionError) {
    return { kind: "connection", status: null, summary: "connection failed", quirk: null };
  }
  if (!(error instanceof APIError) || error.status === undefined) return null;
  return {
    kind: "http",
    status: error.status,
    summary: `${error.constructor.name} ${error.status}`,
    quirk: null,
  };
}
