import protobuf from "protobufjs/light.js";

/**
 * What of OTLP's `ExportTraceServiceRequest` is read, with the field numbers of opentelemetry-proto 1.x (stable).
 * Unknown fields are passed over, as Protocol Buffers mean them to be.
 */
const DESCRIPTOR = {
  nested: {
    TracesData: { fields: { resourceSpans: { id: 1, rule: "repeated", type: "ResourceSpans" } } },
    ResourceSpans: {
      fields: {
        resource: { id: 1, type: "Resource" },
        scopeSpans: { id: 2, rule: "repeated", type: "ScopeSpans" },
      },
    },
    Resource: { fields: { attributes: { id: 1, rule: "repeated", type: "KeyValue" } } },
    ScopeSpans: { fields: { spans: { id: 2, rule: "repeated", type: "Span" } } },
    Span: {
      fields: {
        traceId: { id: 1, type: "bytes" },
        spanId: { id: 2, type: "bytes" },
        name: { id: 5, type: "string" },
        startTimeUnixNano: { id: 7, type: "fixed64" },
        endTimeUnixNano: { id: 8, type: "fixed64" },
        attributes: { id: 9, rule: "repeated", type: "KeyValue" },
        status: { id: 15, type: "Status" },
      },
    },
    Status: { fields: { code: { id: 3, type: "int32" } } },
    KeyValue: { fields: { key: { id: 1, type: "string" }, value: { id: 2, type: "AnyValue" } } },
    AnyValue: {
      oneofs: { value: { oneof: ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue"] } },
      fields: {
        stringValue: { id: 1, type: "string" },
        boolValue: { id: 2, type: "bool" },
        intValue: { id: 3, type: "int64" },
        doubleValue: { id: 4, type: "double" },
        arrayValue: { id: 5, type: "ArrayValue" },
      },
    },
    ArrayValue: { fields: { values: { id: 1, rule: "repeated", type: "AnyValue" } } },
  },
};

const TracesData = protobuf.Root.fromJSON(DESCRIPTOR).lookupType("TracesData");

/** An export request in Protocol Buffers as the same document that OTLP's JSON gives. Throws where it is none. */
export function decodeTraces(bytes: Uint8Array): unknown {
  const document = TracesData.toObject(TracesData.decode(bytes), { longs: String }) as {
    resourceSpans?: { scopeSpans?: { spans?: { traceId?: Uint8Array; spanId?: Uint8Array }[] }[] }[];
  };
  const resourceSpans = (document.resourceSpans ?? []).map((resourceSpan) => ({
    ...resourceSpan,
    scopeSpans: (resourceSpan.scopeSpans ?? []).map((scope) => ({
      spans: (scope.spans ?? []).map((span) => ({
        ...span,
        // JSON has ids in hex, where other bytes are base64.
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
      })),
    })),
  }));
  return { resourceSpans };
}

/** Bytes of a document, for senders in tests. */
export function encodeTraces(document: object): Uint8Array {
  return TracesData.encode(TracesData.fromObject(document)).finish();
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
