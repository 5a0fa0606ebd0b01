import {
  anthropicClient,
  explainAnthropic,
  type Message,
  messageBody,
  wholeReply,
} from "../live/anthropic-wire.js";
import { BrokenReply, jsonOf, type WireClientOptions } from "../live/wire.js";
import type { BatchClient, BatchItem, BatchState, BatchSummary } from "./contract.js";
import { refusedItem, repliedItem, unrunItem } from "./items.js";
import { readJsonLines } from "./read-lines.js";

const BATCHES = "/v1/messages/batches";
const PAGE = 100;

interface Batch {
  readonly id?: unknown;
  readonly processing_status?: unknown;
  readonly created_at?: string;
  readonly cancel_initiated_at?: string | null;
  readonly request_counts?: Readonly<Record<string, number>>;
}

interface Line {
  readonly custom_id?: unknown;
  readonly result?: {
    readonly type?: unknown;
    readonly message?: unknown;
    readonly error?: { readonly error?: { readonly type?: unknown } };
  };
}

/** The status that each error would have had alone. Source: Anthropic's API reference, errors, read 2026-11-23. */
const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Anthropic's Message Batches: the requests go along with the batch, the results come as one stream. */
export function createAnthropicBatches(options: WireClientOptions): BatchClient {
  const client = anthropicClient(options);
  // The SDK's own time limit ends with the headers.
  const within = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  const get = async (path: string, signal: AbortSignal): Promise<unknown> =>
    jsonOf(await client.get(path, { signal: within(signal) }).asResponse());
  return {
    // Documented: 100,000 requests and 256 MB. The request is held in memory, so it stays below half of that.
    limits: { requests: 100_000, bytes: 100_000_000 },
    line: ({ customId, ...content }) => {
      const params = messageBody({ ...content, quirks: new Set([...content.quirks, "no-stream" as const]) });
      return JSON.stringify({ custom_id: customId, params });
    },
    upload: async (lines) => `{"requests":[${lines.join(",")}]}`,
    create: async (uploaded, _token, _endpoint, signal) => {
      const headers = { "content-type": "application/json" };
      return nameOf(
        await jsonOf(await client.post(BATCHES, { body: uploaded, headers, signal }).asResponse()),
      );
    },
    state: async (id, signal) => stateOf(await get(`${BATCHES}/${encodeURIComponent(id)}`, signal)),
    list: async function* (signal) {
      for (let after = ""; ; ) {
        const page = (await get(`${BATCHES}?limit=${PAGE}${after}`, signal)) as {
          data?: Batch[];
          has_more?: boolean;
        };
        const batches = page?.data ?? [];
        for (const batch of batches) yield summaryOf(batch);
        if (page?.has_more !== true || batches.length === 0) return;
        after = `&after_id=${encodeURIComponent(nameOf(batches.at(-1)))}`;
      }
    },
    items: async function* (results, signal) {
      // By name and not by `results_url`, which may lead past the gateway that was agreed to.
      const path = `${BATCHES}/${encodeURIComponent(results)}/results`;
      const headers = { accept: "application/binary" };
      const response = await client.get(path, { headers, signal }).asResponse();
      for await (const line of readJsonLines(response, options.timeoutMs)) yield itemOf(line as Line);
    },
    explain: (error) => explainAnthropic(error, options.now),
  };
}

function nameOf(value: unknown): string {
  const id = (value as Batch | null | undefined)?.id;
  if (typeof id !== "string" || id === "") throw new BrokenReply("no id");
  return id;
}

function stateOf(value: unknown): BatchState {
  const batch = value as Batch | null;
  if (typeof batch?.processing_status !== "string") throw new BrokenReply("no status");
  const hasEnded = batch.processing_status === "ended";
  const { processing = 0, ...ended } = batch.request_counts ?? {};
  const wasCancelled = typeof batch.cancel_initiated_at === "string";
  return {
    status: !hasEnded ? "open" : wasCancelled ? "cancelled" : "ended",
    code: null,
    done: sum(Object.values(ended)),
    results: hasEnded ? [nameOf(batch)] : [],
  };
}

function summaryOf(batch: Batch): BatchSummary {
  return {
    id: nameOf(batch),
    createdAt: new Date(batch.created_at ?? 0),
    requests: sum(Object.values(batch.request_counts ?? {})),
    token: null,
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function itemOf({ custom_id, result }: Line): BatchItem {
  const customId = String(custom_id ?? "");
  switch (result?.type) {
    case "succeeded":
      return repliedItem(customId, () => wholeReply(result.message as Message));
    case "errored": {
      const error = result.error?.error;
      return refusedItem(customId, STATUS_OF_ERROR[String(error?.type)] ?? 500, error);
    }
    case "expired":
      return unrunItem(customId, "expired in the batch");
    default:
      return unrunItem(customId, "cancelled in the batch");
  }
}
