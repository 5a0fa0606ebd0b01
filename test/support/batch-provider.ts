import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropicReply, openAiReply } from "../../src/run/fixtures/provider-server.js";
import { createRandom } from "../../src/shared/random.js";
import { sampleOf } from "./echo-provider.js";

/** A request to the batch interface; `route` is as in `GET /v1/batches/:id`. */
export interface BatchRequest {
  readonly route: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Requests of the same route before it. */
  readonly earlier: number;
}

/** What the server does instead of, or after, what it should. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Breaks the connection after this many lines of the proper answer; 0: before any of it. */
  readonly cutAfterLines?: number;
  /** Falls silent after this many lines of the proper answer. */
  readonly stuckAfterLines?: number;
  /** Does what was asked and never says so. */
  readonly isMute?: boolean;
}

/** What becomes of one request in a batch; the default answers it. */
export type Fate = "answered" | "expired" | "failed" | "refused" | "no-temperature" | "malformed" | "missing";

export interface BatchItemSeen {
  readonly model: string;
  readonly sample: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Of the batch that it stands in, from 1. */
  readonly batch: number;
}

export interface BatchProvider {
  readonly url: string;
  readonly host: string;
  readonly received: readonly BatchRequest[];
  /** `model sample` of every request that was run, and is billed. */
  readonly answered: readonly string[];
  /** Requests of each batch, in the order in which the batches came. */
  readonly batches: readonly { readonly id: string; readonly requests: readonly string[] }[];
  /** Batches stay open from now on, until `release`. */
  hold(): void;
  release(): void;
  close(): void;
}

export interface BatchProviderOptions {
  readonly fault?: (request: BatchRequest) => Fault | null;
  readonly fateOf?: (item: BatchItemSeen) => Fate;
  /** False: batches come back without the text that they were marked with. */
  readonly keepsMetadata?: boolean;
  /** Looks at a batch before it ends. */
  readonly looks?: number;
  /** Status that a batch ends with, by its number from 1; OpenAI's words. */
  readonly endOf?: (batch: number) => { readonly status: string; readonly code?: string };
}

interface Batch {
  readonly id: string;
  readonly number: number;
  readonly createdAt: number;
  readonly metadata: unknown;
  readonly items: readonly { readonly customId: string; readonly params: Record<string, unknown> }[];
  looks: number;
  lines: string[] | null;
}

/**
 * OpenAI's Batch API under /v1 and Anthropic's Message Batches under /v1/messages/batches, as documented in 2026, on
 * this machine, and OpenAI's single calls. A batch ends after a few looks; its results come in a random order, and say `<n>` to `Echo <n>.`.
 */
export async function startBatchProvider(options: BatchProviderOptions = {}): Promise<BatchProvider> {
  const { fault = () => null, fateOf = () => "answered", looks = 1, endOf, keepsMetadata = true } = options;
  const received: BatchRequest[] = [];
  const answered: string[] = [];
  const files = new Map<string, string>();
  const batches: Batch[] = [];
  let isHeld = false;

  const open = (items: Batch["items"], metadata: unknown): Batch => {
    const number = batches.length + 1;
    const batch = {
      ...{ id: `batch_${number}`, number, createdAt: Date.now(), metadata, items },
      ...{ looks: 0, lines: null },
    };
    batches.push(batch);
    return batch;
  };
  const look = (batch: Batch, isOpenAi: boolean): string => {
    const end = endOf?.(batch.number) ?? { status: "completed" };
    if (batch.lines === null && !isHeld && batch.looks >= looks) {
      const runs = end.status === "failed" ? [] : batch.items;
      batch.lines = shuffled(runs.flatMap((item) => lineFor(item, batch.number, isOpenAi, fateOf, answered)));
    }
    batch.looks += 1;
    return batch.lines === null ? "in_progress" : end.status;
  };

  const routes: readonly (readonly [RegExp, (match: string[], text: string) => unknown])[] = [
    [
      /^POST \/v1\/files$/,
      (_, text) => {
        const id = `file_${files.size + 1}`;
        files.set(id, fileIn(text));
        return { id, object: "file", purpose: "batch" };
      },
    ],
    [
      /^POST \/v1\/batches$/,
      (_, text) => {
        const { input_file_id, metadata } = JSON.parse(text);
        const lines = files.get(input_file_id)!.split("\n").filter(Boolean);
        const items = lines
          .map((line) => JSON.parse(line))
          .map(({ custom_id, body }) => ({ customId: custom_id, params: body }));
        return openAiBatch(open(items, keepsMetadata ? metadata : undefined), "validating", endOf);
      },
    ],
    [
      /^GET \/v1\/batches$/,
      () => ({
        object: "list",
        data: batches.toReversed().map((batch) => openAiBatch(batch, "in_progress", endOf)),
        has_more: false,
      }),
    ],
    [
      /^GET \/v1\/batches\/(.+)$/,
      ([, id]) => {
        const batch = batches.find((candidate) => candidate.id === id)!;
        return openAiBatch(batch, look(batch, true), endOf);
      },
    ],
    [
      /^GET \/v1\/files\/(output|errors)-(.+)\/content$/,
      ([, kind, id]) => {
        const lines = batches.find((candidate) => candidate.id === id)!.lines!;
        return lines.filter((line) => isGood(line) === (kind === "output"));
      },
    ],
    [
      /^POST \/v1\/chat\/completions$/,
      (_, text) => openAiReply(sampleOf({ path: "", headers: {}, body: JSON.parse(text) })).body,
    ],
    [
      /^POST \/v1\/messages\/batches$/,
      (_, text) => {
        const { requests } = JSON.parse(text) as { requests: { custom_id: string; params: never }[] };
        const items = requests.map(({ custom_id, params }) => ({ customId: custom_id, params }));
        return anthropicBatch(open(items, null), "in_progress");
      },
    ],
    [
      /^GET \/v1\/messages\/batches$/,
      () => ({
        data: batches.toReversed().map((batch) => anthropicBatch(batch, look(batch, false))),
        has_more: false,
      }),
    ],
    [
      /^GET \/v1\/messages\/batches\/([^/]+)$/,
      ([, id]) => {
        const batch = batches.find((candidate) => candidate.id === id)!;
        return anthropicBatch(batch, look(batch, false));
      },
    ],
    [
      /^GET \/v1\/messages\/batches\/([^/]+)\/results$/,
      ([, id]) => batches.find((candidate) => candidate.id === id)!.lines!,
    ],
  ];

  const server = createServer(async (incoming, outgoing) => {
    const text = await bodyOf(incoming);
    const path = incoming.url ?? "";
    const plain = `${incoming.method} ${path.replace(/\?.*/, "")}`;
    const found = routes.find(([pattern]) => pattern.test(plain));
    const route = plain.replace(/(output-|errors-)?batch_\d+/, ":id");
    const earlier = received.filter((request) => request.route === route).length;
    const request = { route, path, headers: incoming.headers, text, earlier };
    received.push(request);
    const bad = fault(request);
    if (bad?.status !== undefined)
      return answer(outgoing, bad.status, bad.body ?? { error: {} }, bad.headers);
    if (found === undefined) return answer(outgoing, 404, { error: { message: "no such route" } });
    const made = found[1](found[0].exec(plain)!, text);
    if (bad?.isMute === true) return;
    const { cutAfterLines, stuckAfterLines } = bad ?? {};
    const kept = cutAfterLines ?? stuckAfterLines;
    if (kept === undefined) return answer(outgoing, 200, made);
    if (kept === 0) return void outgoing.destroy();
    outgoing.writeHead(200);
    const lines = (made as string[]).slice(0, kept).join("\n");
    outgoing.write(`${lines}\n{"custom_id": "cut`, () => cutAfterLines !== undefined && outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url: `http://${host}`, host, received, answered },
    get batches() {
      return batches.map(({ id, items }) => ({ id, requests: items.map(({ params }) => nameOf(params)) }));
    },
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
    },
    close: () => server.closeAllConnections() ?? server.close(),
  };
}

function lineFor(
  { customId, params }: Batch["items"][number],
  batch: number,
  isOpenAi: boolean,
  fateOf: (item: BatchItemSeen) => Fate,
  answered: string[],
): string[] {
  const sample = sampleOf({ path: "", headers: {}, body: params });
  const fate = fateOf({ model: String(params.model), sample, params, batch });
  if (fate === "missing") return [];
  if (fate === "answered" || fate === "malformed") answered.push(nameOf(params));
  const line = isOpenAi ? openAiLine(customId, fate, sample) : anthropicLine(customId, fate, sample);
  return [JSON.stringify(line)];
}

function openAiLine(custom_id: string, fate: Fate, sample: string): unknown {
  const replied = (status_code: number, body: unknown) => ({
    ...{ id: "r", custom_id, error: null },
    response: { status_code, request_id: "q", body },
  });
  const refused = (status: number, message: string, param: string | null = null) =>
    replied(status, { error: { message, param, type: "t", code: null } });
  switch (fate) {
    case "expired":
      return {
        id: "r",
        custom_id,
        response: null,
        error: { code: "batch_expired", message: `Echo ${sample}` },
      };
    case "failed":
      return refused(500, `server error on Echo ${sample}`);
    case "refused":
      return refused(400, `bad request: Echo ${sample}`);
    case "no-temperature":
      return refused(400, "Unsupported value: 'temperature'", "temperature");
    case "malformed":
      return replied(200, { object: "chat.completion" });
    default:
      return replied(200, openAiReply(sample).body);
  }
}

function anthropicLine(custom_id: string, fate: Fate, sample: string): unknown {
  const errored = (type: string) => ({
    custom_id,
    result: { type: "errored", error: { type: "error", error: { type, message: `Echo ${sample}` } } },
  });
  switch (fate) {
    case "expired":
      return { custom_id, result: { type: "expired" } };
    case "failed":
      return errored("overloaded_error");
    case "refused":
    case "no-temperature":
      return errored("invalid_request_error");
    case "malformed":
      return { custom_id, result: { type: "succeeded", message: {} } };
    default:
      return { custom_id, result: { type: "succeeded", message: anthropicReply(sample).body } };
  }
}

const isGood = (line: string): boolean => line.includes('"status_code":200');

function openAiBatch(batch: Batch, status: string, endOf: BatchProviderOptions["endOf"]) {
  const { id, items, createdAt, metadata, lines } = batch;
  const good = lines?.some(isGood) === true;
  const bad = lines?.some((line) => !isGood(line)) === true;
  const code = status === "failed" ? endOf?.(batch.number).code : undefined;
  return {
    ...{ id, object: "batch", status, metadata, created_at: Math.floor(createdAt / 1_000) },
    output_file_id: good ? `output-${id}` : null,
    error_file_id: bad ? `errors-${id}` : null,
    errors: code === undefined ? null : { object: "list", data: [{ code, message: "Echo 1." }] },
    request_counts: { total: items.length, completed: lines?.length ?? 0, failed: 0 },
  };
}

function anthropicBatch({ id, items, createdAt, lines }: Batch, status: string) {
  const processing = lines === null ? items.length : 0;
  return {
    ...{ id, type: "message_batch", created_at: new Date(createdAt).toISOString() },
    processing_status: lines === null ? "in_progress" : "ended",
    cancel_initiated_at: status === "cancelled" ? new Date(createdAt).toISOString() : null,
    request_counts: {
      processing,
      ...{ succeeded: items.length - processing, errored: 0, canceled: 0, expired: 0 },
    },
    results_url: null,
  };
}

const nameOf = (params: Record<string, unknown>): string =>
  `${params.model} ${sampleOf({ path: "", headers: {}, body: params })}`;

const shuffled = (lines: readonly string[]): string[] => createRandom("batch").shuffle([...lines]);

/** The file part of a multipart body. */
function fileIn(text: string): string {
  const boundary = text.slice(0, text.indexOf("\r\n"));
  const part = text.split(boundary).find((piece) => piece.includes('name="file"'))!;
  return part.slice(part.indexOf("\r\n\r\n") + 4).trimEnd();
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text;
}

function answer(
  outgoing: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isLines = Array.isArray(body);
  outgoing.writeHead(status, {
    "content-type": isLines ? "application/x-ndjson" : "application/json",
    ...headers,
  });
  outgoing.end(isLines ? body.map((line) => `${line}\n`).join("") : JSON.stringify(body));
}
