import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsd } from "../shared/money.js";
import { breakEven } from "./break-even.js";
import type { Capacity } from "./contract.js";

function at(mid: number): Capacity {
  const estimate = { low: mid / 2, mid, high: mid * 2, basis: "estimated", references: [] } as const;
  return { fits: true, batch: 8, requestsPerSecond: estimate, ttftMs: estimate, tpotMs: estimate };
}

const input = {
  capacity: at(2),
  gpusPerReplica: 1,
  gpuHour: parseUsd("3.6"),
  operationsPerDay: 0n,
  apiRequest: parseUsd("0.001"),
};

describe("break-even", () => {
  it("is where the GPU-hour costs what the API asks for the hour's requests", () => {
    // 3.6 USD an hour against 3,600 x 2 x 0.001 = 7.2 USD: half of the capacity.
    expect(breakEven(input)!.utilisation).toEqual({ low: 0.25, mid: 0.5, high: 1 });
    // One replica-day costs 86.4 USD, which is 86,400 requests.
    expect(breakEven(input)!.requestsPerDay.mid).toBeCloseTo(86_400, 6);
  });

  it("never comes where a full replica costs more than the API", () => {
    expect(breakEven({ ...input, apiRequest: parseUsd("0.0001") })).toMatchObject({
      utilisation: { mid: expect.closeTo(5) },
      requestsPerDay: { low: null, mid: null, high: null },
    });
    expect(breakEven({ ...input, capacity: { fits: false, reason: "too large" } })).toBeNull();
  });

  it("is the fewest requests at which whole replicas and people cost no more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 20 }), (people, tenths) => {
        const asked = { ...input, capacity: at(tenths), operationsPerDay: BigInt(people) * 10n ** 12n };
        const fewest = breakEven(asked)!.requestsPerDay.mid;
        if (fewest === null) return;
        const cost = (requests: number) => Math.ceil(requests / (86_400 * tenths)) * 86.4 + people;
        expect(cost(fewest * (1 - 1e-9))).toBeGreaterThan(fewest * (1 - 1e-6) * 0.001 - 1e-6);
        expect(cost(fewest * (1 - 1e-9))).toBeLessThanOrEqual(fewest * 0.001 * (1 + 1e-6));
      }),
    );
  });
});
