import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf } from "../platform/content.js";
import {
  firstOf,
  type JsonObject,
  msBetween,
  normaliseWith,
  objectIn,
  readAmount,
  readCeiling,
  readCount,
  readText,
  requireInstant,
  requireObject,
  requireText,
  secondsToMs,
} from "../platform/fields.js";
import { costOf, type Usage, usageOfEmbedding, usageOfFailed } from "../platform/usage.js";
import { readUsage } from "./usage.js";

/** Observations that are calls to a model; spans, tools and agents only hold them. */
export const MODEL_CALLS = ["GENERATION", "EMBEDDING"] as const;

/**
 * An observation of the API, or of an export: the UI and the older API write camelCase, exports to object stores
 * snake_case. Null for one that is no call to a model.
 */
export function normalise(
  record: unknown,
  qualityOf: (id: string) => number | null = () => null,
): Normalised | null {
  return normaliseWith(() => {
    const given = requireObject(record);
    const observation = (key: string): unknown => firstOf(given[key], given[toSnake(key)]);
    const type = readText(observation("type"), "type")?.toUpperCase() ?? "GENERATION";
    if (!(MODEL_CALLS as readonly string[]).includes(type)) return null;
    const id = requireText(observation("id"), "id");
    return { event: { ...toEvent(id, type, observation), quality_score: qualityOf(id) }, suppliedId: true };
  });
}

type Field = (key: string) => unknown;

function toEvent(id: string, type: string, observation: Field): CanonicalEvent {
  const start = requireInstant(observation("startTime"), "startTime");
  const status = readText(observation("level"), "level")?.toUpperCase() === "ERROR" ? "error" : "ok";
  const usage = usageOf(observation, type);
  return {
    id,
    ts: new Date(start).toISOString(),
    intent: readText(firstOf(observation("promptName"), observation("name")), "name"),
    provider: null,
    model: readText(firstOf(observation("providedModelName"), observation("model")), "providedModelName"),
    ...(status === "error" ? usageOfFailed(usage) : usage),
    latency_ms:
      secondsToMs(observation("latency"), "latency") ?? msBetween(start, observation("endTime"), "endTime"),
    ttft_ms:
      secondsToMs(observation("timeToFirstToken"), "timeToFirstToken") ??
      msBetween(start, observation("completionStartTime"), "completionStartTime"),
    ...costOfObservation(observation, usage),
    endpoint: null,
    region: null,
    tenant: readText(observation("userId"), "userId"),
    status,
    conversation_id: readText(observation("sessionId"), "sessionId"),
    max_tokens: ceilingOf(objectIn(observation("modelParameters"))),
    source: "langfuse",
  };
}

function usageOf(observation: Field, type: string): Usage {
  const field = "usageDetails";
  const details = observation(field);
  const usage = readUsage(details, field);
  // Exports of older versions have plain counts beside or instead of the details.
  const input = usage.input_tokens ?? readCount(observation("promptTokens"), "promptTokens");
  const output = usage.output_tokens ?? readCount(observation("completionTokens"), "completionTokens");
  if (type !== "EMBEDDING") return { ...usage, input_tokens: input, output_tokens: output };
  // What an embedding reports as its total is its input.
  const total = readCount(objectIn(details)?.total, field);
  return usageOfEmbedding({ ...usage, input_tokens: input ?? total, output_tokens: output });
}

/**
 * Langfuse computes cost from its model prices, unless the application sends one; the record does not tell which. A 0
 * that its details name is a price of 0; without details it is none.
 */
function costOfObservation(observation: Field, usage: Usage) {
  const total = readAmount(objectIn(observation("costDetails"))?.total, "costDetails");
  if (total !== null) return { cost_usd: total, cost_basis: "list_price" as const };
  const cost = firstOf(observation("totalCost"), observation("calculatedTotalCost"));
  return costOf(readAmount(cost, "totalCost"), usage);
}

function ceilingOf(parameters: JsonObject | null): number | null {
  return readCeiling(
    firstOf(parameters?.max_tokens, parameters?.max_completion_tokens, parameters?.maxTokens),
  );
}

export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const { input, output } = requireObject(record);
  return contentOf(eventId, { request: input, response: output });
}

const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
