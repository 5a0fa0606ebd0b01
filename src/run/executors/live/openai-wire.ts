import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { Usage } from "../../../pricing/contract.js";
import { hostOf } from "../../../shared/net.js";
import {
  refusedField,
  type WireClient,
  type WireClientOptions,
  type WireFailure,
  type WireRequest,
} from "./wire.js";

/** Chat completions as OpenAI and many compatible servers speak them. Retries and backoff are the SDK's. */
export function createOpenAiWire(options: WireClientOptions): WireClient {
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    maxRetries: options.maxRetries,
    // Else the SDK takes these from the process environment.
    organization: null,
    project: null,
    logLevel: "off",
  });
  // OpenAI's newer models take only the new name of the output limit; compatible servers know only the old one.
  const isOpenAi = hostOf(options.baseUrl) === "api.openai.com";
  return {
    send: async (request) => {
      const limited = client.withOptions({ fetch: request.fetch as typeof fetch });
      const reply = await limited.chat.completions.create(requestBody(request, isOpenAi), {
        signal: request.signal,
      });
      const message = reply.choices[0]?.message;
      return { text: message?.content ?? message?.refusal ?? "", usage: usageOf(reply.usage) };
    },
    explain,
  };
}

type Body = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;

function requestBody({ call, maxTokens, seed, quirks }: WireRequest, isOpenAi: boolean): Body {
  const useNewName = isOpenAi !== quirks.has("other-limit-field");
  return {
    model: call.model,
    messages: call.messages as unknown as Body["messages"],
    ...(useNewName ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    ...(!quirks.has("no-temperature") && { temperature: 0 }),
    ...(!quirks.has("no-seed") && { seed }),
  };
}

/** OpenAI's totals are inclusive already: cached input within the prompt, reasoning within the completion. */
function usageOf(usage: OpenAI.CompletionUsage | undefined): Usage | null {
  if (usage === undefined || usage === null) return null;
  return {
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
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
  const quirk = refusedField(error.status, `${error.param ?? ""} ${error.message}`);
  return { kind: "http", status: error.status, summary: `${error.constructor.name} ${error.status}`, quirk };
}
