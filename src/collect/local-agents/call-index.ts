import type { AgentCall, MessageIdentity } from "./agent.js";

/** A call, and the line that it stands on. */
export interface LocatedCall {
  readonly call: AgentCall;
  /** Position of the file in reading order. */
  readonly file: number;
  readonly line: number;
}

/**
 * Keeps one line per call where a log writes several: a streamed message is logged with every block of it, resumed
 * sessions copy their past, and a side conversation replays its parent's messages under new request ids. Memory
 * grows with the number of distinct calls, not with the size of the logs.
 */
export interface CallIndex {
  /** Takes a call in; returns the one that is thereby known to be a repeat (the new one or an older), if any. */
  add(candidate: LocatedCall): LocatedCall | null;
  /** What was kept, in reading order. */
  kept(): LocatedCall[];
}

export function createCallIndex(): CallIndex {
  const byMessage = new Map<string, LocatedCall[]>();
  const withoutId: LocatedCall[] = [];
  return {
    add(candidate) {
      const identity = candidate.call.message;
      if (identity === null) {
        withoutId.push(candidate);
        return null;
      }
      const known = byMessage.get(identity.messageId);
      if (known === undefined) {
        byMessage.set(identity.messageId, [candidate]);
        return null;
      }
      const index = findSame(known, candidate.call, identity);
      if (index === -1) {
        known.push(candidate);
        return null;
      }
      const existing = known[index]!;
      if (!isBetter(candidate.call, existing.call)) return candidate;
      known[index] = candidate;
      return existing;
    },
    kept() {
      const all = [...withoutId, ...[...byMessage.values()].flat()];
      return all.sort((left, right) => left.file - right.file || left.line - right.line);
    },
  };
}

/** The same message and request; else the same message where one of the two is a side conversation's copy. */
function findSame(known: readonly LocatedCall[], call: AgentCall, identity: MessageIdentity): number {
  const exact = known.findIndex((other) => other.call.message?.requestId === identity.requestId);
  return exact === -1 ? known.findIndex((other) => call.sidechain || other.call.sidechain) : exact;
}

/** The original before its replay; then the fuller count, since a streamed message's usage only grows. */
function isBetter(candidate: AgentCall, existing: AgentCall): boolean {
  if (candidate.sidechain !== existing.sidechain) return existing.sidechain;
  const difference =
    candidate.inputTokens + candidate.outputTokens - existing.inputTokens - existing.outputTokens;
  if (difference !== 0) return difference > 0;
  return candidate.message?.statesSpeed === true && existing.message?.statesSpeed === false;
}
