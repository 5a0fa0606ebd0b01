import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { UsageError } from "../shared/errors.js";

/** A request as its handler sees it. */
export interface Received {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Decompressed where it came gzipped. */
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServeOptions {
  /** Loopback where it is left out. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Longer bodies are refused with 413, before and after decompression. */
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
  /** Told of what a handler threw; the caller gets 500 without a reason. */
  readonly onFault: (error: unknown) => void;
}

export interface Listening {
  /** `http://127.0.0.1:4318` */
  readonly url: string;
  readonly port: number;
  /** Ends when the signal fires and open answers are sent. */
  readonly ended: Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const expand = promisify(gunzip);

/**
 * Starts a server. Throws TOP-LISTEN-PORT where the address cannot be had.
 */
export async function serve(
  handle: (request: Received) => Promise<Answer>,
  options: ServeOptions,
): Promise<Listening> {
  const { host = LOOPBACK, port, signal } = options;
  const server = createServer((incoming, response) => {
    void answerTo(incoming, handle, options).then((answer) => send(response, answer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(taken(host, port, cause)));
    server.listen(port, host, resolve);
  });
  const ended = new Promise<void>((resolve) => {
    const stop = (): void => {
      server.close(() => resolve());
      server.closeIdleConnections();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`, port: bound, ended };
}

class TooLarge extends Error {}

async function answerTo(
  incoming: IncomingMessage,
  handle: (request: Received) => Promise<Answer>,
  { maxBodyBytes, onFault }: ServeOptions,
): Promise<Answer> {
  try {
    const url = new URL(incoming.url ?? "/", "http://localhost");
    return await handle({
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers as Record<string, string | undefined>,
      body: await bodyOf(incoming, maxBodyBytes),
    });
  } catch (error) {
    if (error instanceof TooLarge)
      return { status: 413, type: "text/plain", body: "The body is too large.\n" };
    onFault(error);
    return { status: 500 };
  }
}

async function bodyOf(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (incoming.headers["content-encoding"] !== "gzip") return body;
  return expand(body, { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ERR_BUFFER_TOO_LARGE" ? new TooLarge() : error;
  });
}

function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(type !== undefined && { "content-type": type }),
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

function taken(host: string, port: number, cause: unknown): UsageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new UsageError({
    code: "TOP-LISTEN-PORT",
    message: `${host}:${port} cannot be listened on.`,
    found: code === "EADDRINUSE" ? "Another program has that port." : (code ?? String(cause)),
    fix: "Name another port.",
    cause,
  });
}
