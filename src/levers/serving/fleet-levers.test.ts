import { describe, expect, it } from "vitest";
import type { Fleet } from "../../serving/contract.js";
import type { Effect, Lever } from "../contract.js";
import { fleetBooks, fleetLimits, fleetWorkload, ownFleet } from "../fixtures/fleets.js";
import { prefixReuse } from "../fixtures/workloads.js";
import { costFleet, loadOf } from "../fleets.js";
import { batching } from "./batching.js";
import { engine } from "./engine.js";
import { prefixCaching } from "./prefix-caching.js";
import { quantisation } from "./quantisation.js";

const serving = (rest: Partial<Fleet["serving"]>): Fleet =>
  ownFleet({ serving: { ...ownFleet().serving, ...rest } });

function effects(
  lever: Lever,
  given = fleetWorkload(),
): { readonly fleet: Fleet; readonly effect: Effect }[] {
  return lever.propose(given, fleetLimits(), fleetBooks).map((proposal) => {
    const effect = lever.apply(given, proposal, fleetBooks);
    return { fleet: effect.workload.fleets[0]!, effect };
  });
}

/** Of the fleet if it ran as many replicas as it needs. */
function needed(fleet: Fleet): bigint {
  const sized: Fleet = { ...fleet, scaling: { kind: "peak" } };
  const given = fleetWorkload(sized);
  return costFleet(sized, loadOf(given, sized, fleetBooks), given.hours).amount;
}

const LEVERS: readonly Lever[] = [quantisation, engine, batching, prefixCaching];

describe.each(LEVERS.map((lever) => ({ lever })))("$lever.id", ({ lever }) => {
  it("changes its fleet and nothing else, and never for the worse", () => {
    const given = fleetWorkload(serving({ maximumBatch: 32, engine: "sglang" }), {
      prefixReuse: [
        prefixReuse({
          cluster: "support",
          provider: "self-hosted",
          model: "llama-3.1-70b-instruct",
          hitTokens: 1e8,
        }),
      ],
    });
    const other = ownFleet({ id: "other", model: "other" });
    const both = { ...given, fleets: [...given.fleets, other] };

    const proposals = lever.propose(both, fleetLimits(), fleetBooks).filter(({ fleet }) => fleet === "own");
    expect(proposals.length).toBeGreaterThan(0);
    for (const proposal of proposals) {
      const after = lever.apply(both, proposal, fleetBooks);
      expect({ ...after.workload, fleets: [] }).toEqual({ ...both, fleets: [] });
      expect(after.workload.fleets[1]).toEqual(other);
      expect(after.touchedRequests).toBe(both.cells[0]!.requests);
      expect(needed(after.workload.fleets[0]!)).toBeLessThanOrEqual(needed(both.fleets[0]!));
    }
  });
});

describe("quantisation", () => {
  it("offers fp8 where the GPU has units for it, and 4 bits, each to be compared", () => {
    expect(
      effects(quantisation).map(({ fleet, effect }) => [fleet.serving.precision, effect.evidence]),
    ).toEqual([
      ["fp8", { kind: "fleet-quality", fleet: "own", variant: "precision:fp8" }],
      ["int4", { kind: "fleet-quality", fleet: "own", variant: "precision:int4" }],
    ]);
  });

  it("leaves new fleets alone: they exist at every precision", () => {
    expect(effects(quantisation, fleetWorkload(ownFleet({ potential: true })))).toEqual([]);
  });
});

describe("engine", () => {
  it("leaves an engine without measured points, and never goes to one", () => {
    const [change] = effects(engine, fleetWorkload(serving({ engine: "sglang" })));

    expect(change!.fleet.serving.engine).not.toBe("onnxruntime");
    expect(change!.effect.evidence).toMatchObject({ kind: "structural", attested: false });
    const best = change!.fleet;
    expect(effects(engine, fleetWorkload(best))).toEqual([]);
  });
});

describe("batching", () => {
  it("raises a limit that binds to the smallest that no longer does; answers stay the same", () => {
    const [change] = effects(batching, fleetWorkload(serving({ maximumBatch: 16 })));

    expect(change!.fleet.serving.maximumBatch).toBeGreaterThan(16);
    expect(change!.effect.evidence.kind).toBe("structural");
  });

  it("offers an fp8 cache where memory binds, to be compared", () => {
    const tight = fleetWorkload({
      ...serving({ gpusPerReplica: 1, precision: "fp8", maximumBatch: 1024 }),
      targets: { ttftMs: null, tpotMs: null },
    });

    expect(effects(batching, tight).map(({ effect }) => effect.evidence)).toEqual([
      { kind: "fleet-quality", fleet: "own", variant: "kv-cache:fp8" },
    ]);
  });
});

describe("prefix caching", () => {
  it("is proposed only where prefixes were seen to come again", () => {
    expect(effects(prefixCaching)).toEqual([]);
  });
});
