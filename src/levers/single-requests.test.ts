import { describe, expect, it } from "vitest";
import { priceCells } from "./cells.js";
import { bookOf, cell, exactReuse, limits, workload } from "./fixtures/workloads.js";
import { levers } from "./registry.js";

const book = bookOf();
const leverOf = (id: string) => levers.find((lever) => lever.id === id)!;
const tolerant = { batchTolerantClusters: new Set(["chat"]), exactCacheClusters: new Set(["chat"]) };

const request = cell();
const counted = cell({ endpoint: "counted", grain: "bucket" });
const uncounted = cell({ endpoint: "uncounted", grain: "uncounted", requests: 3 });

/** Cells that some proposal of the lever changes, with what stays after it. */
function changesOf(id: string) {
  const lever = leverOf(id);
  const given = workload([request, counted, uncounted], { exactReuse: [exactReuse()] });
  return lever.propose(given, limits(tolerant), book).map((proposal) => {
    const effect = lever.apply(given, proposal, book);
    return given.cells
      .filter((before) => !effect.workload.cells.includes(before))
      .map(({ endpoint }) => endpoint);
  });
}

describe("sums over requests", () => {
  it("are left as they are by changes that need single requests", () => {
    expect(changesOf("exact-cache")).not.toEqual([]);
    for (const changed of changesOf("exact-cache")) expect(changed).toEqual([request.endpoint]);
  });

  it("change model where they say how many they are", () => {
    expect(changesOf("route")).not.toEqual([]);
    for (const changed of changesOf("route")) expect(changed).toEqual([request.endpoint, counted.endpoint]);
  });

  it("go to the batch interface, which bills tokens alike", () => {
    for (const changed of changesOf("batch-api")) {
      expect(changed).toEqual([request.endpoint, counted.endpoint, uncounted.endpoint]);
    }
  });

  it("allow no change where there is nothing else", () => {
    const given = workload([uncounted]);
    for (const id of ["exact-cache", "route", "prompt-compression", "long-context-tier"]) {
      expect(leverOf(id).propose(given, limits(tolerant), book)).toEqual([]);
    }
  });

  it("stay in the bill when they are left", () => {
    const given = workload([request, uncounted], { exactReuse: [exactReuse()] });
    const lever = leverOf("exact-cache");
    const [proposal] = lever.propose(given, limits(tolerant), book);
    const after = lever.apply(given, proposal!, book).workload;
    const costOf = (cells: readonly (typeof request)[]) => priceCells(cells, book, given.pricedAt);

    expect(costOf(given.cells) - costOf(after.cells)).toBe(
      costOf([request]) - costOf(after.cells.filter(({ grain }) => grain === undefined)),
    );
    expect(after.cells).toContain(uncounted);
  });
});
