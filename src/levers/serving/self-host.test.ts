import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { sumOf } from "../cells.js";
import { fleetBooks, fleetLimits, fleetWorkload, ownFleet } from "../fixtures/fleets.js";
import { cell, prefixReuse } from "../fixtures/workloads.js";
import { costFleet, loadOf, shapeOf } from "../fleets.js";
import { potentialFleets } from "./potential-fleets.js";
import { selfHost } from "./self-host.js";

const toFleet = (fleet: string) => ({
  cluster: "chat",
  model: { provider: "acme", model: "medium" },
  parameters: { fleet },
});

describe("fleets that could be started", () => {
  it("serve the allowed models in precisions that fit, on allowed offers, and cost nothing yet", () => {
    const found = potentialFleets(fleetWorkload(), fleetLimits(), fleetBooks);

    // Of the 8B no precision needs fewer GPUs than 16 bits; of the 70B each lower one does.
    expect(found.map(({ id }) => id)).toEqual([
      "self-hosted/llama-3.1-8b",
      "self-hosted/llama-3.1-70b-int4",
      "self-hosted/llama-3.1-70b-fp8",
      "self-hosted/llama-3.1-70b",
    ]);
    for (const fleet of found) {
      const given = fleetWorkload();
      const shape = shapeOf(given.cells[1]!, given, fleet);
      expect(fleet).toMatchObject({ provider: "self-hosted", potential: true, spare: 1 });
      expect(fleetBooks.hardware.capacity(fleet.serving, shape, fleet.targets).fits).toBe(true);
      expect(costFleet(fleet, loadOf({ ...given, fleets: [fleet] }, fleet, fleetBooks), 48).amount).toBe(0n);
    }
  });

  it("are none where the policy wants none, allows no region, or no API is in use", () => {
    const { selfHost: rules } = fleetLimits();

    expect(
      potentialFleets(fleetWorkload(), fleetLimits({ selfHost: { ...rules, allowed: false } }), fleetBooks),
    ).toEqual([]);
    expect(potentialFleets(fleetWorkload(), fleetLimits({ allowsRegion: () => false }), fleetBooks)).toEqual(
      [],
    );
    const own = fleetWorkload();
    expect(potentialFleets({ ...own, cells: [own.cells[0]!] }, fleetLimits(), fleetBooks)).toEqual([]);
  });

  it("are of the capability class in use where the policy names no model", () => {
    const limits = fleetLimits({ selfHost: { ...fleetLimits().selfHost, models: null } });

    // "medium" is of the class "mid", as the 70B is held to be; the 8B is "small".
    const models = potentialFleets(fleetWorkload(), limits, fleetBooks).map(({ serving }) => serving.model);
    expect([...new Set(models)]).toEqual(["llama-3.1-70b"]);
  });

  it("never stand where the policy lets nothing be bought", () => {
    const limits = fleetLimits({ allowsRegion: (_, region) => region === "eu-1" });

    const regions = potentialFleets(fleetWorkload(), limits, fleetBooks).map(({ region }) => region);
    expect([...new Set(regions)]).toEqual(["eu-1"]);
  });
});

describe("self-hosting", () => {
  it("turns the requests into load on the fleet and asks for a comparison of both models", () => {
    const given = fleetWorkload();

    const { workload, touchedRequests, evidence } = selfHost.apply(given, toFleet("own"), fleetBooks);

    const moved = workload.cells.find((one) => one.routedFrom !== undefined)!;
    expect(moved).toMatchObject({
      provider: "self-hosted",
      model: "llama-3.1-70b-instruct",
      fleet: "own",
      routedFrom: "acme/medium",
      requests: given.cells[1]!.requests,
    });
    expect(touchedRequests).toBe(given.cells[1]!.requests);
    const load = (of: typeof given) => loadOf(of, given.fleets[0]!, fleetBooks);
    expect(load(workload)).toEqual(load(given).map((work) => 2 * work));
    expect(evidence).toEqual({
      kind: "quality",
      cluster: "chat",
      baseline: { provider: "acme", model: "medium" },
      candidate: { provider: "self-hosted", model: "llama-3.1-70b-instruct" },
    });
  });

  it("needs no test where the API serves the same open weights in 16 bits, on that condition", () => {
    const model = "llama-3.1-70b-instruct";
    const given = fleetWorkload();
    const same = {
      ...given,
      cells: given.cells.map((one) => ({ ...one, ...(one.fleet === undefined ? { model } : {}) })),
    };
    const proposal = { ...toFleet("own"), model: { provider: "acme", model } };

    expect(selfHost.apply(same, proposal, fleetBooks).evidence).toMatchObject({
      kind: "structural",
      attested: false,
      conditions: expect.arrayContaining([expect.stringContaining("in 16 bits")]),
    });
    const quantised = ownFleet({ serving: { ...ownFleet().serving, precision: "fp8" } });
    expect(selfHost.apply({ ...same, fleets: [quantised] }, proposal, fleetBooks).evidence.kind).toBe(
      "quality",
    );
  });

  it("says at which use of a replica both cost the same", () => {
    const given = fleetWorkload();
    const { assumptions } = selfHost.apply(given, toFleet("own"), fleetBooks);

    // A replica of four H100 costs 16 USD an hour, the API 800 x 2 + 200 x 8 USD a million requests.
    const shape = { inputTokens: 800, outputTokens: 200, prefixHitShare: 0 };
    const fleet = given.fleets[0]!;
    const capacity = fleetBooks.hardware.capacity(fleet.serving, shape, fleet.targets);
    if (!capacity.fits) throw new Error(capacity.reason);
    const even = Math.round((100 * 16) / (3600 * capacity.requestsPerSecond.mid * 0.0032));
    expect(assumptions.at(-1)).toMatchObject({
      basis: "estimated",
      text: expect.stringMatching(
        `^Break-even: a replica costs what the API asks at ${even} % of its capacity`,
      ),
    });
  });

  it("takes prefix reuse along and ends the API's prompt cache, batch and tier", () => {
    const given = fleetWorkload(ownFleet(), {
      prefixReuse: [prefixReuse({ model: "medium" }), prefixReuse({ cluster: "search" })],
    });
    const cells = given.cells.map((one) =>
      one.cluster === "chat" ? { ...one, cachedInputTokens: 50, serviceTier: "flex" } : one,
    );

    const after = selfHost.apply({ ...given, cells }, toFleet("own"), fleetBooks).workload;

    expect(after.cells.at(-1)).toMatchObject({ cachedInputTokens: 0, serviceTier: null, batch: false });
    expect(after.prefixReuse).toMatchObject([
      { cluster: "chat", provider: "self-hosted", routedFrom: "acme/medium" },
      { cluster: "search", provider: "acme" },
    ]);
  });

  it("leaves requests on the API that no replica can take", () => {
    const given = fleetWorkload();
    const long = cell({ model: "medium", contextClass: 200_000, requests: 10, inputTokens: 3_000_000 });

    const after = selfHost.apply({ ...given, cells: [...given.cells, long] }, toFleet("own"), fleetBooks);

    expect(after.workload.cells).toContainEqual(long);
    expect(after.assumptions.map(({ text }) => text).join()).toContain("stay on the API");
  });

  it("is proposed for API traffic only, on fleets that can serve it", () => {
    const given = fleetWorkload();
    const tooSmall = ownFleet({
      id: "tiny",
      serving: { ...ownFleet().serving, gpu: "l4", gpusPerReplica: 1 },
    });

    expect(
      selfHost.propose({ ...given, fleets: [...given.fleets, tooSmall] }, fleetLimits(), fleetBooks),
    ).toEqual([toFleet("own")]);
  });

  it("loses no request and no token", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            model: fc.constantFrom("medium", "large"),
            contextClass: fc.constantFrom(0, 8000, 200_000),
            batch: fc.boolean(),
            requests: fc.integer({ min: 1, max: 500 }),
            input: fc.integer({ min: 1, max: 200_000 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        (drawn) => {
          const own = fleetWorkload();
          const cells = drawn.map(({ requests, input, ...rest }) =>
            cell({ ...rest, requests, inputTokens: requests * input, outputTokens: requests * 7 }),
          );
          const given = { ...own, cells };
          for (const proposal of selfHost.propose(given, fleetLimits(), fleetBooks)) {
            const after = selfHost.apply(given, proposal, fleetBooks).workload;
            for (const field of ["requests", "inputTokens", "outputTokens"] as const)
              expect(sumOf(after.cells, (one) => one[field])).toBe(sumOf(cells, (one) => one[field]));
            expect(after.fleets).toEqual(given.fleets);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("counts the people of a new fleet only once it serves", () => {
    const fleet = potentialFleets(fleetWorkload(), fleetLimits(), fleetBooks)[0]!;
    const given = fleetWorkload(ownFleet(), { fleets: [fleet] });
    const after = selfHost.apply(given, toFleet(fleet.id), fleetBooks).workload;
    const cost = (people: bigint) =>
      costFleet({ ...fleet, operationsPicoUsdMonth: people }, loadOf(after, fleet, fleetBooks), 730).amount;

    expect(cost(parseUsd("2000")) - cost(0n)).toBe(parseUsd("2000"));
  });
});
