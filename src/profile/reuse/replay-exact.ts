/** A request whose hash occurs again in its group; groups and times ascend. */
export interface RepeatedRequest {
  readonly groupId: number;
  readonly micros: number;
}

/**
 * Replays a whole-request cache for several lifetimes at once. A hit serves the stored answer and does not renew it;
 * once the answer is older than the lifetime the next request is a miss and stores a new one. That makes each hit
 * depend on the misses before it, which no window function expresses, so it runs here over sorted rows, with one
 * instant per lifetime as its only state. The answer has bit i set for a hit under lifetime i.
 */
export function createExactReplay(ttlSeconds: readonly number[]): (request: RepeatedRequest) => number {
  const lifetimes = ttlSeconds.map((seconds) => seconds * 1_000_000);
  const storedAt = lifetimes.map(() => Number.NEGATIVE_INFINITY);
  let group: number | null = null;
  return ({ groupId, micros }) => {
    if (groupId !== group) {
      group = groupId;
      storedAt.fill(Number.NEGATIVE_INFINITY);
    }
    let mask = 0;
    for (let at = 0; at < lifetimes.length; at += 1) {
      if (micros - storedAt[at]! <= lifetimes[at]!) mask |= 1 << at;
      else storedAt[at] = micros;
    }
    return mask;
  };
}
