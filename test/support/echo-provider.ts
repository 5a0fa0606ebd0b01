import { setTimeout as sleep } from "node:timers/promises";
import {
  anthropicReply,
  openAiReply,
  type ProviderServer,
  type Received,
  type Reply,
  startProvider,
} from "../../src/run/fixtures/provider-server.js";

export interface EchoProvider extends ProviderServer {
  /** `model sample` of every answer that was sent, in order. */
  readonly answered: readonly string[];
  /** Answers this many requests and leaves the ones after it open. */
  holdAfter(answers: number): void;
  /** Answers whatever comes from now on; what is open already too, or never, where its asker is gone. */
  release(open: "answer" | "forget"): void;
}

export interface EchoOptions {
  readonly delayMs?: number;
  /** Replies of its own for some requests; null lets the echo answer. */
  readonly instead?: (request: Received, earlier: number) => Reply | null;
}

/**
 * A provider on this machine that answers `Echo <n>.` with `<n>`, in either wire format. What it says depends on the
 * request alone, so that two runs can be compared.
 */
export async function startEchoProvider({ delayMs = 0, instead }: EchoOptions = {}): Promise<EchoProvider> {
  const answered: string[] = [];
  let limit = Number.POSITIVE_INFINITY;
  let started = 0;
  let open: (() => void)[] = [];
  const server = await startProvider(async (request, earlier) => {
    const special = instead?.(request, earlier) ?? null;
    if (special !== null) return special;
    started += 1;
    if (started > limit) await new Promise<void>((done) => open.push(done));
    if (delayMs > 0) await sleep(delayMs);
    const said = sampleOf(request);
    answered.push(`${request.body.model} ${said}`);
    return request.path.endsWith("/messages") ? anthropicReply(said) : openAiReply(said);
  });
  return {
    ...server,
    answered,
    holdAfter: (answers) => {
      limit = answers;
    },
    release: (what) => {
      limit = Number.POSITIVE_INFINITY;
      if (what === "answer") for (const done of open) done();
      open = [];
    },
  };
}

/** The number in the last message. */
export function sampleOf({ body }: Received): string {
  const messages = body.messages as { content: unknown }[];
  return /Echo (\d+)\./.exec(JSON.stringify(messages.at(-1)?.content))?.[1] ?? "";
}

/** Prompts that the echo answers rightly. */
export function echoPrompts(count: number, extras: Record<string, unknown> = {}): unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    messages: [
      { role: "system", content: "Repeat the number." },
      { role: "user", content: `Echo ${index}.` },
    ],
    model: "gpt-4o",
    reference: `${index}`,
    ...extras,
  }));
}

/** How often each value occurs, at most. */
export function mostOften(values: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
