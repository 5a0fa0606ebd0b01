import type { Embedding } from "../clusters/embed.js";
import { createNeighbourSearch, type Neighbour } from "./neighbours.js";

/** One answered request whose prompt is on file. */
export interface SemanticRequest {
  readonly micros: number;
  /** Answers are shared only within it: cluster, model, tenant, context of the question and guard. */
  readonly scope: string;
  /** The question itself: the last message of the caller. Empty: only the very same request is alike. */
  readonly question: string;
  /** Lifetimes under which an exact cache would have served it, one bit each. */
  readonly exactMask: number;
  /** What its answer should be, where the prompt says so. */
  readonly reference: string | null;
  /** Declared intent, where clusters were not made of it. */
  readonly intent: string | null;
}

/** One cache to be replayed: how alike, how long, and behind which exact cache (bit 0: none). */
export interface SemanticCacheState {
  readonly threshold: number;
  readonly ttlSeconds: number;
  readonly exactBit: number;
}

export type Judgement = "right" | "wrong" | "unknown";

export type OnHit = (request: number, state: number, judgement: Judgement) => void;

/** Nearest questions that are followed; a question with more of them is asked over and over, and hits anyway. */
const NEIGHBOURS_KEPT = 100;

interface Question {
  /** Alike questions of the scope, nearest first, itself with likeness 1 included. */
  neighbours: { readonly question: Question; readonly likeness: number }[];
  /** Per state, the request whose answer is stored for this question; -1: none. */
  readonly storedBy: Int32Array;
}

/**
 * Replays semantic caches in time order. A request is served by the stored answer to the nearest question that is alike
 * enough and within its lifetime; else it stores its own. A hit neither stores nor renews. Requests that the exact
 * cache before it serves never arrive. Only earlier requests count, so the rate is one that a cache would have had.
 *
 * `requests` ascend in time; `onHit` gets positions in `requests` and `states`.
 */
export function replaySemantic(
  requests: readonly SemanticRequest[],
  states: readonly SemanticCacheState[],
  embedding: Embedding,
  onHit: OnHit,
): void {
  const minimum = Math.min(...states.map(({ threshold }) => threshold));
  const scopes = new Map<string, ReturnType<typeof createScope>>();
  requests.forEach((request, at) => {
    let scope = scopes.get(request.scope);
    if (scope === undefined) {
      scope = createScope(minimum, states.length, embedding);
      scopes.set(request.scope, scope);
    }
    const question = scope(request.question);
    states.forEach((state, number) => {
      if ((request.exactMask & state.exactBit) !== 0) return;
      const stored = storedAnswer(question, number, state, request.micros, requests);
      if (stored === null) question.storedBy[number] = at;
      else onHit(at, number, judge(requests[stored]!, request));
    });
  });
}

/** Questions of one scope by their text; a new one is embedded once and linked with those that are alike. */
function createScope(minimum: number, states: number, embedding: Embedding): (text: string) => Question {
  const search = createNeighbourSearch(minimum);
  const known = new Map<string, Question>();
  const inOrder: Question[] = [];
  return (text) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const question: Question = { neighbours: [], storedBy: new Int32Array(states).fill(-1) };
    question.neighbours.push({ question, likeness: 1 });
    for (const { at, likeness } of nearest(search(embedding.embed(text)))) {
      const other = inOrder[at]!;
      question.neighbours.push({ question: other, likeness });
      link(other, question, likeness);
    }
    known.set(text, question);
    inOrder.push(question);
    return question;
  };
}

const nearest = (found: Neighbour[]): Neighbour[] =>
  found.sort((a, b) => b.likeness - a.likeness || a.at - b.at).slice(0, NEIGHBOURS_KEPT);

function link(question: Question, neighbour: Question, likeness: number): void {
  const { neighbours } = question;
  let place = neighbours.length;
  while (place > 1 && neighbours[place - 1]!.likeness < likeness) place -= 1;
  neighbours.splice(place, 0, { question: neighbour, likeness });
  if (neighbours.length > NEIGHBOURS_KEPT) neighbours.pop();
}

function storedAnswer(
  { neighbours }: Question,
  state: number,
  { threshold, ttlSeconds }: SemanticCacheState,
  micros: number,
  requests: readonly SemanticRequest[],
): number | null {
  for (const { question, likeness } of neighbours) {
    if (likeness < threshold) return null;
    const stored = question.storedBy[state]!;
    if (stored >= 0 && micros - requests[stored]!.micros <= ttlSeconds * 1_000_000) return stored;
  }
  return null;
}

/** By reference where both prompts have one, else by declared intent. */
function judge(stored: SemanticRequest, request: SemanticRequest): Judgement {
  if (stored.reference !== null && request.reference !== null) {
    return stored.reference === request.reference ? "right" : "wrong";
  }
  if (stored.intent !== null && request.intent !== null) {
    return stored.intent === request.intent ? "right" : "wrong";
  }
  return "unknown";
}
