import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { annuity, type EconomicsInput, simulateEconomics } from "./simulate.js";

const input = (): EconomicsInput => ({
  uncertainties: [
    { name: "demand", low: 0.8, mid: 1, high: 1.25, basis: "assumed", source: "growth" },
    { name: "people", low: 0.5, mid: 1, high: 2.5, basis: "assumed", source: "estimates" },
  ],
  saving: (draw) => 1_000 * draw.get("demand")!,
  oneOff: (draw) => 4_000 * draw.get("people")!,
  horizonMonths: 12,
  discountRateYear: 0.1,
  random: createRandom(7),
});

describe("economics", () => {
  it("state the net present value at the middle of every uncertainty, inside each bar of the tornado", () => {
    const { npvMiddleUsd, tornado } = simulateEconomics(input());

    expect(npvMiddleUsd).toBeCloseTo(1_000 * annuity(12, 0.1) - 4_000, 1);
    expect(tornado.map(({ name }) => name)).toEqual(["people", "demand"]);
    for (const { npvLowUsd, npvHighUsd } of tornado) {
      expect(npvMiddleUsd).toBeGreaterThan(Math.min(npvLowUsd, npvHighUsd));
      expect(npvMiddleUsd).toBeLessThan(Math.max(npvLowUsd, npvHighUsd));
    }
  });

  it("call a payback beyond the horizon none, and draws below zero a loss", () => {
    const { paybackMonths, chanceOfLoss } = simulateEconomics({ ...input(), saving: () => 10 });

    expect(paybackMonths).toEqual({ low: 12, mid: null, high: null });
    expect(chanceOfLoss).toBe(1);
  });
});
