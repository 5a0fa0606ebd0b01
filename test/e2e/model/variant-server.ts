import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ChatRequest, type CONTEXT, VARIANTS } from "./variants.js";

/** One call as the model server saw it: the independent record that results are held against. */
export interface ServedCall {
  readonly model: string;
  readonly asked: ChatRequest;
  readonly status: number;
  /** The server's own count; null where it refused the call. */
  readonly usage: {
    readonly prompt_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
    readonly completion_tokens: number;
  } | null;
  /** The server's own clock: tokens worked through and milliseconds spent, prompt and answer apart. */
  readonly timings: {
    readonly prompt_n: number;
    readonly prompt_ms: number;
    readonly predicted_n: number;
    readonly predicted_ms: number;
  } | null;
}

export interface VariantServer {
  /** Host and port, as consent names them. */
  readonly host: string;
  readonly served: readonly ServedCall[];
  stop(): void;
}

/** Offers every variant as a model: changes the request as its name says and hands answers through as they come. */
export async function startVariantServer(
  upstreams: Readonly<Record<keyof typeof CONTEXT, string>>,
): Promise<VariantServer> {
  const served: ServedCall[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = JSON.parse(await text(request)) as ChatRequest;
    const variant = VARIANTS[asked.model];
    if (variant === undefined) {
      response.writeHead(404).end();
      return;
    }
    const reply = await fetch(`${upstreams[variant.context]}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      // A base model goes on with the next example unless told where an answer ends.
      body: JSON.stringify({ ...variant.change(asked), stop: ["\n"] }),
    });
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "text/plain" });
    let body = "";
    const decoder = new TextDecoder();
    for await (const chunk of reply.body!) {
      body += decoder.decode(chunk, { stream: true });
      response.write(chunk);
    }
    served.push({ model: asked.model, asked, status: reply.status, ...totalsOf(body) });
    response.end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The last event of a stream has the totals. */
function totalsOf(body: string): Pick<ServedCall, "usage" | "timings"> {
  const events = body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as Partial<ServedCall>);
  const last = events.findLast(({ usage }) => usage !== undefined && usage !== null);
  return { usage: last?.usage ?? null, timings: last?.timings ?? null };
}
