import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells, sumOf } from "../cells.js";
import { bookOf, cell, limits, prefixReuse, ROWS, rates, row, workload } from "../fixtures/workloads.js";
import { longContextTier } from "./long-context-tier.js";

const THRESHOLD = 200_000;
const tiered = row("tiered", rates("3", "15"), {
  tiers: [
    { aboveInputTokens: 0, rates: rates("3", "15") },
    { aboveInputTokens: THRESHOLD, rates: rates("6", "22.5") },
  ],
});
const book = bookOf([...ROWS, tiered]);
const by = (trimShare: number) => ({
  cluster: "chat",
  model: { provider: "acme", model: "tiered" },
  parameters: { trimShare },
});
/** 100 requests, 5,000 tokens above the threshold on average. */
const long = cell({
  ...{ model: "tiered", contextClass: THRESHOLD, requests: 100 },
  ...{ inputTokens: 20_500_000, outputTokens: 100_000 },
});

describe("long-context tier", () => {
  it("moves as many requests below the threshold as their mean surely allows", () => {
    const given = workload([long]);

    const after = longContextTier.apply(given, by(0.2), book);

    // A cut of a fifth removes up to 50,000 tokens of excess; with a mean of 5,000 at least 9 of 10 have less.
    expect(after.touchedRequests).toBe(90);
    const [rest, moved] = after.workload.cells;
    expect(moved).toMatchObject({
      requests: 90,
      contextClass: 0,
      inputTokens: 18_000_000,
      outputTokens: 90_000,
    });
    expect(rest).toMatchObject({
      requests: 10,
      contextClass: THRESHOLD,
      inputTokens: 2_500_000,
      outputTokens: 10_000,
    });
    // 18 million at 3 and 90,000 at 15, 2.5 million at 6 and 10,000 at 22.5; before, all at 6 and 22.5.
    expect(priceCells(given.cells, book, given.pricedAt)).toBe(parseUsd("125.25"));
    expect(priceCells(after.workload.cells, book, given.pricedAt)).toBe(parseUsd("70.575"));
    expect(after.evidence).toMatchObject({ kind: "quality", variant: "trim-long:0.2" });
  });

  it("keeps every token and request, and never moves what may not fit", () => {
    const count = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(
        count,
        fc.integer({ min: 1, max: 120_000 }),
        count,
        fc.constantFrom(0.1, 0.25),
        (requests, excess, output, share) => {
          const inputTokens = requests * (THRESHOLD + excess);
          const cachedInputTokens = Math.floor(inputTokens / 3);
          const given = cell({
            ...long,
            requests,
            inputTokens,
            cachedInputTokens,
            outputTokens: requests * output,
          });

          const { cells } = longContextTier.apply(workload([given]), by(share), book).workload;

          for (const field of ["requests", "inputTokens", "cachedInputTokens", "outputTokens"] as const) {
            expect(sumOf(cells, (part) => part[field])).toBe(given[field]);
          }
          const below = cells.find(({ contextClass }) => contextClass < THRESHOLD);
          if (below === undefined) return;
          expect(below.inputTokens).toBeLessThanOrEqual(below.requests * THRESHOLD);
          // Were every unmoved request at the largest excess, the mean would be above the one that was seen.
          const largest = (THRESHOLD * share) / (1 - share);
          expect((requests - below.requests) * largest).toBeGreaterThanOrEqual(requests * excess - 1e-6);
        },
      ),
    );
  });

  it("claims no prefix reuse of requests that are cut", () => {
    const rows = [
      prefixReuse({ model: "tiered", contextClass: THRESHOLD, hitTokens: 50_000 }),
      prefixReuse(),
    ];

    const { prefixReuse: after } = longContextTier.apply(
      workload([long, cell()], { prefixReuse: rows }),
      by(0.2),
      book,
    ).workload;

    expect(after.map(({ hitTokens }) => hitTokens)).toEqual([5_000, 50_000]);
  });

  it("is proposed only where the price list has tiers and some requests are close enough", () => {
    const shares = (given: Partial<typeof long>) =>
      longContextTier
        .propose(workload([{ ...long, ...given }]), limits(), book)
        .map(({ parameters }) => parameters.trimShare);

    expect(shares({})).toEqual([0.1, 0.25]);
    expect(shares({ inputTokens: 23_000_000 })).toEqual([0.25]);
    expect(shares({ inputTokens: 40_000_000 })).toEqual([]);
    expect(shares({ contextClass: 0, inputTokens: 10_000_000 })).toEqual([]);
    expect(shares({ model: "large" })).toEqual([]);
    expect(shares({ fleet: "own" })).toEqual([]);
  });
});
