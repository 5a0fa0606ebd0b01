import type { CanonicalEvent } from "../../events/contract.js";
import type { ContentRecord, Normalised } from "../contract.js";
import {
  asObject,
  firstOf,
  type JsonObject,
  normaliseWith,
  readAmount,
  readCount,
  readText,
  requireInstant,
  requireObject,
  requireText,
} from "../platform/fields.js";

const SOURCE = "bedrock-logs";

/** Outcomes of AWS's error codes; any other is an error. */
const STATUS_OF_ERROR: Readonly<Record<string, CanonicalEvent["status"]>> = {
  ThrottlingException: "rate_limited",
  ModelTimeoutException: "timeout",
};

/** A record of the invocation log; null for a line that is none. Bodies are looked at for one latency, and no text. */
export function normalise(line: unknown): Normalised | null {
  return normaliseWith(() => {
    const record = requireObject(line);
    if (record.schemaType !== undefined && record.schemaType !== "ModelInvocationLog") return null;
    const input = asObject(record.input) ?? {};
    const output = asObject(record.output) ?? {};
    const cached = readCount(input.cacheReadInputTokenCount, "input.cacheReadInputTokenCount");
    const written = readCount(input.cacheWriteInputTokenCount, "input.cacheWriteInputTokenCount");
    const uncached = readCount(input.inputTokenCount, "input.inputTokenCount");
    const modelId = requireText(record.modelId, "modelId");
    const errorCode = readText(record.errorCode, "errorCode");
    const metadata = asObject(record.requestMetadata) ?? {};
    const event: CanonicalEvent = {
      id: requireText(record.requestId, "requestId"),
      ts: new Date(requireInstant(record.timestamp, "timestamp")).toISOString(),
      intent: readText(
        firstOf(metadata.intent, metadata.use_case, metadata.feature),
        "requestMetadata.intent",
      ),
      provider: "aws_bedrock",
      model: modelOf(modelId),
      // Bedrock counts input without cache reads and writes; canonical input includes both.
      input_tokens: uncached === null ? null : uncached + (cached ?? 0) + (written ?? 0),
      output_tokens: readCount(output.outputTokenCount, "output.outputTokenCount"),
      latency_ms: latencyOf(output),
      cost_usd: null,
      endpoint: readText(record.operation, "operation"),
      region: readText(firstOf(record.inferenceRegion, record.region), "region"),
      tenant: readText(
        firstOf(metadata.tenant, metadata.team, metadata.user, roleOf(record.identity)),
        "requestMetadata.tenant",
      ),
      cached_input_tokens: cached,
      cache_write_tokens: written,
      status: errorCode === null ? "ok" : (STATUS_OF_ERROR[errorCode] ?? "error"),
      source: SOURCE,
    };
    return { event, suppliedId: true };
  });
}

/**
 * The model behind an id, an ARN or an inference profile: `us.anthropic.claude-haiku-4-5-v1:0` is
 * `anthropic.claude-haiku-4-5-v1:0`. A provisioned throughput's ARN does not name its model and stays as it is.
 */
export function modelOf(modelId: string): string {
  const resource = /^arn:[^:]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(
    modelId,
  )?.[1];
  return (resource ?? modelId).replace(/^(?:us|eu|apac|us-gov|jp|au|ca|global)\.(?=[a-z0-9-]+\.)/, "");
}

/** Only Converse states how long it took. */
function latencyOf(output: JsonObject): number | null {
  const metrics = asObject(asObject(output.outputBodyJson)?.metrics);
  return readAmount(metrics?.latencyMs, "output.outputBodyJson.metrics.latencyMs");
}

/** The role of an assumed identity; session names can be people's. */
function roleOf(identity: unknown): string | null {
  const arn = asObject(identity)?.arn;
  return typeof arn === "string" ? (/:(?:assumed-role|role|user)\/([^/]+)/.exec(arn)?.[1] ?? null) : null;
}

/** Messages and answer of a call whose bodies the log holds as Converse writes them; null for other formats. */
export function contentOf(line: unknown, eventId: string): ContentRecord | null {
  const record = asObject(line) ?? {};
  const body = asObject(asObject(record.input)?.inputBodyJson);
  const messages = body?.messages;
  if (!Array.isArray(messages)) return null;
  const answer = asObject(asObject(asObject(record.output)?.outputBodyJson)?.output)?.message;
  const response = textIn(asObject(answer)?.content);
  const model = typeof record.modelId === "string" ? { model: modelOf(record.modelId) } : {};
  const system = textIn(body?.system);
  const asked = messages.map((message: unknown) => {
    const { role, content } = asObject(message) ?? {};
    return { role: String(role), content: textIn(content) ?? "" };
  });
  return {
    eventId,
    ...model,
    messages: system === null ? asked : [{ role: "system", content: system }, ...asked],
    ...(response !== null && { response }),
  };
}

function textIn(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const texts = content.flatMap((part: unknown) => {
    const text = asObject(part)?.text;
    return typeof text === "string" ? [text] : [];
  });
  return texts.length === 0 ? null : texts.join("\n");
}
