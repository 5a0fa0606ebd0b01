import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import { bookOf, cell, limits, prefixReuse, ROWS, workload } from "../fixtures/workloads.js";
import { promptCaching } from "./prompt-caching.js";

const book = bookOf();
const fiveMinutes = { cluster: "chat", model: null, parameters: { ttlSeconds: 300 }, attested: true };
const oneHour = { ...fiveMinutes, parameters: { ttlSeconds: 3600 } };

describe("prompt caching", () => {
  it("leaves what a fleet serves as it is: no provider bills it by the token", () => {
    const given = cell({ fleet: "own" });
    const proposal = { cluster: "chat", model: null, parameters: { ttlSeconds: 300 } };

    const after = promptCaching.apply(workload([given], { prefixReuse: [prefixReuse()] }), proposal, book);

    expect(after.workload.cells).toEqual([given]);
    expect(after.touchedRequests).toBe(0);
  });

  it("bills replayed reads at the cached rate and writes at the write rate", () => {
    const given = workload([cell()], { prefixReuse: [prefixReuse()] });

    const after = promptCaching.apply(given, fiveMinutes, book);

    // 40,000 x 10 + 50,000 x 1 + 10,000 x 12.5 + 10,000 x 30 USD a million.
    expect(priceCells(after.workload.cells, book, given.pricedAt)).toBe(parseUsd("0.875"));
    expect(after.touchedRequests).toBe(80);
  });

  it("costs more than it saves where prefixes are written and hardly read", () => {
    const given = workload([cell()], {
      prefixReuse: [prefixReuse({ hitTokens: 1_000, writeTokens: 90_000 })],
    });

    const { cells } = promptCaching.apply(given, fiveMinutes, book).workload;

    // Writes add 90,000 x 2.5, reads save 1,000 x 9 USD a million: 1.30 + 0.225 - 0.009.
    expect(priceCells(cells, book, given.pricedAt)).toBe(parseUsd("1.516"));
  });

  it("counts cached tokens once: the replay replaces what the log shows, where it finds more", () => {
    const given = workload([cell({ cachedInputTokens: 30_000, cacheWriteTokens: 4_000 })], {
      prefixReuse: [prefixReuse()],
    });

    expect(promptCaching.apply(given, fiveMinutes, book).workload.cells[0]).toMatchObject({
      inputTokens: 100_000,
      cachedInputTokens: 50_000,
      cacheWriteTokens: 10_000,
    });
  });

  it("changes nothing where the log already shows as many cached tokens", () => {
    const given = workload([cell({ cachedInputTokens: 50_000, cacheWriteTokens: 4_000 })], {
      prefixReuse: [prefixReuse()],
    });

    const after = promptCaching.apply(given, fiveMinutes, book);

    expect(after.workload.cells).toEqual(given.cells);
    expect(after.touchedRequests).toBe(0);
  });

  it("bills one-hour writes at their own rate", () => {
    const given = workload([cell()], { prefixReuse: [prefixReuse({ ttlSeconds: 3600 })] });

    const { cells } = promptCaching.apply(given, oneHour, book).workload;

    // 40,000 x 10 + 50,000 x 1 + 10,000 x 20 + 10,000 x 30 USD a million.
    expect(priceCells(cells, book, given.pricedAt)).toBe(parseUsd("0.95"));
  });

  it("spreads reads and writes over cells within each cell's own input", () => {
    const cells = [cell({ inputTokens: 9 }), cell({ inputTokens: 4, region: "eu-2" })];
    const given = workload(cells, { prefixReuse: [prefixReuse({ hitTokens: 8, writeTokens: 50 })] });

    const after = promptCaching.apply(given, fiveMinutes, book).workload.cells;

    expect(after.map((c) => c.cachedInputTokens + c.cacheWriteTokens)).toEqual([9, 4]);
    expect(after.reduce((sum, c) => sum + c.cachedInputTokens, 0)).toBe(8);
  });

  it.each([
    { name: "models without a prompt cache", change: { model: "large-two" } },
    { name: "models without a price", change: { model: "unheard-of" } },
    { name: "batched requests", change: { batch: true } },
  ])("leaves $name alone", ({ change }) => {
    const given = workload([cell(change)], { prefixReuse: [prefixReuse(change)] });

    expect(promptCaching.apply(given, fiveMinutes, book).workload.cells).toEqual(given.cells);
  });

  it("does not use a one-hour replay where the provider sells no one-hour write", () => {
    const change = { model: "medium" };
    const given = workload([cell(change)], { prefixReuse: [prefixReuse({ ...change, ttlSeconds: 3600 })] });

    expect(promptCaching.apply(given, oneHour, book).workload.cells).toEqual(given.cells);
  });

  it("does not use a replay of shorter prefixes than the provider caches", () => {
    const [large, ...others] = ROWS;
    const strict = bookOf([{ ...large!, promptCache: { minimumTokens: 4096, ttlSeconds: 300 } }, ...others]);
    const given = workload([cell()], { prefixReuse: [prefixReuse()] });

    expect(promptCaching.apply(given, fiveMinutes, strict).workload.cells).toEqual(given.cells);
  });

  it("ignores reuse that was replayed behind an exact cache that is not in place", () => {
    const given = workload([cell()], { prefixReuse: [prefixReuse({ afterExactTtlSeconds: 3600 })] });

    expect(promptCaching.apply(given, fiveMinutes, book).workload.cells).toEqual(given.cells);
  });

  it("claims nothing for a cache that the provider already applies by itself", () => {
    const seen = workload([cell({ model: "automatic", cachedInputTokens: 10_000 })], {
      prefixReuse: [prefixReuse({ model: "automatic" })],
    });

    expect(promptCaching.apply(seen, fiveMinutes, book).workload.cells).toEqual(seen.cells);
  });

  it("labels an automatic cache that the log shows no trace of as assumed", () => {
    const unseen = workload([cell({ model: "automatic" })], {
      prefixReuse: [prefixReuse({ model: "automatic" })],
    });
    const [proposal] = promptCaching.propose(unseen, limits(), book);

    const { evidence, workload: after } = promptCaching.apply(unseen, proposal!, book);

    expect(evidence).toMatchObject({ kind: "structural", attested: false });
    expect(after.cells[0]).toMatchObject({ cachedInputTokens: 50_000, cacheWriteTokens: 0 });
  });
});
