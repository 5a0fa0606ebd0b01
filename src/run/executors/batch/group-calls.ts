import type { ModelCall } from "../../contract.js";
import { refLabel } from "../../inputs/questions.js";

interface Room {
  readonly requests: number;
  readonly bytes: number;
  /** The call as it would stand in the batch. */
  readonly line: string;
}

/** Bytes between lines, and what the custom id's token adds. */
const OVERHEAD_BYTES = 64;

/** Calls that may share a batch: one model, one endpoint (OpenAI takes no other mix), within the provider's limits. */
export function groupCalls(
  calls: readonly ModelCall[],
  roomFor: (call: ModelCall) => Room,
): readonly (readonly ModelCall[])[] {
  const groups: ModelCall[][] = [];
  const open = new Map<string, { readonly calls: ModelCall[]; bytes: number }>();
  for (const call of calls) {
    const key = `${refLabel(call)}\0${call.embed === undefined}`;
    const { requests, bytes, line } = roomFor(call);
    const size = Buffer.byteLength(line) + OVERHEAD_BYTES;
    const group = open.get(key);
    if (group !== undefined && group.calls.length < requests && group.bytes + size <= bytes) {
      group.calls.push(call);
      group.bytes += size;
      continue;
    }
    const started = { calls: [call], bytes: size };
    open.set(key, started);
    groups.push(started.calls);
  }
  return groups;
}
