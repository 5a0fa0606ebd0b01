import { describe, expect, it } from "vitest";
import type { Workload } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import { parseUsd } from "../../shared/money.js";
import type { Books, Lever, LeverLimits } from "../contract.js";
import {
  booksWithCheaperRegion,
  fleetBooks,
  fleetLimits,
  fleetWorkload,
  ownFleet,
} from "../fixtures/fleets.js";
import { costFleet, loadOf, needByHour } from "../fleets.js";
import { autoscaling } from "./autoscaling.js";
import { gpuType } from "./gpu-type.js";
import { region } from "./region.js";
import { reserved } from "./reserved.js";
import { rightSize } from "./right-size.js";
import { spot } from "./spot.js";

function changed(
  lever: Lever,
  given: Workload = fleetWorkload(),
  limits: LeverLimits = fleetLimits(),
  books: Books = fleetBooks,
): Fleet[] {
  return lever
    .propose(given, limits, books)
    .map((proposal) => lever.apply(given, proposal, books).workload.fleets[0]!);
}

function cost(fleet: Fleet): bigint {
  const given = fleetWorkload(fleet);
  return costFleet(fleet, loadOf(given, fleet, fleetBooks), given.hours).amount;
}

const need = (fleet: Fleet) => needByHour(fleet, loadOf(fleetWorkload(fleet), fleet, fleetBooks));

describe("right-sizing", () => {
  it("keeps what the busiest minute needs and a spare one", () => {
    const [sized] = changed(rightSize, fleetWorkload(ownFleet({ scaling: { kind: "fixed", replicas: 40 } })));

    expect(sized).toMatchObject({ scaling: { kind: "peak" }, spare: 1 });
    expect(cost(sized!)).toBe(BigInt(Math.max(...need(sized!)) + 1) * parseUsd("4") * 4n * 48n);
  });

  it("has nothing to say of a fleet that is sized already", () => {
    expect(changed(rightSize, fleetWorkload(ownFleet({ scaling: { kind: "peak" } })))).toEqual([]);
  });
});

describe("autoscaling", () => {
  it("pays the night's replicas by night", () => {
    const peak = ownFleet({ scaling: { kind: "peak" }, spare: 1 });

    const [scaled] = changed(autoscaling, fleetWorkload(peak));

    expect(scaled).toMatchObject({ scaling: { kind: "autoscaled", floor: 1 }, spare: 1 });
    expect(cost(scaled!)).toBeLessThan(cost(peak));
  });

  it("takes longer to start where more weights are read", () => {
    const lag = (rest: Partial<Fleet["serving"]>) =>
      changed(autoscaling, fleetWorkload(ownFleet({ serving: { ...ownFleet().serving, ...rest } }))).map(
        ({ scaling }) => scaling.kind === "autoscaled" && scaling.lagMinutes,
      );

    // 141 GB at 1 GB/s and 3 minutes; the small model takes the least of 5.
    expect(lag({})).toEqual([6]);
    expect(lag({ model: "llama-3.1-8b" })).toEqual([5]);
  });
});

describe("spot", () => {
  it("offers the largest share that the policy allows, with the overhead of restarts", () => {
    const shares = (maximumSpotShare: number) =>
      changed(spot, fleetWorkload(), fleetLimits({ maximumSpotShare })).map(({ spotShare }) => spotShare);

    expect(shares(1)).toEqual([1]);
    expect(shares(0.9)).toEqual([0.7]);
    expect(shares(0.6)).toEqual([0.5]);
    expect(shares(0)).toEqual([]);
    expect(changed(spot)[0]!.spotOverhead).toBeGreaterThan(1.05);
  });

  it("is not offered where it costs as much once restarts are counted, or is not for sale", () => {
    const rates = (spotPrice: bigint | null) =>
      fleetWorkload(ownFleet({ rates: { ...ownFleet().rates, spot: spotPrice } }));

    expect(changed(spot, rates(parseUsd("3.8")))).toEqual([]);
    expect(changed(spot, rates(null))).toEqual([]);
  });
});

describe("commitment", () => {
  const scaled = ownFleet({ scaling: { kind: "autoscaled", floor: 1, lagMinutes: 5 } });

  it("contains the number of GPUs that costs least of all", () => {
    const costs = (gpus: number) =>
      cost({ ...scaled, committed: gpus === 0 ? null : { gpus, termMonths: 12, rate: parseUsd("2.4") } });
    const most = 4 * Math.max(...need(scaled));
    const least = Array.from({ length: most / 4 + 1 }, (_, replicas) => replicas * 4).reduce((best, gpus) =>
      costs(gpus) < costs(best) ? gpus : best,
    );

    const proposed = changed(reserved, fleetWorkload(scaled)).map(({ committed }) => committed!.gpus);

    expect(proposed).toContain(least);
    expect(proposed.every((gpus) => gpus % 4 === 0)).toBe(true);
  });

  it("stays within the policy's term and sum", () => {
    const given = fleetWorkload(scaled);

    expect(changed(reserved, given, fleetLimits({ maximumCommitmentMonths: 6 }))).toEqual([]);
    const limit = parseUsd("8000");
    const small = changed(reserved, given, fleetLimits({ maximumCommitmentPicoUsdMonth: limit }));
    for (const { committed } of small)
      expect(BigInt(committed!.gpus) * committed!.rate * 730n).toBeLessThanOrEqual(limit);
    expect(small.length).toBeGreaterThan(0);
  });

  it("is not offered twice, nor at a rate above the market's", () => {
    const committed = { gpus: 4, termMonths: 12, rate: parseUsd("2.4") };
    expect(changed(reserved, fleetWorkload({ ...scaled, committed }))).toEqual([]);
    const dear = { ...scaled.rates, reserved: [{ termMonths: 12, rate: parseUsd("4.1") }] };
    expect(changed(reserved, fleetWorkload({ ...scaled, rates: dear }))).toEqual([]);
  });
});

describe("GPU type", () => {
  it("never offers a GPU that the model does not fit", () => {
    const others = changed(gpuType);

    // 16 bits of 70B parameters fit four H100, and no single L4 or H100.
    expect(others).toEqual([]);
  });

  it("offers another GPU where a request or a replica costs less, at that instance's price", () => {
    const small = ownFleet({
      serving: { ...ownFleet().serving, model: "llama-3.1-8b", precision: "fp8" },
      targets: { ttftMs: null, tpotMs: null },
    });

    const others = changed(gpuType, fleetWorkload(small));

    expect(others).toContainEqual(
      expect.objectContaining({
        instance: "l4-x1",
        rates: expect.objectContaining({ onDemand: parseUsd("0.8") }),
      }),
    );
    for (const { serving, instance } of others)
      expect([serving.gpusPerReplica, instance]).not.toEqual([4, "h100-x4"]);
  });

  it("leaves a fleet with a commitment where it is", () => {
    const committed = { gpus: 4, termMonths: 12, rate: parseUsd("2.4") };
    const serving = { ...ownFleet().serving, model: "llama-3.1-8b", precision: "fp8" as const };

    expect(changed(gpuType, fleetWorkload(ownFleet({ serving, committed })))).toEqual([]);
  });
});

describe("region", () => {
  it("moves the same GPUs, in the same number a machine, to where they cost least and may stand", () => {
    expect(changed(region, fleetWorkload(), fleetLimits(), booksWithCheaperRegion)).toMatchObject([
      { region: "us-2", instance: "h100-x4", rates: { onDemand: parseUsd("3") } },
    ]);
    const staysHere = fleetLimits({ allowsRegion: (_, name) => name === "us-1" });
    expect(changed(region, fleetWorkload(), staysHere, booksWithCheaperRegion)).toEqual([]);
  });
});

const LEVERS: readonly Lever[] = [gpuType, region, rightSize, autoscaling, spot, reserved];

describe("every lever of infrastructure", () => {
  it.each(LEVERS.map((lever) => ({ lever })))(
    "$lever.id changes its fleet and nothing else, without a claim that needs a test",
    ({ lever }) => {
      const given = fleetWorkload();

      for (const proposal of lever.propose(given, fleetLimits(), fleetBooks)) {
        const { workload, evidence } = lever.apply(given, proposal, fleetBooks);
        expect({ ...workload, fleets: [] }).toEqual({ ...given, fleets: [] });
        expect(workload.fleets.map(({ id }) => id)).toEqual(["own"]);
        expect(evidence).toMatchObject({ kind: "structural", attested: false });
      }
    },
  );
});
