import {
  anthropicReply,
  asStream,
  failure,
  openAiReply,
  type ProviderServer,
  type Received,
  type Reply,
  startProvider,
} from "../../src/run/fixtures/provider-server.js";
import { createRandom } from "../../src/shared/random.js";
import { sampleOf } from "./echo-provider.js";

export const FAULTS = ["reset", "limit", "error", "malformed", "cut", "broken-off"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyProvider extends ProviderServer {
  /** `model sample` of every whole answer that left the server, in order. */
  readonly answered: readonly string[];
  readonly faults: ReadonlyMap<Fault, number>;
}

// A call is faulted twice at most, so that its retries are enough.
const FAULTED_ATTEMPTS = 2;

/**
 * An echo that misbehaves: which attempt at which sample meets which fault depends on `seed` alone. Some samples are
 * answered in a slow stream, and some report a usage that cannot be true.
 */
export async function startFaultyProvider({
  seed,
  chance,
}: {
  readonly seed: number;
  /** Of a fault, for each of the first attempts. */
  readonly chance: number;
}): Promise<FaultyProvider> {
  const answered: string[] = [];
  const faults = new Map<Fault, number>();
  const attempts = new Map<string, number>();
  const server = await startProvider((request) => {
    const said = sampleOf(request);
    const key = `${request.body.model} ${said}`;
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    const whole = answerTo(request, said);
    const random = createRandom(`${seed} ${key} ${attempt}`);
    if (attempt > FAULTED_ATTEMPTS || random.next() >= chance)
      return { ...whole, onSent: () => answered.push(key) };
    const fault = FAULTS[Math.floor(random.next() * FAULTS.length)]!;
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    return faultyReply(fault, whole);
  });
  return { ...server, answered, faults };
}

function answerTo(request: Received, said: string): Reply {
  const sample = Number(said);
  // More cached than sent, or less than nothing: not to be believed, and so without a cost.
  const usage =
    sample % 10 === 3 ? { prompt_tokens: -5 } : sample % 10 === 7 ? { completion_tokens: 1.5 } : {};
  const reply = request.path.endsWith("/messages") ? anthropicReply(said) : openAiReply(said, usage);
  return sample % 10 === 5 ? { ...asStream(reply), pauseMs: 15 } : reply;
}

function faultyReply(fault: Fault, whole: Reply): Reply {
  const streamed = asStream(whole).events!;
  switch (fault) {
    case "reset":
      return { isReset: true };
    case "limit":
      return failure(429);
    case "error":
      return failure(500);
    case "malformed":
      return { raw: '{"choices": [{"message":' };
    // Both end before the answer does: one as if it were whole, one with the connection.
    case "cut":
      return { events: streamed.slice(0, 2) };
    case "broken-off":
      return { events: streamed.slice(0, 2), isReset: true };
  }
}
