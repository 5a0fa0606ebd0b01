import { describe, expect, it } from "vitest";
import { sharedPrefix } from "../fixtures/side-tables.js";
import { bookOf, cell, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { systemPrompt } from "./system-prompt.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const byHalf = { cluster: "chat", model: large, parameters: { cutShare: 0.5 } };

describe("shorter system prompt", () => {
  it("cuts a share of the prefix that requests have in common", () => {
    const given = workload([cell()], { sharedPrefixes: [sharedPrefix()] });

    const { workload: after, touchedRequests, evidence } = systemPrompt.apply(given, byHalf, book);

    expect(after.cells[0]).toMatchObject({ requests: 100, inputTokens: 70_000, outputTokens: 10_000 });
    expect(after.sharedPrefixes[0]!.tokens).toBe(30_000);
    expect(touchedRequests).toBe(100);
    expect(evidence).toMatchObject({ kind: "quality", variant: "system-prompt:0.5" });
  });

  it("saves the cached rate only where a cache reads the prefix already", () => {
    const given = workload([cell({ cachedInputTokens: 40_000 })], { sharedPrefixes: [sharedPrefix()] });

    const [after] = systemPrompt.apply(given, byHalf, book).workload.cells;

    // Of 30,000 tokens that go 20,000 were read from the cache.
    expect(after).toMatchObject({ inputTokens: 70_000, cachedInputTokens: 20_000 });
  });

  it("ends replayed reads where the prefix falls below the smallest that a cache takes", () => {
    const rows = [prefixReuse({ requests: 100, hitTokens: 90_000, writeTokens: 30_000 })];
    const prefixAfter = (minimumTokens: number) =>
      systemPrompt.apply(
        workload([cell({ inputTokens: 200_000 })], {
          sharedPrefixes: [sharedPrefix()],
          prefixReuse: rows.map((row) => ({ ...row, minimumTokens })),
        }),
        byHalf,
        book,
      ).workload.prefixReuse;

    // 1,200 tokens a request before, 900 after.
    expect(prefixAfter(512).map(({ hitTokens }) => hitTokens)).toEqual([60_000]);
    expect(prefixAfter(1024)).toEqual([]);
  });

  it("is proposed for prefixes long enough to hold something twice", () => {
    const proposals = (tokens: number) =>
      systemPrompt.propose(
        workload([cell()], { sharedPrefixes: [sharedPrefix({ tokens })] }),
        limits(),
        book,
      );

    expect(proposals(60_000).map(({ parameters }) => parameters.cutShare)).toEqual([0.25, 0.5]);
    expect(proposals(30_000)).toEqual([]);
  });
});
