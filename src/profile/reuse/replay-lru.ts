/** One request as a prefix cache sees it; blocks are chained, so equal numbers mean equal prefixes up to there. */
export interface PrefixRequest {
  readonly blocks: readonly (string | number)[];
  readonly blockTokens: number;
  readonly inputTokens: number;
}

export interface PrefixHit {
  /** Leading blocks that were in the cache before the request. */
  readonly blocks: number;
  /** Their tokens, at most the input's. */
  readonly tokens: number;
}

/**
 * Replays the prefix cache of a self-hosted engine: so many blocks, the least recently used one out. Requests come in
 * time order; each counts its leading blocks in the cache (a miss ends the prefix), then touches or stores all of its
 * blocks in order. The rule is that of the Mooncake traces (FAST '25).
 *
 * `capacityBlocks` may be Infinity. State is the cache itself: memory grows with the capacity.
 */
export function createPrefixLru(capacityBlocks: number): (request: PrefixRequest) => PrefixHit {
  // A Set iterates in the order of insertion, so its first entry is the least recently used one.
  const cached = new Set<string | number>();
  return ({ blocks, blockTokens, inputTokens }) => {
    let leading = 0;
    while (leading < blocks.length && cached.has(blocks[leading]!)) leading += 1;
    for (const block of blocks) {
      cached.delete(block);
      cached.add(block);
      if (cached.size > capacityBlocks) cached.delete(cached.values().next().value!);
    }
    return { blocks: leading, tokens: Math.min(leading * blockTokens, inputTokens) };
  };
}

/** Share of all input tokens that the cache would have held, 0..1: the prefix-hit share of a fleet's requests. */
export function prefixHitShare(requests: Iterable<PrefixRequest>, capacityBlocks: number): number {
  const replay = createPrefixLru(capacityBlocks);
  let hits = 0;
  let input = 0;
  for (const request of requests) {
    hits += replay(request).tokens;
    input += request.inputTokens;
  }
  return input === 0 ? 0 : hits / input;
}
