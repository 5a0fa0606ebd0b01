import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Embedding } from "../clusters/embed.js";
import {
  type Judgement,
  replaySemantic,
  type SemanticCacheState,
  type SemanticRequest,
} from "./replay-semantic.js";

/** Texts are angles in degrees: likeness is the cosine of their difference. */
const circle: Embedding = {
  embed: (text) => {
    const angle = (Number(text) * Math.PI) / 180;
    return {
      indices: Uint16Array.from([0, 1]),
      values: Float32Array.from([Math.cos(angle), Math.sin(angle)]),
    };
  },
};

const request = (second: number, degrees: number, rest: Partial<SemanticRequest> = {}): SemanticRequest => ({
  micros: second * 1_000_000,
  scope: "faq",
  question: `${degrees}`,
  exactMask: 0,
  reference: null,
  intent: null,
  ...rest,
});

function hitsOf(requests: readonly SemanticRequest[], states: readonly SemanticCacheState[]) {
  const hits: [request: number, state: number, judgement: Judgement][] = [];
  replaySemantic(requests, states, circle, (...hit) => hits.push(hit));
  return hits;
}

/** Cosine of 10 degrees is 0.985, of 25 degrees 0.906, of 45 degrees 0.707. */
const strict = { threshold: 0.98, ttlSeconds: 60, exactBit: 0 };
const lax = { threshold: 0.9, ttlSeconds: 60, exactBit: 0 };

describe("the replayed semantic cache", () => {
  it("serves what is alike enough, and only from what was asked before", () => {
    expect(hitsOf([request(0, 10), request(1, 20), request(2, 35), request(3, 80)], [strict, lax])).toEqual([
      [1, 0, "unknown"],
      [1, 1, "unknown"],
      [2, 1, "unknown"],
    ]);
  });

  it("does not drift: a hit stores nothing for the next one to be alike to", () => {
    // 30 is alike to 20, but only the answer to 10 is stored.
    expect(hitsOf([request(0, 10), request(1, 20), request(2, 30)], [strict])).toEqual([[1, 0, "unknown"]]);
  });

  it("does not renew an answer, and stores a new one when it has expired", () => {
    const seconds = [0, 40, 80, 120];
    expect(
      hitsOf(
        seconds.map((second) => request(second, 10)),
        [strict],
      ).map(([at]) => at),
    ).toEqual([1, 3]);
  });

  it("never serves across scopes", () => {
    expect(hitsOf([request(0, 10), request(1, 10, { scope: "other" })], [lax])).toEqual([]);
  });

  it("sees only what the exact cache before it lets through", () => {
    const behind = { ...lax, exactBit: 2 };
    const requests = [request(0, 10), request(1, 10, { exactMask: 2 }), request(2, 12)];

    expect(hitsOf(requests, [lax, behind]).map(([at, state]) => [at, state])).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
  });

  it("judges a hit by references where both have one, else by intents, else not at all", () => {
    const judged = (stored: Partial<SemanticRequest>, asked: Partial<SemanticRequest>) =>
      hitsOf([request(0, 10, stored), request(1, 10, asked)], [lax])[0]![2];

    expect(judged({ reference: "a", intent: "x" }, { reference: "a", intent: "y" })).toBe("right");
    expect(judged({ reference: "a" }, { reference: "b" })).toBe("wrong");
    expect(judged({ intent: "x" }, { reference: "b", intent: "y" })).toBe("wrong");
    expect(judged({ reference: "a" }, { intent: "x" })).toBe("unknown");
  });

  it("equals a replay that compares each request with every stored answer", () => {
    const anyRequest = fc.record({
      second: fc.integer({ min: 0, max: 200 }),
      degrees: fc.integer({ min: 0, max: 18 }).map((step) => step * 5),
      scope: fc.constantFrom("faq", "chat"),
      exactMask: fc.constantFrom(0, 0, 2),
    });
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 40 }), (drawn) => {
        const requests = drawn
          .map(({ second, degrees, ...rest }) => request(second, degrees, rest))
          .sort((a, b) => a.micros - b.micros);
        const states = [strict, lax, { ...lax, exactBit: 2 }];

        const hits = hitsOf(requests, states);

        states.forEach((state, number) => {
          expect(hits.filter(([, at]) => at === number).map(([at]) => at)).toEqual(
            naiveHits(requests, state),
          );
        });
      }),
      { numRuns: 300 },
    );
  });
});

function naiveHits(
  requests: readonly SemanticRequest[],
  { threshold, ttlSeconds, exactBit }: SemanticCacheState,
) {
  const stored: SemanticRequest[] = [];
  const hits: number[] = [];
  requests.forEach((one, at) => {
    if ((one.exactMask & exactBit) !== 0) return;
    const served = stored.some(
      (other) =>
        other.scope === one.scope &&
        one.micros - other.micros <= ttlSeconds * 1e6 &&
        Math.cos(((Number(one.question) - Number(other.question)) * Math.PI) / 180) >= threshold,
    );
    if (served) hits.push(at);
    else stored.push(one);
  });
  return hits;
}
