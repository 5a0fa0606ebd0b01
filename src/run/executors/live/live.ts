import type { Context } from "../../../shared/context.js";
import { TokenOpError, UpstreamError, UsageError } from "../../../shared/errors.js";
import { createNet, type GuardedFetch, hostOf } from "../../../shared/net.js";
import type { Executor, ModelAnswer, ModelCall, ModelRef } from "../../contract.js";
import type { Pricer } from "../pricer.js";
import { hostsOf, type LiveProvider, missingKeys, providerOf } from "./providers.js";
import { createResponseCache, type ResponseCache } from "./response-cache.js";
import type { Quirk, WireClient, WireFailure } from "./wire.js";

export interface LiveOptions {
  /** Every model that will be called. */
  readonly models: readonly ModelRef[];
  readonly providers: readonly LiveProvider[];
  /** Hosts that content may be sent to: consent. Others are refused by the door itself. */
  readonly allow: readonly string[];
  readonly context: Context;
  readonly pricer: Pricer;
  /** Folder of the response cache; null: none. */
  readonly cacheDir: string | null;
  readonly seed: number;
  readonly timeoutMs?: number;
  readonly maxRetries?: number;
  /** Output limit of samples that state none; sent with the call, so that its cost is bounded. */
  readonly maxOutputTokens?: number;
}

export const DEFAULT_MAX_OUTPUT_TOKENS = 4_096;
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_RETRIES = 4;
// Wrong key, no credit, no right to the model, no such model: the next call fails alike.
const HOPELESS_STATUSES = new Set([401, 402, 403, 404]);

/**
 * Calls models over their providers' APIs: temperature 0 and the run's seed where the model takes them, retries with
 * the provider's own pace, usage in inclusive tokens, cost at list price. Latency is that of the last attempt.
 * A call that fails after its retries is an answer with `status: "error"` or `"timeout"`, not an exception.
 *
 * @throws UsageError TOP-RUN-KEY, TOP-RUN-PROVIDER-UNKNOWN at once; from `execute` UpstreamError TOP-RUN-PROVIDER
 * where no further call could succeed, and the door's errors (`shared/net.ts`).
 */
export async function createLiveExecutor(options: LiveOptions): Promise<Executor> {
  const { models, providers, context, pricer, seed } = options;
  refuseMissingKeys(models, providers, context);
  const net = createNet(options.allow, context);
  const cache = options.cacheDir === null ? null : createResponseCache(options.cacheDir);
  const clients = new Map<string, WireClient>();
  for (const ref of models) {
    const provider = providerOf(ref, providers);
    if (!clients.has(provider.id)) clients.set(provider.id, await connect(provider, options));
  }
  const limitOf = (call: ModelCall): number =>
    call.maxTokens ?? options.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS;
  const quirks = new Map<string, Set<Quirk>>();

  const ask = async (call: ModelCall, signal: AbortSignal): Promise<ModelAnswer> => {
    const provider = providerOf(call, providers);
    const client = clients.get(provider.id)!;
    const key = `${call.provider}\0${call.model}`;
    const known = quirks.get(key) ?? new Set();
    quirks.set(key, known);
    for (;;) {
      let startedAt = context.now();
      const timedFetch: GuardedFetch = (input, init) => {
        startedAt = context.now();
        return net.fetch(input, init);
      };
      try {
        const request = {
          call,
          maxTokens: limitOf(call),
          seed,
          quirks: new Set(known),
          signal,
          fetch: timedFetch,
        };
        const reply = await client.send(request);
        const latencyMs = context.now().getTime() - startedAt.getTime();
        const { cacheWrite1hTokens, ...tokens } = reply.usage ?? NO_USAGE;
        const cost = reply.usage === null ? null : pricer.price(call, reply.usage);
        return { ...FAILED, ...tokens, text: reply.text, latencyMs, cost, status: "ok", failure: null };
      } catch (error) {
        signal.throwIfAborted();
        const failure = explainFailure(error, client, provider, call);
        if (failure.quirk === null || known.has(failure.quirk)) return failedAnswer(failure);
        known.add(failure.quirk);
      }
    }
  };

  return {
    mode: "live",
    hosts: hostsOf(models, providers),
    worstCase: (call) => pricer.worstCase(call, limitOf(call)),
    execute: (call, signal) =>
      withCache(cache, requestIdentity(call, options, limitOf(call)), () => ask(call, signal)),
  };
}

const NO_USAGE = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
};

const FAILED: Omit<ModelAnswer, "status" | "failure"> = {
  text: null,
  score: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  latencyMs: null,
  cost: null,
  cached: false,
};

function failedAnswer(failure: WireFailure): ModelAnswer {
  const status = failure.kind === "timeout" ? "timeout" : "error";
  return { ...FAILED, status, failure: failure.summary };
}

async function connect(provider: LiveProvider, options: LiveOptions): Promise<WireClient> {
  const settings = {
    baseUrl: provider.baseUrl,
    // Local servers ask for no key, but the SDKs want one.
    apiKey: options.context.env[provider.keyEnv] || "none",
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxRetries: options.maxRetries ?? DEFAULT_RETRIES,
  };
  // Loaded only where needed: each SDK costs a tenth of a second or more to import.
  if (provider.wire === "anthropic")
    return (await import("./anthropic-wire.js")).createAnthropicWire(settings);
  return (await import("./openai-wire.js")).createOpenAiWire(settings);
}

async function withCache(
  cache: ResponseCache | null,
  request: unknown,
  ask: () => Promise<ModelAnswer>,
): Promise<ModelAnswer> {
  const found = await cache?.find(request);
  if (found !== undefined && found !== null) return found;
  const answer = await ask();
  if (answer.status === "ok") await cache?.store(request, answer);
  return answer;
}

/** Everything that the answer may depend on. */
function requestIdentity(call: ModelCall, options: LiveOptions, maxTokens: number): unknown {
  const { wire, baseUrl } = providerOf(call, options.providers);
  return {
    wire,
    baseUrl,
    model: call.model,
    messages: call.messages,
    maxTokens,
    temperature: 0,
    seed: options.seed,
  };
}

function explainFailure(
  error: unknown,
  client: WireClient,
  provider: LiveProvider,
  call: ModelCall,
): WireFailure {
  // The SDK wraps what our door throws.
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TokenOpError) throw cause;
  }
  const failure = client.explain(error);
  if (failure === null) throw error;
  if (failure.status === null || !HOPELESS_STATUSES.has(failure.status)) return failure;
  throw new UpstreamError({
    code: "TOP-RUN-PROVIDER",
    message: `${hostOf(provider.baseUrl)} refuses calls to "${call.model}" (HTTP ${failure.status}).`,
    found: "Every further call would fail alike; the journal keeps what was answered.",
    fix: `Check ${provider.keyEnv}, its credit, and the model's name; then: tokenop run --resume`,
  });
}

function refuseMissingKeys(
  models: readonly ModelRef[],
  providers: readonly LiveProvider[],
  context: Context,
): void {
  const [missing] = missingKeys(models, providers, context.env);
  if (missing === undefined) return;
  throw new UsageError({
    code: "TOP-RUN-KEY",
    message: `No key for ${missing.provider}: ${missing.keyEnv} is not set.`,
    found: `Needed for ${missing.models.join(", ")}. Keys are read from the environment only.`,
    fix: `export ${missing.keyEnv}=..., or replay recordings: tokenop run --recordings FILE`,
  });
}
