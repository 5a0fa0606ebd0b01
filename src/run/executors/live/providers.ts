import { UsageError } from "../../../shared/errors.js";
import { hostOf, isLoopback } from "../../../shared/net.js";
import type { ModelRef } from "../../contract.js";

/** Formats that providers speak. */
export const WIRES = ["openai", "anthropic"] as const;
export type Wire = (typeof WIRES)[number];

/** Where a provider's models are reached. The key itself stays in the environment. */
export interface LiveProvider {
  readonly id: string;
  readonly wire: Wire;
  readonly baseUrl: string;
  readonly keyEnv: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

const DEFAULTS = [
  {
    id: "openai",
    wire: "openai",
    baseUrl: "https://api.openai.com/v1",
    keyEnv: "OPENAI_API_KEY",
    urlEnv: "OPENAI_BASE_URL",
  },
  {
    id: "anthropic",
    wire: "anthropic",
    baseUrl: "https://api.anthropic.com",
    keyEnv: "ANTHROPIC_API_KEY",
    urlEnv: "ANTHROPIC_BASE_URL",
  },
] as const;

/**
 * The known providers. A base URL comes from `baseUrls` (`--base-url`), else the provider's own environment variable,
 * else its public address. `extra` adds providers of the configuration, or replaces a known one of the same id.
 *
 * @throws UsageError TOP-RUN-BASE-URL for a base URL that is not an absolute http(s) URL, or names an unknown provider.
 */
export function liveProviders(
  env: Env,
  baseUrls: Readonly<Record<string, string>> = {},
  extra: readonly LiveProvider[] = [],
): LiveProvider[] {
  const known = DEFAULTS.filter(({ id }) => !extra.some((provider) => provider.id === id)).map(
    ({ urlEnv, ...provider }) => ({ ...provider, baseUrl: nonEmpty(env[urlEnv]) ?? provider.baseUrl }),
  );
  const providers = [...known, ...extra];
  for (const id of Object.keys(baseUrls)) {
    if (!providers.some((provider) => provider.id === id))
      throw badBaseUrl(id, `known providers: ${providers.map((p) => p.id).join(", ")}`);
  }
  return providers.map((provider) => {
    const baseUrl = baseUrls[provider.id] ?? provider.baseUrl;
    if (!/^https?:\/\/[^/]/.test(baseUrl) || !URL.canParse(baseUrl))
      throw badBaseUrl(provider.id, "not an absolute http(s) URL");
    return { ...provider, baseUrl };
  });
}

/**
 * Reads `name=URL[,KEY_ENV]`: a server that speaks OpenAI's chat completions, under a name of the user's choice. The
 * key's variable is `<NAME>_API_KEY` unless one is named.
 *
 * @throws UsageError TOP-RUN-PROVIDER-FLAG
 */
export function parseProvider(text: string): LiveProvider {
  const [, id, baseUrl, keyEnv] =
    /^([a-z0-9][a-z0-9_-]*)=(https?:\/\/[^\s,]+)(?:,([A-Za-z_]\w*))?$/.exec(text) ?? [];
  if (id !== undefined && baseUrl !== undefined && URL.canParse(baseUrl)) {
    const usual = `${id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
    return { id, wire: "openai", baseUrl: baseUrl.replace(/\/+$/, ""), keyEnv: keyEnv ?? usual };
  }
  throw new UsageError({
    code: "TOP-RUN-PROVIDER-FLAG",
    message: "A --provider cannot be read.",
    found:
      "It is not name=URL or name=URL,KEY_VARIABLE: a lower-case name, an absolute http(s) URL, a variable's name.",
    fix: "Example: --provider vllm=http://127.0.0.1:8000/v1",
  });
}

function badBaseUrl(id: string, found: string): UsageError {
  return new UsageError({
    code: "TOP-RUN-BASE-URL",
    message: `The base URL given for "${id}" cannot be used.`,
    found: `It is ${found}.`,
    fix: "Example: --base-url openai=https://gateway.example.com/v1",
  });
}

/** @throws UsageError TOP-RUN-PROVIDER-UNKNOWN */
export function providerOf(ref: ModelRef, providers: readonly LiveProvider[]): LiveProvider {
  const found = providers.find(({ id }) => id === ref.provider);
  if (found !== undefined) return found;
  throw new UsageError({
    code: "TOP-RUN-PROVIDER-UNKNOWN",
    message: `Live calls to provider "${ref.provider}" (model "${ref.model}") are not possible.`,
    found: `Providers with an address: ${providers.map(({ id }) => id).join(", ")}.`,
    fix: "Name the model as provider/model, replay recordings (--recordings), or give its address: --provider NAME=URL",
  });
}

export interface MissingKey {
  readonly provider: string;
  readonly keyEnv: string;
  readonly models: readonly string[];
}

/** Keys that live calls to `models` need and the environment lacks. A server on this machine needs none. */
export function missingKeys(
  models: readonly ModelRef[],
  providers: readonly LiveProvider[],
  env: Env,
): MissingKey[] {
  const missing = new Map<string, { keyEnv: string; models: Set<string> }>();
  for (const ref of models) {
    const provider = providerOf(ref, providers);
    if (nonEmpty(env[provider.keyEnv]) !== undefined || isLoopback(new URL(provider.baseUrl).hostname))
      continue;
    const entry = missing.get(provider.id) ?? { keyEnv: provider.keyEnv, models: new Set() };
    entry.models.add(ref.model);
    missing.set(provider.id, entry);
  }
  return [...missing].map(([provider, entry]) => ({
    provider,
    keyEnv: entry.keyEnv,
    models: [...entry.models],
  }));
}

/** Hosts that prompts to `models` go to, each once. */
export function hostsOf(models: readonly ModelRef[], providers: readonly LiveProvider[]): string[] {
  return [...new Set(models.map((ref) => hostOf(providerOf(ref, providers).baseUrl)))];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
