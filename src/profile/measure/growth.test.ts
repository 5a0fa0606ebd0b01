import { describe, expect, it } from "vitest";
import { fitGrowth } from "./growth.js";

const day = (index: number): string => new Date(Date.UTC(2026, 9, 1 + index)).toISOString().slice(0, 10);
const span = (days: number): [string, string] => [
  `${day(0)}T00:10:00.000Z`,
  `${day(days - 1)}T23:50:00.000Z`,
];

describe("growth", () => {
  it("recovers a steady daily factor", () => {
    const counts = Array.from({ length: 21 }, (_, index) => ({
      day: day(index),
      requests: 1000 * 1.02 ** index,
    }));

    expect(fitGrowth(counts, ...span(21))!.dailyChange).toBeCloseTo(0.02, 10);
  });

  it("is not claimed from fewer than 14 whole days", () => {
    const counts = Array.from({ length: 14 }, (_, index) => ({ day: day(index), requests: 10 }));

    expect(fitGrowth(counts, ...span(14))).toMatchObject({ firstWeekRequests: 70, lastWeekRequests: 70 });
    expect(fitGrowth(counts, `${day(0)}T06:00:00Z`, span(14)[1])).toBeNull();
    expect(fitGrowth(counts, span(14)[0], `${day(13)}T12:00:00Z`)).toBeNull();
  });

  it("leaves a cut first and last day out of the weeks", () => {
    const counts = Array.from({ length: 16 }, (_, index) => ({
      day: day(index),
      requests: index === 0 ? 1 : 10,
    }));

    expect(fitGrowth(counts, `${day(0)}T20:00:00Z`, span(16)[1])).toMatchObject({
      dailyChange: 0,
      firstWeekRequests: 70,
    });
  });

  it("counts days without traffic", () => {
    const counts = Array.from({ length: 20 }, (_, index) => ({ day: day(index), requests: 10 })).slice(5);

    expect(fitGrowth(counts, ...span(20))).toMatchObject({ firstWeekRequests: 20, lastWeekRequests: 70 });
  });
});
