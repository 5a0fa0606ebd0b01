import type { ModelCall } from "../../contract.js";
import { type LiveProvider, providerOf } from "./providers.js";
import type { Quirk } from "./wire.js";

export interface RequestOptions {
  readonly providers: readonly LiveProvider[];
  readonly seed: number;
}

/** Output limit of samples that state none; sent with the call, so that its cost is bounded. */
export const DEFAULT_MAX_OUTPUT_TOKENS = 4_096;

/** The output limit that goes along with a call; a vector has none. */
export function outputLimit(
  call: ModelCall,
  { maxOutputTokens }: { readonly maxOutputTokens?: number },
): number {
  return call.embed === undefined ? (call.maxTokens ?? maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS) : 0;
}

/** What each model refuses, as far as it is known; the sets grow. */
export function createQuirks(): (call: Pick<ModelCall, "provider" | "model">) => Set<Quirk> {
  const quirks = new Map<string, Set<Quirk>>();
  return ({ provider, model }) => {
    const known = quirks.get(`${provider}\0${model}`) ?? new Set();
    quirks.set(`${provider}\0${model}`, known);
    return known;
  };
}

/** Everything that the answer may depend on. */
export function requestIdentity(
  call: ModelCall,
  options: RequestOptions,
  maxTokens: number,
): Readonly<Record<string, unknown>> {
  const { wire, baseUrl } = providerOf(call, options.providers);
  return {
    wire,
    baseUrl,
    model: call.model,
    messages: call.messages,
    maxTokens,
    temperature: call.temperature ?? 0,
    seed: seedOf(call, options),
    // An opinion that is asked for again is another request, even where a provider takes no seed.
    repeat: call.repeat,
    embed: call.embed,
    // Absent fields leave the key of a plain request as it was.
    tools: call.tools,
    responseFormat: call.responseFormat,
  };
}

export const seedOf = ({ repeat = 0 }: ModelCall, { seed }: Pick<RequestOptions, "seed">): number =>
  (seed + repeat) % 2 ** 32;
