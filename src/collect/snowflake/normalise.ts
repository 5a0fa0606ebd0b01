import type { CanonicalEvent } from "../../events/contract.js";
import { sha256 } from "../../shared/artifact.js";
import { toUsd } from "../../shared/money.js";
import type { Normalised } from "../contract.js";
import { BLANK_CALL } from "../platform/blank-event.js";
import {
  asObject,
  firstOf,
  type JsonObject,
  listIn,
  normaliseWith,
  objectIn,
  readCount,
  readText,
  requireInstant,
  requireObject,
  requireText,
} from "../platform/fields.js";
import { type CreditPrices, costOf, picoOf } from "./prices.js";

export const SOURCE = "snowflake";
const HOUR_SECONDS = 3600;

/** A row of any of the views of Cortex functions: calls of one query, function, model and hour together. */
export function normaliseFunctions(row: unknown, prices: CreditPrices): Normalised | null {
  return normaliseWith(() => {
    const usage = requireObject(row);
    const ts = new Date(requireInstant(usage.start_time, "start_time")).toISOString();
    const name = requireText(usage.function_name, "function_name");
    const model = readText(usage.model_name, "model_name");
    const tokens = tokensOf(usage, name);
    // Pages of a document, or a function that is billed otherwise: nothing that can be told in tokens.
    if (tokens === null) return null;
    const key = [usage.query_id, usage.warehouse_id, name, model, ts];
    return {
      suppliedId: true,
      event: {
        ...eventOf(`cortex-${sha256(JSON.stringify(key)).slice(0, 32)}`, ts),
        intent: intentOf(usage.query_tag) ?? name.toLowerCase(),
        model: model ?? name.toLowerCase(),
        ...tokens,
        ...costIn(usage.credits, ts, prices),
        endpoint: name.toLowerCase(),
        tenant: readText(usage.user_id, "user_id"),
        grain: "bucket",
        bucket_seconds: HOUR_SECONDS,
      },
    };
  });
}

/** A request to the Cortex REST API. The view has no credits, so it has no cost of its own. */
export function normaliseRest(row: unknown): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(row);
    const ts = new Date(requireInstant(call.start_time, "start_time")).toISOString();
    return {
      suppliedId: true,
      event: {
        ...eventOf(requireText(call.request_id, "request_id"), ts),
        intent: "cortex_rest",
        model: readText(call.model_name, "model_name"),
        input_tokens: null,
        output_tokens: null,
        ...tokensOf(call, ""),
        endpoint: "cortex/rest",
        region: readText(call.inference_region, "inference_region"),
        tenant: readText(call.user_id, "user_id"),
      },
    };
  });
}

function eventOf(id: string, ts: string): CanonicalEvent {
  return {
    id,
    ts,
    ...BLANK_CALL,
    provider: SOURCE,
    source: SOURCE,
  };
}

/** Tools write whole objects into a query's tag, with ids that differ from run to run: no intent. */
function intentOf(tag: unknown): string | null {
  const text = readText(tag, "query_tag")?.trim() ?? null;
  return text === null || text === "tokenop" || /^[[{]/.test(text) ? null : text;
}

/** Only functions that generate have tokens of output. */
const EMBEDS = /EMBED/i;

/**
 * Tokens by type, from METRICS (a list) or TOKENS_GRANULAR (an object). The docs leave the spelling of types open, so
 * they are told by what they contain. Where there is only a total it stands as input, and the event says that it is not
 * split. Null where there are no tokens at all.
 */
function tokensOf(usage: JsonObject, name: string) {
  const counts = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  let split = false;
  for (const [type, count] of typedCounts(usage)) {
    split = true;
    if (/cache/i.test(type) && /writ|creat/i.test(type)) counts.cacheWrite += count;
    else if (/cache/i.test(type)) counts.cacheRead += count;
    else if (/output|completion/i.test(type)) counts.output += count;
    else counts.input += count;
  }
  if (!split) {
    const total = readCount(usage.tokens, "tokens");
    if (total === null) return null;
    const isInput = EMBEDS.test(name);
    const attributes = isInput ? null : { tokens_not_split: true };
    return { input_tokens: total, output_tokens: 0, attributes };
  }
  const { input, output, cacheRead, cacheWrite } = counts;
  return {
    input_tokens: input + cacheRead + cacheWrite,
    output_tokens: output,
    ...(cacheRead + cacheWrite > 0 && { cached_input_tokens: cacheRead, cache_write_tokens: cacheWrite }),
  };
}

function typedCounts({ metrics, tokens_granular: granular }: JsonObject): [string, number][] {
  const typed: [string, number][] = listIn(metrics).flatMap((value) => {
    const metric = asObject(value);
    const key = asObject(metric?.key);
    const isTokens = /token/i.test(`${key?.unit ?? ""} ${key?.metric ?? ""}`);
    const count = isTokens ? readCount(metric?.value, "metrics") : null;
    return count === null ? [] : [[String(firstOf(key?.metric, "")), count] as [string, number]];
  });
  for (const [type, value] of Object.entries(objectIn(granular) ?? {})) {
    const count = /total/i.test(type) ? null : readCount(value, "tokens_granular");
    if (count !== null) typed.push([type, count]);
  }
  return typed;
}

function costIn(value: unknown, ts: string, prices: CreditPrices) {
  const credits = picoOf(value);
  const price = prices.priceOn(ts);
  if (credits === null || credits < 0n || price === null) return { cost_usd: null };
  const basis = price.origin === "contract" ? ("billed" as const) : ("list_price" as const);
  return { cost_usd: toUsd(costOf(credits, price)), cost_basis: basis };
}
