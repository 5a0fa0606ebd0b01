import {
  type Completion,
  completionBody,
  type Embeddings,
  embeddingBody,
  explainOpenAi,
  openAiClient,
  vectorReply,
  wholeReply,
} from "../live/openai-wire.js";
import { BrokenReply, jsonOf, type WireClientOptions } from "../live/wire.js";
import type {
  BatchClient,
  BatchEndpoint,
  BatchItem,
  BatchRequest,
  BatchState,
  BatchSummary,
} from "./contract.js";
import { plainCode, refusedItem, repliedItem, unrunItem } from "./items.js";
import { readJsonLines } from "./read-lines.js";

const PATHS: Readonly<Record<BatchEndpoint, string>> = {
  answers: "/v1/chat/completions",
  vectors: "/v1/embeddings",
};

/** Name of our token among a batch's metadata. */
const TOKEN = "tokenop";
const PAGE = 100;

interface Batch {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly created_at?: number;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly output_file_id?: string | null;
  readonly error_file_id?: string | null;
  readonly errors?: { readonly data?: readonly { readonly code?: unknown }[] } | null;
  readonly request_counts?: {
    readonly total?: number;
    readonly completed?: number;
    readonly failed?: number;
  };
}

interface Line {
  readonly custom_id?: unknown;
  readonly response?: { readonly status_code?: number; readonly body?: unknown } | null;
  readonly error?: { readonly code?: unknown } | null;
}

/** OpenAI's Batch API, and that of compatible servers: a file of requests, a batch over it, files of results. */
export function createOpenAiBatches(options: WireClientOptions): BatchClient {
  const client = openAiClient(options);
  // The SDK's own time limit ends with the headers.
  const within = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  const get = async (path: string, signal: AbortSignal): Promise<unknown> =>
    jsonOf(await client.get(path, { signal: within(signal) }).asResponse());
  return {
    // Documented: 50,000 requests and 200 MB. The file is held in memory, so it stays at half of that.
    limits: { requests: 50_000, bytes: 100_000_000 },
    line: (request) => lineOf(request, options.baseUrl),
    upload: async (lines, token, signal) => {
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob([lines.join("\n"), "\n"]), `tokenop-${token}.jsonl`);
      return nameOf(await jsonOf(await client.post("/files", { body: form, signal }).asResponse()));
    },
    create: async (uploaded, token, endpoint, signal) => {
      const body = {
        input_file_id: uploaded,
        endpoint: PATHS[endpoint],
        completion_window: "24h",
        metadata: { [TOKEN]: token },
      };
      return nameOf(await jsonOf(await client.post("/batches", { body, signal }).asResponse()));
    },
    state: async (id, signal) => stateOf(await get(`/batches/${encodeURIComponent(id)}`, signal)),
    list: async function* (signal) {
      for (let after = ""; ; ) {
        const page = (await get(`/batches?limit=${PAGE}${after}`, signal)) as {
          data?: Batch[];
          has_more?: boolean;
        };
        const batches = page?.data ?? [];
        for (const batch of batches) yield summaryOf(batch);
        if (page?.has_more !== true || batches.length === 0) return;
        after = `&after=${encodeURIComponent(nameOf(batches.at(-1)))}`;
      }
    },
    items: async function* (results, signal) {
      const path = `/files/${encodeURIComponent(results)}/content`;
      const headers = { accept: "application/binary" };
      const response = await client.get(path, { headers, signal }).asResponse();
      for await (const line of readJsonLines(response, options.timeoutMs)) yield itemOf(line as Line);
    },
    explain: (error) => explainOpenAi(error, options.now),
  };
}

function lineOf({ customId, ...content }: BatchRequest, baseUrl: string): string {
  const isVector = content.call.embed !== undefined;
  // A batch is never streamed.
  const whole = { ...content, quirks: new Set([...content.quirks, "no-stream" as const]) };
  const body = isVector ? embeddingBody(content.call) : completionBody(whole, baseUrl);
  return JSON.stringify({
    custom_id: customId,
    method: "POST",
    url: PATHS[isVector ? "vectors" : "answers"],
    body,
  });
}

function nameOf(value: unknown): string {
  const id = (value as Batch | null | undefined)?.id;
  if (typeof id !== "string" || id === "") throw new BrokenReply("no id");
  return id;
}

const STATUSES: Readonly<Record<string, BatchState["status"]>> = {
  completed: "ended",
  expired: "ended",
  failed: "failed",
  cancelled: "cancelled",
};

function stateOf(value: unknown): BatchState {
  const batch = value as Batch | null;
  if (typeof batch?.status !== "string") throw new BrokenReply("no status");
  const { completed = 0, failed = 0 } = batch.request_counts ?? {};
  const status = STATUSES[batch.status] ?? "open";
  // Answers first: what failed is looked at once it is known that the model answers at all.
  const files = [batch.output_file_id, batch.error_file_id].filter((id) => typeof id === "string");
  return {
    status,
    code: plainCode(batch.errors?.data?.[0]?.code),
    done: completed + failed,
    results: status === "open" ? [] : files,
  };
}

function summaryOf(batch: Batch): BatchSummary {
  return {
    id: nameOf(batch),
    createdAt: new Date((batch.created_at ?? 0) * 1_000),
    requests: batch.request_counts?.total ?? 0,
    // A compatible server may keep no metadata; then the results have to tell.
    token: batch.metadata === undefined ? null : (batch.metadata?.[TOKEN] ?? ""),
  };
}

function itemOf({ custom_id, response, error }: Line): BatchItem {
  const customId = String(custom_id ?? "");
  const status = response?.status_code;
  if (typeof status !== "number")
    return unrunItem(customId, `${plainCode(error?.code) ?? "not run"} in the batch`);
  const body = response?.body as Readonly<Record<string, unknown>> | null | undefined;
  if (status !== 200) return refusedItem(customId, status, body?.error);
  return repliedItem(customId, () =>
    body?.object === "list" ? vectorReply(body as Embeddings) : wholeReply(body as Completion),
  );
}
