import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import { semanticReuse } from "../fixtures/side-tables.js";
import { bookOf, cell, exactReuse, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { exactCache } from "./exact-cache.js";
import { semanticCache } from "./semantic-cache.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const at95 = { cluster: "chat", model: large, parameters: { threshold: 0.95, ttlSeconds: 3600 } };

describe("semantic cache", () => {
  it("removes the replayed hits of its threshold with the tokens that they were billed for", () => {
    const given = workload([cell()], {
      semanticReuse: [semanticReuse(), semanticReuse({ threshold: 0.8, hits: 60, inputTokens: 60_000 })],
    });

    const { workload: after, touchedRequests, evidence } = semanticCache.apply(given, at95, book);

    // 70,000 x 10 + 7,000 x 30 USD a million.
    expect(priceCells(after.cells, book, after.pricedAt)).toBe(parseUsd("0.91"));
    expect(touchedRequests).toBe(30);
    expect(evidence).toEqual({
      kind: "quality",
      cluster: "chat",
      baseline: large,
      candidate: large,
      variant: "semantic-cache:0.95",
    });
  });

  it("behind an exact cache serves only what that lets through, as replayed behind it", () => {
    const given = workload([cell()], {
      exactReuse: [exactReuse({ hits: 20, hitInputTokens: 20_000, hitOutputTokens: 2_000 })],
      semanticReuse: [
        semanticReuse(),
        semanticReuse({ afterExactTtlSeconds: 3600, hits: 12, inputTokens: 11_500, outputTokens: 1_100 }),
        semanticReuse({ afterExactTtlSeconds: 300, hits: 25 }),
      ],
    });
    const exact = { cluster: "chat", model: null, parameters: { ttlSeconds: 3600 } };

    const behind = exactCache.apply(given, exact, book).workload;
    const { workload: after, touchedRequests } = semanticCache.apply(behind, at95, book);

    expect(touchedRequests).toBe(12);
    expect(after.cells[0]).toMatchObject({ requests: 68, inputTokens: 68_500, outputTokens: 6_900 });
  });

  it("says how many judged hits were wrong, with the exact upper bound", () => {
    const text = (judgedHits: number, falseHits: number) => {
      const given = workload([cell()], { semanticReuse: [semanticReuse({ judgedHits, falseHits })] });
      return semanticCache.apply(given, at95, book).assumptions[0]!.text;
    };

    // 0 of 20: 1 - 0.05^(1/20) = 13.9 %.
    expect(text(20, 0)).toContain("at most 13.9 %");
    expect(text(20, 3)).toContain("Of 20 hits that can be judged 3 would have served a wrong answer");
    expect(text(0, 0)).toContain("No hit can be judged");
  });

  it("takes replayed prompt-cache reads along, by the most that can be lost", () => {
    const given = workload([cell()], {
      semanticReuse: [semanticReuse({ inputTokens: 10_000 })],
      prefixReuse: [prefixReuse({ hitTokens: 50_000, writeTokens: 10_000 })],
    });

    const { prefixReuse: after } = semanticCache.apply(given, at95, book).workload;

    expect(after).toEqual([prefixReuse({ hitTokens: 30_000, writeTokens: 20_000 })]);
  });

  it("proposes the longest lifetime allowed, and laxer thresholds only where they serve more", () => {
    const given = workload([cell()], {
      semanticReuse: [
        semanticReuse({ threshold: 0.98, hits: 10 }),
        semanticReuse({ threshold: 0.95, hits: 10 }),
        semanticReuse({ threshold: 0.9, hits: 15 }),
        semanticReuse({ threshold: 0.9, ttlSeconds: 300, hits: 5 }),
        semanticReuse({ threshold: 0.9, ttlSeconds: 604_800, hits: 40 }),
      ],
    });

    const proposals = semanticCache.propose(given, limits({ exactCacheMaximumTtlSeconds: 86_400 }), book);

    expect(proposals.map(({ model, parameters }) => [model, parameters])).toEqual([
      [large, { threshold: 0.98, ttlSeconds: 3600 }],
      [large, { threshold: 0.9, ttlSeconds: 3600 }],
    ]);
  });

  it("is not proposed where it would serve no more than an exact cache", () => {
    const given = workload([cell()], {
      exactReuse: [exactReuse({ hits: 30 })],
      semanticReuse: [semanticReuse({ hits: 30 })],
    });

    expect(semanticCache.propose(given, limits(), book)).toEqual([]);
  });
});
