import { setTimeout } from "node:timers/promises";
import type { Context } from "../../../shared/context.js";
import { UsageError } from "../../../shared/errors.js";
import { createNet, hostOf, type Net } from "../../../shared/net.js";
import type { Executor, ModelAnswer, ModelCall, ModelRef } from "../../contract.js";
import type { Pricer } from "../pricer.js";
import { type Attempt, attempt } from "./attempt.js";
import { ProviderGate, type Sleep } from "./gate.js";
import { type Line, persist } from "./persist.js";
import { hostsOf, type LiveProvider, missingKeys, providerOf } from "./providers.js";
import { createQuirks, outputLimit, requestIdentity, seedOf } from "./request.js";
import { createResponseCache, type ResponseCache } from "./response-cache.js";
import type { Quirk, WireClient } from "./wire.js";

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
  /** Repeats of a call whose failure may be the provider's; rate limits do not count. */
  readonly maxRetries?: number;
  /** The timer of pauses and retries; by default the real one. */
  readonly sleep?: Sleep;
  /** Output limit of samples that state none; sent with the call, so that its cost is bounded. */
  readonly maxOutputTokens?: number;
}

export const DEFAULT_TIMEOUT_MS = 120_000;
export const DEFAULT_RETRIES = 4;

/**
 * Calls models over their providers' APIs: streamed where the server streams, temperature 0 and the run's seed where
 * the model takes them, usage in inclusive tokens, cost at list price. Latency and time to first token are those of
 * the last attempt. Calls of one provider are paced together (`gate.ts`). A call that fails after its retries is an
 * answer with `status: "error"` or `"timeout"`, not an exception.
 *
 * @throws UsageError TOP-RUN-KEY, TOP-RUN-PROVIDER-UNKNOWN at once; from `execute` UpstreamError TOP-RUN-PROVIDER
 * where no further call could succeed, TOP-RUN-DOWN and TOP-RUN-LIMITED where the provider stays away, and the door's
 * errors (`shared/net.ts`).
 */
export async function createLiveExecutor(options: LiveOptions): Promise<Executor> {
  const { models, providers, context, pricer } = options;
  refuseMissingKeys(models, providers, context);
  const net = createNet(options.allow, context);
  const cache = options.cacheDir === null ? null : createResponseCache(options.cacheDir);
  const sleep = options.sleep ?? sleepQuietly;
  const lines = new Map<string, Line>();
  for (const ref of models) {
    const provider = providerOf(ref, providers);
    if (lines.has(provider.id)) continue;
    const gate = new ProviderGate(hostOf(provider.baseUrl), sleep);
    lines.set(provider.id, { provider, gate, client: await connect(provider, options, net) });
  }
  const limitOf = (call: ModelCall): number => outputLimit(call, options);
  const quirksOf = createQuirks();

  const ask = (call: ModelCall, signal: AbortSignal, mayRepeat: () => boolean): Promise<ModelAnswer> => {
    const line = lines.get(call.provider)!;
    const known = quirksOf(call);
    const once = (quirks: ReadonlySet<Quirk>): Promise<Attempt> =>
      attempt(line.client, {
        request: { call, maxTokens: limitOf(call), seed: seedOf(call, options), quirks },
        timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        now: context.now,
        signal,
      });
    const retries = options.maxRetries ?? DEFAULT_RETRIES;
    return line.gate.visit(() =>
      persist(line, { call, known, once, retries, sleep, mayRepeat, pricer, signal }),
    );
  };

  return {
    mode: "live",
    hosts: hostsOf(models, providers),
    worstCase: (call) => pricer.worstCase(call, limitOf(call)),
    execute: (call, signal, mayRepeat = () => true) =>
      withCache(cache, requestIdentity(call, options, limitOf(call)), () => ask(call, signal, mayRepeat)),
  };
}

export async function sleepQuietly(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}

async function connect(provider: LiveProvider, options: LiveOptions, net: Net): Promise<WireClient> {
  const settings = {
    baseUrl: provider.baseUrl,
    // Local servers ask for no key, but the SDKs want one.
    apiKey: options.context.env[provider.keyEnv] || "none",
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    fetch: net.fetch,
    now: options.context.now,
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
  if (answer.status === "ok") cache?.store(request, answer);
  return answer;
}

/** @throws UsageError TOP-RUN-KEY */
export function refuseMissingKeys(
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
