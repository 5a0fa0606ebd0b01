import { describe, expect, it } from "vitest";
import { conversationWindow } from "../fixtures/side-tables.js";
import { bookOf, cell, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { contextWindow } from "./context-window.js";
import { promptCaching } from "./prompt-caching.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const keep4 = { cluster: "chat", model: large, parameters: { keepTurns: 4 } };

describe("sliding window", () => {
  it("cuts the replayed tokens of old turns", () => {
    const given = workload([cell()], { conversations: [conversationWindow()] });

    const { workload: after, touchedRequests, evidence } = contextWindow.apply(given, keep4, book);

    expect(after.cells[0]).toMatchObject({ requests: 100, inputTokens: 75_000, outputTokens: 10_000 });
    expect(touchedRequests).toBe(40);
    expect(evidence).toMatchObject({ kind: "quality", variant: "context-window:4" });
  });

  it("makes cache reads behind the first turn plain input, which can cost more than the cut saves", () => {
    const cached = cell({ cachedInputTokens: 60_000, cacheWriteTokens: 20_000, cacheWrite1hTokens: 5_000 });
    const given = workload([cached], {
      conversations: [
        conversationWindow({
          cutTokens: 25_000,
          lostCachedTokens: 40_000,
          lostCacheWriteTokens: 8_000,
          lostCacheWrite1hTokens: 3_000,
        }),
      ],
    });

    const [after] = contextWindow.apply(given, keep4, book).workload.cells;

    // Plain before 20,000; plus 48,000 that is no longer read or written, less 25,000.
    expect(after).toMatchObject({
      inputTokens: 75_000,
      cachedInputTokens: 20_000,
      cacheWriteTokens: 12_000,
      cacheWrite1hTokens: 2_000,
    });
  });

  it("leaves prompt caching only the reads of the first turn", () => {
    const given = workload([cell()], {
      conversations: [conversationWindow({ shiftedTokens: 45_000 })],
      prefixReuse: [prefixReuse({ hitTokens: 60_000 })],
    });
    const caching = { cluster: "chat", model: null, parameters: { ttlSeconds: 300 } };

    const trimmed = contextWindow.apply(given, keep4, book).workload;

    expect(promptCaching.apply(given, caching, book).workload.cells[0]!.cachedInputTokens).toBe(60_000);
    expect(promptCaching.apply(trimmed, caching, book).workload.cells[0]!.cachedInputTokens).toBe(15_000);
  });

  it("proposes each window that cuts anything", () => {
    const given = workload([cell()], {
      conversations: [conversationWindow(), conversationWindow({ keepTurns: 16, cutTokens: 0, requests: 0 })],
    });

    expect(contextWindow.propose(given, limits(), book)).toEqual([keep4]);
  });
});
