import { sha256 } from "../../../shared/artifact.js";
import { UpstreamError } from "../../../shared/errors.js";
import { hostOf } from "../../../shared/net.js";
import type { ModelCall } from "../../contract.js";
import { callKey } from "../../inputs/samples.js";
import { isRepeatable } from "../live/persist.js";
import type { BatchEndpoint, BatchLog, SentBatch } from "./contract.js";
import { type BatchLine, refused, steadily, tryOnce, waitAfter } from "./steady.js";

const ID_LENGTH = 32;
const TOKEN_LENGTH = 16;
// Of two clocks that do not agree.
const CLOCK_SKEW_MS = 10 * 60_000;
// Between a submission that nobody confirmed and the look at the provider's list.
const LIST_DELAY_MS = 2_000;

/** Names a call within every batch of a run, in letters that all providers take. */
export const requestIdOf = (call: ModelCall): string => sha256(callKey(call)).slice(0, ID_LENGTH);

/** Names a request within all batches of an account: Anthropic keeps no other text of ours. At most 64 letters. */
export const customIdOf = (token: string, requestId: string): string => `${token}-${requestId}`;

export const requestIdIn = (customId: string): string => customId.slice(TOKEN_LENGTH + 1);

/** Ours for a batch that is about to be sent. */
export function tokenOf(
  provider: string,
  model: string,
  sentAt: string,
  requests: readonly string[],
): string {
  return sha256(JSON.stringify([provider, model, sentAt, requests])).slice(0, TOKEN_LENGTH);
}

export interface Submission {
  readonly batch: SentBatch;
  readonly lines: readonly string[];
  readonly endpoint: BatchEndpoint;
  readonly log: BatchLog;
  readonly stop: AbortSignal;
  readonly signal: AbortSignal;
  /** Waits between looks at a batch that may be ours. */
  readonly pause: () => Promise<void>;
  /** Whether a batch is known to be another one of ours. */
  readonly isTaken: (id: string) => boolean;
}

/**
 * Sends a batch once. It is in the journal before it can be paid for. Where the provider's answer is lost, its list
 * says whether the batch arrived, and it is sent again only if it did not.
 *
 * Returns null where the wave was stopped before anything was started.
 */
export async function submit(line: BatchLine, submission: Submission): Promise<SentBatch | null> {
  const { batch, lines, endpoint, log, stop, signal } = submission;
  const uploaded = await steadily(line, batch, signal, () => line.client.upload(lines, batch.token, signal));
  if (stop.aborted) return null;
  log.sending(batch);
  for (let failures = 1; ; failures += 1) {
    const tried = await line.gate.visit(() =>
      tryOnce(line, batch, signal, () => line.client.create(uploaded, batch.token, endpoint, signal)),
    );
    if ("done" in tried) return named(batch, tried.done, log);
    if (!isRepeatable(tried.failure)) throw refused(line, tried.failure);
    await waitAfter(
      line,
      { ...tried.failure, retryAfterMs: tried.failure.retryAfterMs ?? LIST_DELAY_MS },
      1,
      signal,
    );
    const found = await findSent(line, submission);
    if (found !== null) return found;
    if (failures > line.retries) throw refused(line, tried.failure);
  }
}

function named(batch: SentBatch, id: string, log: BatchLog): SentBatch {
  log.named(batch.token, id);
  return { ...batch, id };
}

/**
 * The batch on the provider's list, or null where it never arrived; without a name where nobody waits any longer. OpenAI's
 * list names our token. Anthropic's has no text of ours: there a batch of that size and time may be ours, and its results
 * tell, once it has ended.
 *
 * @throws UpstreamError TOP-RUN-BATCH-LOST where the provider has no list.
 */
export async function findSent(line: BatchLine, search: Search): Promise<SentBatch | null> {
  const { batch, log, stop, signal, pause, isTaken } = search;
  const since = Date.parse(batch.sentAt) - CLOCK_SKEW_MS;
  const recent = await steadily(line, batch, signal, () => listSince(line, since, signal)).catch(
    (error: unknown) => {
      throw error instanceof UpstreamError && error.code === "TOP-RUN-BATCH-NONE" ? lost(line, batch) : error;
    },
  );
  const marked = recent.find(({ token }) => token === batch.token);
  if (marked !== undefined) return named(batch, marked.id, log);
  let open = recent
    .filter(({ id, token, requests }) => token === null && requests === batch.requests.length && !isTaken(id))
    .map(({ id }) => id);
  while (open.length > 0) {
    const undecided: string[] = [];
    for (const id of open) {
      const owner = await steadily(line, batch, signal, () => ownerOf(line, id, signal));
      if (owner === batch.token) return named(batch, id, log);
      if (owner === null) undecided.push(id);
    }
    open = undecided.filter((id) => !isTaken(id));
    if (open.length > 0) await pause();
    if (stop.aborted) return batch;
  }
  return null;
}

type Search = Pick<Submission, "batch" | "log" | "stop" | "signal" | "pause" | "isTaken">;

async function listSince(line: BatchLine, since: number, signal: AbortSignal) {
  const recent = [];
  for await (const summary of line.client.list(signal)) {
    if (summary.createdAt.getTime() < since) break;
    recent.push(summary);
  }
  return recent;
}

/** The token in a batch's results; null while it is open, empty where it has none of ours. */
async function ownerOf(line: BatchLine, id: string, signal: AbortSignal): Promise<string | null> {
  const { status, results } = await line.client.state(id, signal);
  if (status === "open") return null;
  for (const file of results) {
    for await (const { customId } of line.client.items(file, signal)) return customId.slice(0, TOKEN_LENGTH);
  }
  return "";
}

function lost({ provider }: BatchLine, { token, sentAt }: SentBatch): UpstreamError {
  return new UpstreamError({
    code: "TOP-RUN-BATCH-LOST",
    message: `Nobody knows whether ${hostOf(provider.baseUrl)} took a batch: its answer was lost.`,
    found: `The server has no list of batches. Ours was sent at ${sentAt} and is marked "${token}".`,
    fix: "Look there for it. To send everything again, and perhaps pay twice: the same command without --resume",
  });
}
