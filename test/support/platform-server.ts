import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlatformRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Of the server, for links to itself. */
  readonly base: string;
}

export interface PlatformAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; `text` is sent as it is. */
  readonly json?: unknown;
  readonly text?: string | Uint8Array;
}

/** What goes wrong with an answer. */
export type Fault = "reset" | "limit" | "error" | "not-json";

/** A platform on this machine: answers as its handler says, keeps a log, and fails where it is told to. */
export interface PlatformServer {
  readonly base: string;
  readonly log: readonly PlatformRequest[];
  /** The next answers fail in these ways, one each. */
  failNext(faults: readonly Fault[]): void;
  /** From the given number of further requests on, every answer is an error; null heals. */
  failAfter(requests: number | null): void;
  /** Whether credentials are refused. */
  deny(isDenied: boolean): void;
  close(): Promise<void>;
}

export async function platformServer(
  handle: (request: PlatformRequest) => PlatformAnswer,
): Promise<PlatformServer> {
  const log: PlatformRequest[] = [];
  let faults: Fault[] = [];
  let left: number | null = null;
  let isDenied = false;
  let base = "";

  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming, base);
    log.push(request);
    if (isDenied) return answer(response, { status: 403, json: { error: "no" } });
    // No pause is asked for, so that a test of giving up does not wait through all of them.
    if (left !== null && left <= 0)
      return answer(response, { status: 503, headers: { "retry-after": "0" }, json: {} });
    if (left !== null) left -= 1;
    const fault = faults.shift();
    if (fault !== undefined) return fail(fault, response);
    answer(response, handle(request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base,
    log,
    failNext: (next) => {
      faults = [...next];
    },
    failAfter: (requests) => {
      left = requests;
    },
    deny: (denied) => {
      isDenied = denied;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readRequest(incoming: IncomingMessage, base: string): Promise<PlatformRequest> {
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  const url = new URL(incoming.url ?? "/", base);
  const { method = "GET", headers } = incoming;
  return { method, path: url.pathname, query: url.searchParams, headers, body, base };
}

function answer(response: ServerResponse, { status = 200, headers = {}, json, text }: PlatformAnswer): void {
  const content = json === undefined ? (text ?? "") : JSON.stringify(json);
  response.writeHead(status, {
    ...(json !== undefined && { "content-type": "application/json" }),
    ...headers,
  });
  response.end(content);
}

function fail(fault: Fault, response: ServerResponse): void {
  if (fault === "reset") response.destroy();
  else if (fault === "limit") answer(response, { status: 429, headers: { "retry-after": "0" }, json: {} });
  else if (fault === "error")
    answer(response, { status: 500, headers: { "retry-after": "0" }, text: "oops" });
  else answer(response, { text: '{"data": [' });
}
