import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CellKey, Workload, WorkloadCell } from "../profile/contract.js";
import { contextWindow } from "./application/context-window.js";
import { exactCache } from "./application/exact-cache.js";
import { outputControl } from "./application/output-control.js";
import { promptCaching } from "./application/prompt-caching.js";
import { promptCompression } from "./application/prompt-compression.js";
import { retryPolicy } from "./application/retry-policy.js";
import { semanticCache } from "./application/semantic-cache.js";
import { systemPrompt } from "./application/system-prompt.js";
import { priceCells, sumOf } from "./cells.js";
import type { ClusterProposal, Lever } from "./contract.js";
import { workloadWithSideTables } from "./fixtures/side-tables.js";
import { bookOf, limits } from "./fixtures/workloads.js";

/** Demand and tokens, in the order in which they are applied, and the prompt cache behind them. */
const LEVERS: readonly Lever[] = [
  exactCache,
  retryPolicy,
  semanticCache,
  contextWindow,
  outputControl,
  promptCompression,
  systemPrompt,
  promptCaching,
];
const DEMAND = new Set(["exact-cache", "retry-policy", "semantic-cache"]);
const SHORTENS_INPUT = new Set(["context-window", "prompt-compression", "system-prompt"]);

const books = bookOf();
const cases = LEVERS.map((lever) => ({ lever, id: lever.id }));

function expectWhole({ cells, ...tables }: Workload): void {
  for (const cell of cells) {
    const numbers = Object.values(cell).filter((value) => typeof value === "number");
    expect(numbers.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    expect(cell.cachedInputTokens + cell.cacheWriteTokens).toBeLessThanOrEqual(cell.inputTokens);
    expect(cell.cacheWrite1hTokens).toBeLessThanOrEqual(cell.cacheWriteTokens);
    expect(cell.reasoningTokens).toBeLessThanOrEqual(cell.outputTokens);
  }
  const rows = [
    tables.semanticReuse,
    tables.retries,
    tables.conversations,
    tables.outputTails,
    tables.prefixReuse,
  ];
  for (const row of rows.flat()) {
    const counts = Object.entries(row).filter(
      ([name, value]) => name !== "threshold" && typeof value === "number",
    );
    expect(counts.every(([, value]) => Number.isInteger(value) && value >= 0)).toBe(true);
  }
}

const inAnyOrder = ({ cells }: Workload) => cells.map((cell) => JSON.stringify(cell)).sort();
const total = (workload: Workload, pick: (cell: WorkloadCell) => number) => sumOf(workload.cells, pick);
const isOf = (cell: WorkloadCell) => (row: Pick<CellKey, "cluster" | "provider" | "model">) =>
  row.cluster === cell.cluster && row.provider === cell.provider && row.model === cell.model;

describe("every lever of demand and tokens", () => {
  it.each(cases)(
    "$id keeps counts whole, subsets within totals, and says which requests it touched",
    ({ lever }) => {
      fc.assert(
        fc.property(workloadWithSideTables, (before) => {
          for (const proposal of lever.propose(before, limits(), books)) {
            const { workload: after, touchedRequests } = lever.apply(before, proposal, books);

            expectWhole(after);
            const requests = (one: Workload) => total(one, (cell) => cell.requests);
            expect(touchedRequests).toBeLessThanOrEqual(requests(before));
            if (DEMAND.has(lever.id)) expect(requests(before) - requests(after)).toBe(touchedRequests);
            else expect(requests(after)).toBe(requests(before));
            if (touchedRequests === 0) expect(inAnyOrder(after)).toEqual(inAnyOrder(before));
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(cases)("$id takes tokens away only where it says so", ({ lever }) => {
    fc.assert(
      fc.property(workloadWithSideTables, (before) => {
        for (const proposal of lever.propose(before, limits(), books)) {
          const { workload: after } = lever.apply(before, proposal, books);
          const gone = (pick: (cell: WorkloadCell) => number) => total(before, pick) - total(after, pick);

          expect(gone((cell) => cell.inputTokens)).toBeGreaterThanOrEqual(0);
          expect(gone((cell) => cell.outputTokens)).toBeGreaterThanOrEqual(0);
          if (!DEMAND.has(lever.id) && lever.id !== "output-control") {
            expect(gone((cell) => cell.outputTokens)).toBe(0);
          }
          if (!DEMAND.has(lever.id) && !SHORTENS_INPUT.has(lever.id)) {
            expect(gone((cell) => cell.inputTokens)).toBe(0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(cases)("$id acts on each model of its cluster without regard to any other", ({ lever }) => {
    fc.assert(
      fc.property(workloadWithSideTables, (before) => {
        for (const proposal of lever.propose(before, limits(), books)) {
          const { workload: whole } = lever.apply(before, proposal, books);
          const parts = before.cells
            .filter((cell) => cell.status === "ok")
            .map((cell) => {
              const own: Workload = {
                ...before,
                cells: before.cells.filter(isOf(cell)),
                exactReuse: before.exactReuse.filter(isOf(cell)),
                prefixReuse: before.prefixReuse.filter(isOf(cell)),
                semanticReuse: before.semanticReuse.filter(isOf(cell)),
              };
              const { workload: part } = lever.apply(own, proposal, books);
              return priceCells(part.cells, books, before.pricedAt);
            });

          expect(priceCells(whole.cells, books, before.pricedAt)).toBe(
            parts.reduce((sum, part) => sum + part, 0n),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("several levers on the same cells", () => {
  it("each act on what the ones before left: whole counts, and no more saved than there was", () => {
    fc.assert(
      fc.property(workloadWithSideTables, fc.infiniteStream(fc.nat()), (before, picks) => {
        let current = before;
        for (const lever of LEVERS) {
          const proposals = lever.propose(before, limits(), books);
          const chosen = proposals.filter((_, at) => picks.next().value % (at + 2) === 0).slice(0, 3);
          for (const proposal of withoutRivals(chosen)) {
            const { workload: after, touchedRequests } = lever.apply(current, proposal, books);
            expectWhole(after);
            expect(touchedRequests).toBeLessThanOrEqual(total(current, (cell) => cell.requests));
            current = after;
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** At most one proposal a (cluster, model), as in a plan. */
function withoutRivals(proposals: readonly ReturnType<Lever["propose"]>[number][]) {
  const seen = new Set<string>();
  return proposals.filter((proposal) => {
    const { cluster, model } = proposal as ClusterProposal;
    const scope = JSON.stringify([cluster, model]);
    const isFirst = !seen.has(scope);
    seen.add(scope);
    return isFirst;
  });
}
