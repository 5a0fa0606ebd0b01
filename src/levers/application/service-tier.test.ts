import { describe, expect, it } from "vitest";
import type { ServiceTierTerms } from "../../pricing/contract.js";
import { parseUsd } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import { bookOf, cell, limits, ROWS, rates, row, workload } from "../fixtures/workloads.js";
import { serviceTier } from "./service-tier.js";

const serviceTiers: readonly ServiceTierTerms[] = [
  { tier: "flex", numerator: 1n, denominator: 2n, verified: true },
  { tier: "priority", numerator: 2n, denominator: 1n, verified: true },
];
const book = bookOf([...ROWS, row("tiered", rates("10", "30"), { serviceTiers })]);
const to = (tier: "standard" | "flex") => ({ cluster: "chat", model: null, parameters: { tier } });
const tiered = (serviceTierName: string | null) => cell({ model: "tiered", serviceTier: serviceTierName });
const cost = (given: ReturnType<typeof workload>) => priceCells(given.cells, book, given.pricedAt);

describe("service tier", () => {
  it("takes requests off the priority tier, to the standard rates", () => {
    const given = workload([
      tiered("priority"),
      cell({ cluster: "search", model: "tiered", serviceTier: "priority" }),
    ]);

    const after = serviceTier.apply(given, to("standard"), book);

    expect(cost(given)).toBe(parseUsd("5.2"));
    expect(cost(after.workload)).toBe(parseUsd("3.9"));
    expect(after.touchedRequests).toBe(100);
    expect(after.evidence).toMatchObject({ kind: "structural", attested: false });
  });

  it("sends what tolerates minutes to the flex tier, from wherever it is dearer", () => {
    const given = workload([tiered("priority"), tiered(null), tiered("auto")]);

    const after = serviceTier.apply(given, { ...to("flex"), attested: true }, book);

    expect(cost(after.workload)).toBe(parseUsd("1.95"));
    expect(after.workload.cells.map((moved) => moved.serviceTier)).toEqual(["flex", "flex", "flex"]);
    expect(after.evidence).toMatchObject({ attested: true });
  });

  it.each([
    { name: "models without a priced tier", given: cell({ serviceTier: "priority" }) },
    { name: "requests on the flex tier already", given: tiered("flex_discount") },
    { name: "batches", given: cell({ model: "tiered", batch: true }) },
    { name: "what a fleet serves", given: cell({ model: "tiered", fleet: "own" }) },
    { name: "models without a price", given: cell({ model: "unheard-of" }) },
  ])("leaves $name as they are", ({ given }) => {
    const after = serviceTier.apply(workload([given]), to("flex"), book);

    expect(after.workload.cells).toEqual([given]);
    expect(after.touchedRequests).toBe(0);
  });

  it("is proposed where it changes something, flex only for tolerant clusters", () => {
    const given = workload([
      tiered("priority"),
      cell({ cluster: "digest", model: "tiered" }),
      cell({ cluster: "search" }),
    ]);
    const proposed = (tolerant: readonly string[]) =>
      serviceTier
        .propose(given, limits({ flexTolerantClusters: new Set(tolerant) }), book)
        .map(({ cluster, parameters, attested }) => [cluster, parameters.tier, attested]);

    expect(proposed([])).toEqual([["chat", "standard", false]]);
    expect(proposed(["chat", "digest", "search"])).toEqual([
      ["chat", "standard", true],
      ["chat", "flex", true],
      ["digest", "flex", true],
    ]);
  });
});
