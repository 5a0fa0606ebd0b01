import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "./context.js";
import { TokenOpError, UpstreamError } from "./errors.js";
import { hostOf, type Net } from "./net.js";

/** What is read from: the door to it, and how a reviewer or a user knows it. */
export interface HttpSource {
  /** As people know it: `langfuse`, `the Databricks workspace`. */
  readonly name: string;
  readonly net: Net;
  /** The access without which it answers 401 or 403, as the error says it. */
  readonly grant: string;
}

export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** A value that is sent as JSON, or text or form data that is sent as it is. */
  readonly json?: unknown;
  readonly body?: string | URLSearchParams | FormData;
  /** Statuses that are answers for the caller, and neither tried again nor an error. */
  readonly passing?: readonly number[];
}

/** Longest silence before an attempt is given up, milliseconds. */
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
// A provider that asks for more patience than this has a daily limit.
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Ends after `ms` milliseconds, or throws the signal's reason. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const realPause: Pause = async (ms, signal) => {
  await pause(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
};

/**
 * Sends a request until it is answered: resets, timeouts, 408, 429 and 5xx are tried again up to six times, after the
 * time the server asks for (`retry-after`) or a doubling pause. The requests that TokenOp makes only read, so that
 * sending one twice does no harm.
 *
 * @throws UpstreamError TOP-HTTP-ACCESS for 401 and 403, with the grant that is missing; TOP-HTTP-LIMITED where a
 * limit lasts; TOP-HTTP-DOWN where no attempt was answered; TOP-HTTP-REFUSED for any other 4xx. The body of an answer
 * is never part of an error: it can hold what was asked for.
 */
export async function send(
  source: HttpSource,
  request: HttpRequest,
  context: Pick<Context, "signal">,
  wait: Pause = realPause,
): Promise<Response> {
  return attempts(source, request, context, wait, async (response) => response);
}

/** As `send`, with the whole answer as a JSON value; what is cut off or not JSON counts as unanswered. */
export async function sendJson(
  source: HttpSource,
  request: HttpRequest,
  context: Pick<Context, "signal">,
  wait: Pause = realPause,
): Promise<unknown> {
  return attempts(source, request, context, wait, async (response) => JSON.parse(await response.text()));
}

/** As `sendJson`, with the status beside it, where several are answers. */
export async function sendForAnswer(
  source: HttpSource,
  request: HttpRequest,
  context: Pick<Context, "signal">,
  wait: Pause = realPause,
): Promise<{ readonly status: number; readonly json: unknown }> {
  return attempts(source, request, context, wait, async (response) => ({
    status: response.status,
    json: JSON.parse(await response.text()),
  }));
}

async function attempts<T>(
  source: HttpSource,
  request: HttpRequest,
  { signal }: Pick<Context, "signal">,
  wait: Pause,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  let fault = "";
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    let retryAfterMs: number | null = null;
    try {
      const response = await source.net.fetch(request.url, initOf(request, signal));
      if (response.ok || request.passing?.includes(response.status) === true) return await read(response);
      // Not awaited: where the body is shared, cancelling ends only with its other reader.
      response.body?.cancel().catch(() => undefined);
      if (!isTransient(response.status)) throw refused(source, request, response.status);
      fault = `HTTP ${response.status}`;
      retryAfterMs = retryAfter(response);
      if (retryAfterMs !== null && retryAfterMs > LONGEST_RETRY_AFTER_MS)
        throw limited(source, request, retryAfterMs);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TokenOpError) throw error;
      fault = faultOf(error);
    }
    if (attempt === ATTEMPTS) throw unanswered(source, request, fault);
    await wait(retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS), signal);
  }
}

function initOf({ method, headers, json, body }: HttpRequest, signal: AbortSignal): RequestInit {
  const content = json === undefined ? body : JSON.stringify(json);
  return {
    method: method ?? (content === undefined ? "GET" : "POST"),
    headers: {
      accept: "application/json",
      ...(json !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  };
}

const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Milliseconds that the server asks to wait: seconds, or a date against the server's own clock. */
function retryAfter(response: Response): number | null {
  const value = response.headers.get("retry-after");
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const from = Date.parse(response.headers.get("date") ?? "");
  const delay = Date.parse(value) - from;
  return Number.isFinite(delay) ? Math.max(0, delay) : null;
}

/** A connection's fault in a word or two; never a message that could quote what was sent. */
function faultOf(error: unknown): string {
  if (error instanceof SyntaxError) return "an answer that is not JSON";
  const { name, cause, code } = (error ?? {}) as {
    name?: string;
    code?: unknown;
    cause?: { code?: unknown };
  };
  if (name === "TimeoutError") return "no answer in time";
  const known = cause?.code ?? code;
  return typeof known === "string" ? known : "a broken connection";
}

function refused(source: HttpSource, request: HttpRequest, status: number): UpstreamError {
  const where = `${source.name} (${hostOf(request.url)}${new URL(request.url).pathname})`;
  if (status === 401 || status === 403) {
    return new UpstreamError({
      code: "TOP-HTTP-ACCESS",
      message: `${where} refused the credentials.`,
      found: `HTTP ${status}.`,
      fix: `It needs: ${source.grant}`,
    });
  }
  return new UpstreamError({
    code: "TOP-HTTP-REFUSED",
    message: `${where} refused the request.`,
    found: `HTTP ${status}.`,
    fix: "Check the source's settings in tokenop.yaml; what is asked for: tokenop discover --explain",
  });
}

function limited(source: HttpSource, request: HttpRequest, waitMs: number): UpstreamError {
  return new UpstreamError({
    code: "TOP-HTTP-LIMITED",
    message: `${source.name} (${hostOf(request.url)}) asks to wait ${Math.ceil(waitMs / 60_000)} minutes.`,
    found: "Its limit is reached.",
    fix: "Run the same command then; what was read is kept and not read again.",
  });
}

function unanswered(source: HttpSource, request: HttpRequest, fault: string): UpstreamError {
  return new UpstreamError({
    code: "TOP-HTTP-DOWN",
    message: `${source.name} (${hostOf(request.url)}${new URL(request.url).pathname}) did not answer.`,
    found: `${ATTEMPTS} attempts, the last one: ${fault}.`,
    fix: UNREACHED.has(fault)
      ? "Check that it runs, and the address that is set for it; then give the same command again."
      : "Run the same command again; what was read is kept and not read again.",
  });
}

/** Faults of an address where nobody answers at all: trying again later changes nothing. */
const UNREACHED = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH"]);
