import { describe, expect, it } from "vitest";
import { spotOverhead } from "./spot.js";

describe("overhead of a spot GPU-hour", () => {
  it("is over-provision over obtainable and useful time", () => {
    // No interruption at all: 1.05 / 0.95.
    expect(spotOverhead({ interruptedPerMonth: { low: 0, high: 0 }, lagMinutes: 5 })).toBeCloseTo(
      1.05 / 0.95,
      9,
    );
    // 10 % a month are 0.000144 an hour, of 360 seconds each: 0.0014 % of the time.
    const tenPercent = spotOverhead({ interruptedPerMonth: { low: 0.1, high: 0.1 }, lagMinutes: 5 });
    expect(tenPercent).toBeCloseTo((1.05 / 0.95) * 1.0000144, 6);
  });

  it("grows with interruptions and lag, and is no cheaper where nothing is known", () => {
    const rare = { low: 0, high: 0.05 };
    const often = { low: 0.2, high: 1 };

    expect(spotOverhead({ interruptedPerMonth: often, lagMinutes: 5 })).toBeGreaterThan(
      spotOverhead({ interruptedPerMonth: rare, lagMinutes: 5 }),
    );
    expect(spotOverhead({ interruptedPerMonth: rare, lagMinutes: 15 })).toBeGreaterThan(
      spotOverhead({ interruptedPerMonth: rare, lagMinutes: 5 }),
    );
    expect(spotOverhead({ interruptedPerMonth: null, lagMinutes: 5 })).toBeGreaterThanOrEqual(
      spotOverhead({ interruptedPerMonth: often, lagMinutes: 5 }),
    );
  });
});
