import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import { bookOf, cell, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { batchApi } from "./batch-api.js";

const book = bookOf();
const proposal = { cluster: "chat", model: null, parameters: { completionWindow: "24h" as const } };

describe("batch interface", () => {
  it("bills the same tokens at the batch price", () => {
    const after = batchApi.apply(workload([cell()]), proposal, book);

    // (100,000 x 10 + 10,000 x 30) / 2 USD a million.
    expect(priceCells(after.workload.cells, book, after.workload.pricedAt)).toBe(parseUsd("0.65"));
    expect(after.touchedRequests).toBe(100);
  });

  it("counts no prompt-cache benefit inside a batch", () => {
    const given = workload([cell({ cachedInputTokens: 60_000, cacheWriteTokens: 5_000 })], {
      prefixReuse: [prefixReuse()],
    });

    const { cells, prefixReuse: reuse } = batchApi.apply(given, proposal, book).workload;

    expect(cells[0]).toMatchObject({ inputTokens: 100_000, cachedInputTokens: 0, cacheWriteTokens: 0 });
    expect(reuse).toEqual([]);
  });

  it.each([
    { name: "models without a batch price", given: cell({ model: "large-two" }) },
    { name: "models without any price", given: cell({ model: "unheard-of" }) },
    { name: "requests that are batched already", given: cell({ batch: true }) },
    { name: "requests on a batch service tier", given: cell({ serviceTier: "batch" }) },
    { name: "what a fleet serves", given: cell({ fleet: "own" }) },
    { name: "other clusters", given: cell({ cluster: "search" }) },
  ])("leaves $name as they are", ({ given }) => {
    const after = batchApi.apply(workload([given]), proposal, book);

    expect(after.workload.cells).toEqual([given]);
    expect(after.touchedRequests).toBe(0);
  });

  it("is proposed only for clusters whose callers tolerate the delay", () => {
    const given = workload([cell(), cell({ cluster: "digest" })]);

    expect(batchApi.propose(given, limits(), book)).toEqual([]);
    expect(batchApi.propose(given, limits({ batchTolerantClusters: new Set(["digest"]) }), book)).toEqual([
      { cluster: "digest", model: null, parameters: { completionWindow: "24h" }, attested: true },
    ]);
  });
});
