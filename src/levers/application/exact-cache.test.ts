import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells, sumOf } from "../cells.js";
import { bookOf, cell, exactReuse, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { exactCache } from "./exact-cache.js";

const book = bookOf();
const hour = { cluster: "chat", model: null, parameters: { ttlSeconds: 3600 } };

describe("exact cache", () => {
  it("removes replayed hits with the tokens that they were billed for", () => {
    const before = workload([cell()], { exactReuse: [exactReuse()] });

    const { workload: after, touchedRequests } = exactCache.apply(before, hour, book);

    // 100,000 x 10 + 10,000 x 30 USD a million = 1.30; without the hits 60,000 x 10 + 6,000 x 30 = 0.78.
    expect(priceCells(before.cells, book, before.pricedAt)).toBe(parseUsd("1.3"));
    expect(priceCells(after.cells, book, after.pricedAt)).toBe(parseUsd("0.78"));
    expect(after.cells[0]).toMatchObject({ requests: 60, inputTokens: 60_000, outputTokens: 6_000 });
    expect(touchedRequests).toBe(40);
  });

  it("takes cached, written and reasoning tokens out of their own kinds", () => {
    const given = cell({
      cachedInputTokens: 30_000,
      cacheWriteTokens: 20_000,
      cacheWrite1hTokens: 5_000,
      reasoningTokens: 4_000,
    });
    const hits = exactReuse({
      hitCachedInputTokens: 10_000,
      hitCacheWriteTokens: 8_000,
      hitCacheWrite1hTokens: 2_000,
      hitReasoningTokens: 1_000,
    });

    const after = exactCache.apply(workload([given], { exactReuse: [hits] }), hour, book).workload.cells[0];

    expect(after).toMatchObject({
      inputTokens: 60_000,
      cachedInputTokens: 20_000,
      cacheWriteTokens: 12_000,
      cacheWrite1hTokens: 3_000,
      outputTokens: 6_000,
      reasoningTokens: 3_000,
    });
  });

  it("splits hits over cells that differ in status only, in whole tokens, never below zero", () => {
    const cells = [
      cell({ requests: 1, inputTokens: 7, cachedInputTokens: 7, outputTokens: 1 }),
      cell({ requests: 2, inputTokens: 11, cachedInputTokens: 0, outputTokens: 3, status: "error" }),
    ];
    const hits = exactReuse({ hits: 2, hitInputTokens: 12, hitCachedInputTokens: 3, hitOutputTokens: 2 });

    const after = exactCache.apply(workload(cells, { exactReuse: [hits] }), hour, book).workload.cells;

    expect(sumOf(after, (c) => c.requests)).toBe(1);
    expect(sumOf(after, (c) => c.inputTokens)).toBe(6);
    expect(sumOf(after, (c) => c.cachedInputTokens)).toBe(4);
    for (const c of after) expect(c.cachedInputTokens).toBeLessThanOrEqual(c.inputTokens);
  });

  it("never removes more than there is", () => {
    const hits = exactReuse({ hits: 1_000, hitInputTokens: 10_000_000, hitOutputTokens: 10_000_000 });

    const after = exactCache.apply(workload([cell()], { exactReuse: [hits] }), hour, book);

    expect(after.workload.cells[0]).toMatchObject({ requests: 0, inputTokens: 0, outputTokens: 0 });
    expect(after.touchedRequests).toBe(100);
  });

  it("leaves other clusters and models alone", () => {
    const cells = [cell({ cluster: "search" }), cell({ model: "medium" })];

    const after = exactCache.apply(workload(cells, { exactReuse: [exactReuse()] }), hour, book);

    expect(after.workload.cells).toEqual(cells);
    expect(after.touchedRequests).toBe(0);
  });

  it("hands prompt caching the prefix reuse that was replayed behind the same time-to-live", () => {
    const before = workload([cell()], {
      exactReuse: [exactReuse()],
      prefixReuse: [
        prefixReuse({ hitTokens: 50_000 }),
        prefixReuse({ hitTokens: 20_000, afterExactTtlSeconds: 3600 }),
        prefixReuse({ hitTokens: 10_000, afterExactTtlSeconds: 86_400 }),
        prefixReuse({ cluster: "search" }),
      ],
    });

    const { prefixReuse: after } = exactCache.apply(before, hour, book).workload;

    expect(
      after.map(({ cluster, hitTokens, afterExactTtlSeconds }) => [cluster, hitTokens, afterExactTtlSeconds]),
    ).toEqual([
      ["chat", 20_000, null],
      ["search", 50_000, null],
    ]);
  });

  it("proposes each replayed time-to-live up to the policy's, only where something was hit", () => {
    const given = workload([cell(), cell({ cluster: "search" })], {
      exactReuse: [
        exactReuse({ ttlSeconds: 300 }),
        exactReuse({ ttlSeconds: 86_400 }),
        exactReuse({ ttlSeconds: 604_800 }),
        exactReuse({ cluster: "search", hits: 0 }),
      ],
    });

    const proposals = exactCache.propose(given, limits({ exactCacheClusters: new Set(["chat"]) }), book);

    expect(proposals).toEqual([
      { cluster: "chat", model: null, parameters: { ttlSeconds: 300 }, attested: true },
      { cluster: "chat", model: null, parameters: { ttlSeconds: 86_400 }, attested: true },
    ]);
  });

  it("calls its conditions assumed unless the policy attests the cluster", () => {
    const given = workload([cell()], { exactReuse: [exactReuse()] });
    const [assumed] = exactCache.propose(given, limits(), book);
    const [attested] = exactCache.propose(given, limits({ exactCacheClusters: new Set(["chat"]) }), book);

    expect(exactCache.apply(given, assumed!, book).evidence).toMatchObject({ attested: false });
    expect(exactCache.apply(given, attested!, book).evidence).toMatchObject({
      kind: "structural",
      attested: true,
    });
  });
});
