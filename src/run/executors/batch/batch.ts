import { createNet, hostOf } from "../../../shared/net.js";
import type { Executor, ModelAnswer, ModelCall } from "../../contract.js";
import { ProviderGate } from "../live/gate.js";
import { DEFAULT_RETRIES, type LiveOptions, refuseMissingKeys, sleepQuietly } from "../live/live.js";
import { hostsOf, type LiveProvider, providerOf } from "../live/providers.js";
import { outputLimit, requestIdentity } from "../live/request.js";
import { createResponseCache, type ResponseCache } from "../live/response-cache.js";
import { BatchedCalls } from "./batched-calls.js";
import type { BatchClient } from "./contract.js";
import type { BatchLine } from "./steady.js";

// Longer than for single calls: an upload may be large.
const TIMEOUT_MS = 300_000;

/**
 * Asks models through their providers' batch interfaces: all calls of a wave go in one batch a model, and are answered
 * within 24 hours, at the batch price where the price book has one (`options.pricer`). Requests are those of the live
 * executor. Answers have no latency.
 *
 * @throws UsageError TOP-RUN-KEY, TOP-RUN-PROVIDER-UNKNOWN at once; from `together.answer` UpstreamError TOP-RUN-BATCH-*
 * and those of the live executor.
 */
export async function createBatchExecutor(options: LiveOptions): Promise<Executor> {
  const { models, providers, context, pricer } = options;
  refuseMissingKeys(models, providers, context);
  const net = createNet(options.allow, context);
  const sleep = options.sleep ?? sleepQuietly;
  const lines = new Map<string, BatchLine>();
  for (const ref of models) {
    const provider = providerOf(ref, providers);
    if (lines.has(provider.id)) continue;
    lines.set(provider.id, {
      provider,
      client: await connect(provider, options, net.fetch),
      gate: new ProviderGate(hostOf(provider.baseUrl), sleep),
      sleep,
      retries: options.maxRetries ?? DEFAULT_RETRIES,
    });
  }
  const cache = options.cacheDir === null ? null : createResponseCache(options.cacheDir);
  const together = new BatchedCalls(lines, options, batchCache(cache, options));
  return {
    mode: "live",
    hosts: hostsOf(models, providers),
    worstCase: (call) => pricer.worstCase(call, outputLimit(call, options)),
    execute: () => Promise.reject(new TypeError("calls of a batch are asked together")),
    together,
  };
}

async function connect(
  { wire, baseUrl, keyEnv }: LiveProvider,
  { context, timeoutMs = TIMEOUT_MS }: LiveOptions,
  fetch: ReturnType<typeof createNet>["fetch"],
): Promise<BatchClient> {
  const apiKey = context.env[keyEnv] || "none";
  const settings = { baseUrl, apiKey, timeoutMs, fetch, now: context.now };
  if (wire === "anthropic") return (await import("./anthropic-batch.js")).createAnthropicBatches(settings);
  return (await import("./openai-batch.js")).createOpenAiBatches(settings);
}

/** Answers that need not be asked for again. */
export interface BatchCache {
  find(call: ModelCall): Promise<ModelAnswer | null>;
  store(call: ModelCall, answer: ModelAnswer): void;
}

/**
 * The response cache as batches use it. An answer of a batch has no latency and another price, so it is kept apart from
 * those of live calls; one of a live call is taken over at the batch price, without its latency.
 */
function batchCache(cache: ResponseCache | null, options: LiveOptions): BatchCache {
  const identityOf = (call: ModelCall) => requestIdentity(call, options, outputLimit(call, options));
  const ownOf = (call: ModelCall) => ({ ...identityOf(call), batch: true });
  return {
    find: async (call) => {
      const own = (await cache?.find(ownOf(call))) ?? null;
      if (own !== null) return own;
      const live = (await cache?.find(identityOf(call))) ?? null;
      return live === null ? null : atBatchPrice(call, live, options);
    },
    store: (call, answer) => cache?.store(ownOf(call), answer),
  };
}

function atBatchPrice(call: ModelCall, answer: ModelAnswer, { pricer }: LiveOptions): ModelAnswer {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = answer;
  const isCounted = inputTokens !== null && outputTokens !== null;
  const cost = isCounted
    ? pricer.price(call, {
        ...{ inputTokens, outputTokens, cacheWrite1hTokens: 0 },
        cachedInputTokens: cachedInputTokens ?? 0,
        cacheWriteTokens: cacheWriteTokens ?? 0,
        reasoningTokens: reasoningTokens ?? 0,
      })
    : null;
  return { ...answer, cost, latencyMs: null, ttftMs: null };
}
