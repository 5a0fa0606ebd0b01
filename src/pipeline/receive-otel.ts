import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { eventsOf, receivedFolder } from "../collect/otel/index.js";
import { type Answer, type Received, serve } from "../listen/index.js";
import type { Context } from "../shared/context.js";
import { openWorkspace } from "../shared/workspace.js";

export interface ReceiveOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
}

export interface ReceiveCounts {
  readonly calls: number;
  readonly otherSpans: number;
  readonly rejectedSpans: number;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const PROTOBUF = "application/x-protobuf";

/**
 * Receives spans over OTLP/HTTP until the signal fires, and keeps the model calls among them, without any text, as
 * events for `discover`. A request is answered once its calls are on disk; a span that is sent twice counts once later,
 * by its id.
 */
export async function receiveOtel(
  { dir, host, port }: ReceiveOptions,
  context: Context,
  onListening: (url: string) => void,
): Promise<ReceiveCounts> {
  const { dir: workspaceDir } = await openWorkspace(dir);
  const folder = receivedFolder(workspaceDir);
  await mkdir(folder, { recursive: true });
  const counts = { calls: 0, otherSpans: 0, rejectedSpans: 0 };
  // One after the other, so that lines of two requests are never mixed.
  let written: Promise<unknown> = Promise.resolve();
  const append = (text: string): Promise<unknown> => {
    const day = context.now().toISOString().slice(0, 10);
    written = written.then(() => appendFile(join(folder, `${day}.jsonl`), text));
    return written;
  };

  const handle = async ({ method, path, headers, body }: Received): Promise<Answer> => {
    if (path !== "/v1/traces") return refuse(404, "Only /v1/traces is received here.");
    if (method !== "POST") return refuse(405, "Send a POST.");
    const type = headers["content-type"] ?? PROTOBUF;
    let received: ReturnType<typeof eventsOf>;
    try {
      received = eventsOf(body, type);
    } catch {
      return refuse(400, "The body is no OTLP trace export request.");
    }
    const { events, otherSpans, problems } = received;
    if (events.length > 0) await append(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    if (problems[0] !== undefined)
      context.log.warn(`Left out ${problems.length} span(s); the first: ${problems[0]}`);
    counts.calls += events.length;
    counts.otherSpans += otherSpans;
    counts.rejectedSpans += problems.length;
    context.log.progress("receiving spans", null, `${counts.calls} calls`);
    return accepted(type, problems.length);
  };

  const listening = await serve(handle, {
    host,
    port,
    maxBodyBytes: MAX_BODY_BYTES,
    signal: context.signal,
    onFault: (error) =>
      context.log.warn(`A request failed: ${error instanceof Error ? error.name : "unknown"}`),
  });
  onListening(listening.url);
  await listening.ended;
  await written;
  return counts;
}

const refuse = (status: number, reason: string): Answer => ({
  status,
  type: "text/plain",
  body: `${reason}\n`,
});

/** In the encoding of the request; an empty message in Protocol Buffers is no bytes at all. */
function accepted(type: string, rejectedSpans: number): Answer {
  if (!type.startsWith("application/json")) return { status: 200, type: PROTOBUF, body: "" };
  const partial = rejectedSpans === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejectedSpans) } };
  return { status: 200, type: "application/json", body: JSON.stringify(partial) };
}
