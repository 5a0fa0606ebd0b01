import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPrefixLru, type PrefixRequest, prefixHitShare } from "./replay-lru.js";

const ask = (...blocks: string[]): PrefixRequest => ({
  blocks,
  blockTokens: 10,
  inputTokens: blocks.length * 10,
});
const hits = (capacity: number, requests: readonly PrefixRequest[]) => {
  const replay = createPrefixLru(capacity);
  return requests.map((request) => replay(request).blocks);
};

describe("the prefix cache of an engine", () => {
  it("counts leading blocks only, from what was there before the request", () => {
    expect(hits(10, [ask("a", "b", "c"), ask("a", "x", "c"), ask("a", "x", "c", "d")])).toEqual([0, 1, 3]);
  });

  it("drops the least recently used block, and a touch renews", () => {
    // a is touched again before d pushes b out.
    expect(hits(3, [ask("a"), ask("b"), ask("c"), ask("a"), ask("d"), ask("b"), ask("a")])).toEqual([
      0, 0, 0, 1, 0, 0, 1,
    ]);
  });

  it("stores a request that is larger than itself without growing past its capacity", () => {
    expect(hits(2, [ask("a", "b", "c"), ask("a"), ask("c")])).toEqual([0, 0, 1]);
  });

  it("never reads more tokens than the input has", () => {
    const replay = createPrefixLru(10);
    const short = { blocks: ["a", "b"], blockTokens: 10, inputTokens: 13 };
    replay(short);

    expect(replay(short)).toEqual({ blocks: 2, tokens: 13 });
    expect(prefixHitShare([short, short], 10)).toBe(0.5);
    expect(prefixHitShare([], 10)).toBe(0);
  });

  it("never hits less with more room", () => {
    // Least recently used has no Belady anomaly: what a smaller cache holds, a larger one holds too.
    const anyRequest = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(anyRequest, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        (drawn, capacity) => {
          const requests = drawn.map((blocks) => ask(...blocks));
          const [small, large] = [hits(capacity, requests), hits(capacity + 1, requests)];

          small.forEach((count, at) => {
            expect(large[at]!).toBeGreaterThanOrEqual(count);
          });
        },
      ),
    );
  });
});
