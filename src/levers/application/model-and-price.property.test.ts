import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Workload, WorkloadCell } from "../../profile/contract.js";
import { picoPerToken } from "../../shared/money.js";
import { groupBy, priceCells, sumOf } from "../cells.js";
import type { Lever } from "../contract.js";
import { bookOf, cell, limits, prefixReuse, ROWS, rates, row, workload } from "../fixtures/workloads.js";
import { cascade } from "./cascade.js";
import { distillation } from "./distillation.js";
import { longContextTier } from "./long-context-tier.js";
import { route } from "./route.js";
import { serviceTier } from "./service-tier.js";

const THRESHOLD = 10_000;
const tiers = [
  { aboveInputTokens: 0, rates: rates("3", "15", { cachedInput: "0.3" }) },
  { aboveInputTokens: THRESHOLD, rates: rates("6", "22.5", { cachedInput: "0.6" }) },
];
const book = bookOf([
  ...ROWS.filter(({ model }) => model !== "small"),
  row("small", rates("1", "3"), {
    fineTuning: { model: "ft:small", trainingRate: picoPerToken("5"), verified: true },
  }),
  row("ft:small", rates("2", "6")),
  row("tiered", tiers[0]!.rates, {
    tiers,
    serviceTiers: [
      { tier: "flex", numerator: 1n, denominator: 2n, verified: true },
      { tier: "priority", numerator: 5n, denominator: 3n, verified: true },
    ],
  }),
]);
const policy = limits({
  candidateModels: [{ provider: "acme", model: "small" }],
  flexTolerantClusters: new Set(["search"]),
});

const portion = fc.double({ min: 0, max: 1, noNaN: true });
const anyCell: fc.Arbitrary<WorkloadCell> = fc
  .record({
    cluster: fc.constantFrom("chat", "search"),
    model: fc.constantFrom("large", "medium", "tiered"),
    serviceTier: fc.constantFrom(null, "priority", "flex"),
    long: fc.boolean(),
    requests: fc.integer({ min: 1, max: 5_000 }),
    excess: fc.integer({ min: 1, max: 4_000 }),
    cached: portion,
    written: portion,
    output: fc.integer({ min: 0, max: 500 }),
    reasoning: portion,
  })
  .map((d) => {
    const inputTokens = d.requests * (d.long ? THRESHOLD + d.excess : d.excess);
    const cachedInputTokens = Math.floor((inputTokens * d.cached) / 2);
    const outputTokens = d.requests * d.output;
    return cell({
      ...{ cluster: d.cluster, model: d.model, serviceTier: d.serviceTier, requests: d.requests },
      ...{ contextClass: d.long ? THRESHOLD : 0, inputTokens, cachedInputTokens, outputTokens },
      cacheWriteTokens: Math.floor(((inputTokens - cachedInputTokens) * d.written) / 2),
      reasoningTokens: Math.floor(outputTokens * d.reasoning),
    });
  });

/** At most one cell a (cluster, model, class, tier), as in a cube, with prefix reuse on the first. */
const anyWorkload: fc.Arbitrary<Workload> = fc
  .uniqueArray(anyCell, {
    minLength: 1,
    maxLength: 6,
    selector: (c) => [c.cluster, c.model, c.contextClass, c.serviceTier].join(),
  })
  .map((cells) => {
    const { cluster, model, contextClass, inputTokens } = cells[0]!;
    const reuse = prefixReuse({ cluster, model, contextClass, hitTokens: Math.floor(inputTokens / 2) });
    return workload(cells, { prefixReuse: [reuse] });
  });

const COUNTS = ["requests", "inputTokens", "outputTokens", "reasoningTokens"] as const;
const levers: readonly Lever[] = [
  route,
  cascade,
  distillation,
  serviceTier,
  longContextTier,
] as readonly Lever[];

describe.each(levers.map((lever) => ({ id: lever.id, lever })))("$id", ({ lever }) => {
  const everyProposal = (
    check: (given: Workload, proposal: Parameters<Lever["apply"]>[1]) => void,
    runs = 150,
  ) => {
    let seen = 0;
    fc.assert(
      fc.property(anyWorkload, (given) => {
        for (const proposal of lever.propose(given, policy, book)) {
          seen += 1;
          check(given, proposal);
        }
      }),
      { numRuns: runs },
    );
    // A property over no proposal at all would hold of anything.
    expect(seen).toBeGreaterThan(10);
  };

  it("keeps requests and tokens, but for those that it says are asked twice", () => {
    everyProposal((given, proposal) => {
      const { cells } = lever.apply(given, proposal, book).workload;
      const escalated = proposal.parameters.escalatedShare;
      const isOwn = (c: WorkloadCell) =>
        c.cluster === proposal.cluster && (proposal.model === null || c.model === proposal.model?.model);
      for (const field of COUNTS) {
        const before = sumOf(given.cells, (c) => c[field]);
        const twice =
          typeof escalated === "number" ? sumOf(given.cells.filter(isOwn), (c) => c[field]) * escalated : 0;
        const after = sumOf(cells, (c) => c[field]);
        expect(after - before).toBeGreaterThanOrEqual(Math.floor(twice));
        expect(after - before).toBeLessThanOrEqual(
          Math.ceil(twice) + 4 * given.cells.length * (twice > 0 ? 1 : 0),
        );
      }
    });
  });

  it("leaves whole counts, subsets within their totals, and costs no more than it found", () => {
    everyProposal((given, proposal) => {
      const { cells } = lever.apply(given, proposal, book).workload;
      for (const c of cells) {
        expect(c.cachedInputTokens + c.cacheWriteTokens).toBeLessThanOrEqual(c.inputTokens);
        expect(c.reasoningTokens).toBeLessThanOrEqual(c.outputTokens);
        expect(Object.values(c).every((v) => typeof v !== "number" || (Number.isInteger(v) && v >= 0))).toBe(
          true,
        );
      }
      expect(priceCells(cells, book, given.pricedAt) <= priceCells(given.cells, book, given.pricedAt)).toBe(
        true,
      );
    });
  });

  it("acts on each model of its cluster without regard to any other, and on nothing else", () => {
    everyProposal((given, proposal) => {
      const whole = lever.apply(given, proposal, book).workload.cells;
      const groups = [...groupBy(given.cells, (c) => JSON.stringify([c.cluster, c.model])).values()];
      const parts = groups.flatMap(
        (cells) => lever.apply({ ...given, cells }, proposal, book).workload.cells,
      );

      expect(priceCells(whole, book, given.pricedAt)).toBe(priceCells(parts, book, given.pricedAt));
      for (const other of given.cells.filter((c) => c.cluster !== proposal.cluster))
        expect(whole).toContain(other);
    });
  });
});
