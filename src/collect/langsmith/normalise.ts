import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf } from "../platform/content.js";
import {
  asObject,
  firstOf,
  type JsonObject,
  msBetween,
  normaliseWith,
  objectIn,
  readAmount,
  readCeiling,
  readNumber,
  readText,
  requireInstant,
  requireObject,
  requireText,
  secondsToMs,
} from "../platform/fields.js";
import { costOf, type Usage, usageOfEmbedding, usageOfFailed } from "../platform/usage.js";
import { readUsage } from "./usage.js";

/** Runs that are calls to a model; the totals of runs above them only repeat theirs. */
export const MODEL_CALLS = ["llm", "embedding"] as const;

/** How a run is read where its meaning is the user's choice. */
export interface Reading {
  /** Key of the metadata that names the tenant; the project where it is missing. */
  readonly tenantMetadata: string;
  /** Key of the metadata that names the intent; the run's name where it is null. */
  readonly intentMetadata: string | null;
  /** Feedback that becomes quality, and its value for a perfect answer. */
  readonly qualityFeedback: string | null;
  readonly qualityBest: number;
}

export const DEFAULT_READING: Reading = {
  tenantMetadata: "user_id",
  intentMetadata: null,
  qualityFeedback: null,
  qualityBest: 1,
};

/**
 * A run of the API or of an export. Null for one that is no call to a model, and for one that has not ended: a later
 * read finds it when it has.
 */
export function normalise(
  record: unknown,
  reading: Reading = DEFAULT_READING,
  project: string | null = null,
): Normalised | null {
  return normaliseWith(() => {
    const run = requireObject(record);
    const type = readText(run.run_type, "run_type")?.toLowerCase() ?? "";
    if (!(MODEL_CALLS as readonly string[]).includes(type) || run.status === "pending") return null;
    return { event: toEvent(run, type, reading, project), suppliedId: true };
  });
}

function toEvent(run: JsonObject, type: string, reading: Reading, project: string | null): CanonicalEvent {
  const extra = objectIn(run.extra) ?? {};
  const metadata = objectIn(firstOf(extra.metadata, run.metadata)) ?? {};
  const parameters = objectIn(extra.invocation_params) ?? {};
  const start = requireInstant(run.start_time, "start_time");
  const isError = run.status === "error" || firstOf(run.error) !== null;
  const usage = usageOf(run, type, isError);
  return {
    id: requireText(run.id, "id"),
    ts: new Date(start).toISOString(),
    intent: intentOf(run, metadata, reading),
    provider: readText(metadata.ls_provider, "ls_provider")?.toLowerCase() ?? null,
    model: readText(
      firstOf(metadata.ls_model_name, parameters.model, parameters.model_name, parameters.model_id),
      "ls_model_name",
    ),
    ...usage,
    latency_ms:
      secondsToMs(run.latency_seconds, "latency_seconds") ?? msBetween(start, run.end_time, "end_time"),
    ttft_ms: msBetween(start, run.first_token_time, "first_token_time"),
    // From LangSmith's price map, unless the trace was sent with one; the record does not tell which.
    ...costOf(readAmount(run.total_cost, "total_cost"), usage),
    endpoint: null,
    region: null,
    tenant: readText(firstOf(metadata[reading.tenantMetadata], project, run.session_name), "metadata"),
    quality_score: qualityOf(run, reading),
    status: isError ? "error" : "ok",
    conversation_id: readText(
      firstOf(metadata.thread_id, metadata.session_id, metadata.conversation_id, run.thread_id),
      "thread_id",
    ),
    max_tokens: readCeiling(
      firstOf(metadata.ls_max_tokens, parameters.max_tokens, parameters.max_completion_tokens),
    ),
    source: "langsmith",
  };
}

function usageOf(run: JsonObject, type: string, isError: boolean): Usage {
  const usage = isError ? usageOfFailed(readUsage(run)) : readUsage(run);
  return type === "embedding" ? usageOfEmbedding(usage) : usage;
}

/** Names that LangChain gives a run by the class of its model; they name no intent. */
const CLASS_NAME = /^(Azure)?Chat[A-Z]|^(Azure)?OpenAI|^Anthropic|^Bedrock|Embeddings?$|LLM$/;

function intentOf(run: JsonObject, metadata: JsonObject, { intentMetadata }: Reading): string | null {
  if (intentMetadata !== null) return readText(metadata[intentMetadata], "metadata");
  const name = readText(run.name, "name");
  return name === null || CLASS_NAME.test(name) ? null : name;
}

function qualityOf(run: JsonObject, { qualityFeedback, qualityBest }: Reading): number | null {
  if (qualityFeedback === null) return null;
  const average = readNumber(
    asObject(objectIn(run.feedback_stats)?.[qualityFeedback])?.avg,
    "feedback_stats",
  );
  const quality = average === null ? null : average / qualityBest;
  return quality === null || quality < 0 || quality > 1 ? null : quality;
}

export function contentOfRecord(record: unknown, eventId: string): ContentRecord | null {
  const { inputs, outputs } = requireObject(record);
  return contentOf(eventId, { request: inputs, response: outputs });
}

/** Answers of the API that were kept as they came hold their runs in a list. */
export function runsIn(document: unknown): readonly unknown[] {
  const answer = asObject(document);
  const runs = answer?.runs ?? answer?.items;
  return Array.isArray(runs) ? runs : [document];
}
