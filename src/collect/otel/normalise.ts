import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { contentOf as textOf } from "../platform/content.js";
import {
  firstOf,
  hostIn,
  normaliseWith,
  RecordProblem,
  readCount,
  readNumber,
  readText,
  requireText,
} from "../platform/fields.js";
import type { Attribute, Span } from "./spans.js";

export const SOURCE = "otel";

/** Operations that call a model. Spans of agents and tools repeat the totals of the calls below them. */
const MODEL_CALLS = new Set(["chat", "text_completion", "generate_content", "embeddings"]);

/**
 * Names under which attributes were and are written, current first: the GenAI conventions, their deprecated names,
 * and those of OpenInference and OpenLLMetry.
 */
const NAMES = {
  operation: ["gen_ai.operation.name", "llm.request.type"],
  kind: ["openinference.span.kind", "traceloop.span.kind"],
  provider: ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"],
  model: [
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.request.model",
    "llm.model_name",
  ],
  input: ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"],
  output: ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"],
  cached: [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "llm.token_count.prompt_details.cache_read",
  ],
  written: [
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "llm.token_count.prompt_details.cache_write",
  ],
  reasoning: ["gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning"],
  tier: [
    "openai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.openai.request.service_tier",
  ],
  intent: ["gen_ai.prompt.name", "gen_ai.agent.name"],
  host: ["server.address", "net.peer.name", "url.full"],
  conversation: ["gen_ai.conversation.id", "session.id"],
  maxTokens: ["gen_ai.request.max_tokens"],
  tenant: ["tenant.id", "tenant"],
  score: ["gen_ai.evaluation.score.value"],
  error: ["error.type"],
} as const;

/** A span of a model call; null for any other span. No message of the span is read. */
export function normalise(record: unknown): Normalised | null {
  const span = record as Span;
  const read = (names: readonly string[]): Attribute | null =>
    (firstOf(...names.map((name) => span.attributes[name])) as Attribute | null) ?? null;
  if (!isModelCall(read)) return null;
  return normaliseWith(() => {
    const start = nanoseconds(span.startTimeUnixNano, "startTimeUnixNano");
    const end = nanoseconds(span.endTimeUnixNano, "endTimeUnixNano");
    const traceId = requireText(span.traceId, "traceId");
    const score = readNumber(read(NAMES.score), NAMES.score[0]);
    const event: CanonicalEvent = {
      id: `${traceId}:${requireText(span.spanId, "spanId")}`,
      ts: new Date(Number(start / 1_000_000n)).toISOString(),
      intent: readText(read(NAMES.intent), NAMES.intent[0]),
      provider: readText(read(NAMES.provider), NAMES.provider[0]),
      model: readText(read(NAMES.model), NAMES.model[0]),
      ...tokensOf(read),
      output_tokens: readCount(read(NAMES.output), NAMES.output[0]),
      reasoning_tokens: readCount(read(NAMES.reasoning), NAMES.reasoning[0]),
      latency_ms: end < start ? null : Number(end - start) / 1_000_000,
      cost_usd: null,
      endpoint: hostIn(read(NAMES.host)),
      region: readText(span.resource["cloud.region"], "cloud.region"),
      tenant: readText(
        firstOf(read(NAMES.tenant), span.resource["tenant.id"], span.resource["service.name"]),
        "tenant.id",
      ),
      quality_score: score !== null && score >= 0 && score <= 1 ? score : null,
      status: statusOf(span.statusCode, read(NAMES.error)),
      service_tier: readText(read(NAMES.tier), NAMES.tier[0]),
      max_tokens: readCount(read(NAMES.maxTokens), NAMES.maxTokens[0]),
      conversation_id: readText(read(NAMES.conversation), NAMES.conversation[0]),
      source: SOURCE,
    };
    return { event, suppliedId: true };
  });
}

function isModelCall(read: (names: readonly string[]) => Attribute | null): boolean {
  const operation = read(NAMES.operation);
  if (operation !== null) return MODEL_CALLS.has(String(operation)) || operation === "completion";
  const kind = read(NAMES.kind);
  if (kind !== null) return ["llm", "embedding"].includes(String(kind).toLowerCase());
  // Before there was an operation's name, a model and its usage were what told a call.
  return read(NAMES.model) !== null && read(NAMES.input) !== null;
}

/**
 * By the convention input includes cached tokens. Instrumentations of providers that count them apart often pass the
 * bare count on: where the parts are more than the whole, the whole is without them.
 */
function tokensOf(read: (names: readonly string[]) => Attribute | null) {
  const input = readCount(read(NAMES.input), NAMES.input[0]);
  const cached = readCount(read(NAMES.cached), NAMES.cached[0]);
  const written = readCount(read(NAMES.written), NAMES.written[0]);
  const parts = (cached ?? 0) + (written ?? 0);
  return {
    input_tokens: input === null ? null : parts > input ? input + parts : input,
    cached_input_tokens: cached,
    cache_write_tokens: written,
  };
}

function statusOf(code: number, error: Attribute | null): CanonicalEvent["status"] {
  const type = error === null ? "" : String(error).toLowerCase();
  if (/429|rate.?limit/.test(type)) return "rate_limited";
  if (/timeout|408|504/.test(type)) return "timeout";
  return code === 2 || type !== "" ? "error" : "ok";
}

function nanoseconds(value: unknown, field: string): bigint {
  const text = typeof value === "number" ? value.toFixed(0) : value;
  if (typeof text === "string" && /^\d{1,20}$/.test(text) && BigInt(text) > 0n) return BigInt(text);
  throw new RecordProblem("invalid_timestamp", field, "found no nanoseconds since 1970.");
}

/** Messages and answer of a span, where its instrumentation records them; null where not. */
export function contentOf(record: unknown, eventId: string): ContentRecord | null {
  const { attributes } = record as Span;
  const request = firstOf(
    attributes["gen_ai.input.messages"],
    attributes["gen_ai.prompt"],
    attributes["input.value"],
  );
  const response = firstOf(
    attributes["gen_ai.output.messages"],
    attributes["gen_ai.completion"],
    attributes["output.value"],
  );
  const model = firstOf(...NAMES.model.map((name) => attributes[name]));
  return textOf(eventId, { request, response, model: typeof model === "string" ? model : null });
}
