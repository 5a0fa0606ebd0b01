import { asObject, type JsonObject } from "../platform/fields.js";

/** Value of an attribute: texts, numbers, truth values, lists of them. Whole numbers of any size are exact texts. */
export type Attribute = string | number | boolean | readonly unknown[];

/** A span with its own and its resource's attributes by name. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly startTimeUnixNano: unknown;
  readonly endTimeUnixNano: unknown;
  /** 2 is an error. */
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly resource: Readonly<Record<string, Attribute>>;
}

/** Spans of an OTLP export request, in JSON as OTLP maps it (`TracesData`); what is none is left out. */
export function spansIn(document: unknown): Span[] {
  return itemsOf(asObject(document)?.resourceSpans).flatMap((resourceSpan) => {
    const resource = attributesOf(asObject(resourceSpan.resource)?.attributes);
    // `instrumentationLibrarySpans` is what exporters before OTLP 0.19 wrote.
    const scopes = itemsOf(resourceSpan.scopeSpans ?? resourceSpan.instrumentationLibrarySpans);
    return scopes.flatMap(({ spans }) => itemsOf(spans).map((span) => spanOf(span, resource)));
  });
}

function spanOf(span: JsonObject, resource: Span["resource"]): Span {
  const { traceId, spanId, name, startTimeUnixNano, endTimeUnixNano } = span;
  return {
    traceId: String(traceId ?? ""),
    spanId: String(spanId ?? ""),
    name: String(name ?? ""),
    startTimeUnixNano,
    endTimeUnixNano,
    statusCode: statusCodeOf(asObject(span.status)?.code),
    attributes: attributesOf(span.attributes),
    resource,
  };
}

/** As a number, or by its name as some writers of JSON put it. */
function statusCodeOf(code: unknown): number {
  return code === "STATUS_CODE_ERROR" ? 2 : Number(code ?? 0);
}

function attributesOf(list: unknown): Record<string, Attribute> {
  const attributes: Record<string, Attribute> = {};
  for (const { key, value } of itemsOf(list)) {
    const read = attributeValue(asObject(value) ?? {});
    if (typeof key === "string" && read !== null) attributes[key] = read;
  }
  return attributes;
}

function attributeValue(value: JsonObject): Attribute | null {
  const single = value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue;
  if (typeof single === "string" || typeof single === "number" || typeof single === "boolean") return single;
  const items = asObject(value.arrayValue)?.values;
  return Array.isArray(items) ? items.map((item: unknown) => attributeValue(asObject(item) ?? {})) : null;
}

const itemsOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.map((item: unknown) => asObject(item) ?? {}) : [];
