import { describe, expect, it } from "vitest";
import { planFixture } from "../../test/support/workload-fixture.js";
import { fleetBooks, fleetWorkload, HOURS, ownFleet } from "../levers/fixtures/fleets.js";
import type { PatchInput } from "../patches/contract.js";
import type { Fleet } from "../serving/contract.js";
import { plannedFleets } from "./planned-fleets.js";

type Action = PatchInput["plan"]["actions"][number];

const actionOf = (lever: string, parameters: Record<string, string | number>): Action => ({
  ...planFixture().actions.find(({ fleet }) => fleet !== null)!,
  id: `${lever}/own`,
  lever,
  fleet: "own",
  parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
});

const PLAN = {
  ...planFixture(),
  actions: [
    actionOf("autoscaling", { floor: 1, lag_minutes: 6, spare: 1 }),
    actionOf("right-size", { spare: 1 }),
  ],
};

const states = (actions: readonly string[], fleet: Partial<Fleet> = {}, firstHour = 0) =>
  plannedFleets(PLAN, actions, fleetWorkload(ownFleet(fleet)), fleetBooks, firstHour)[0]!;

describe("fleets as a plan leaves them", () => {
  it("keep what no written action changes", () => {
    const { before, after } = states([]);
    expect(before).toEqual(after);
    expect(before!.replicas).toEqual({ least: 6, most: 6 });
    expect(before!.byHour).toBeNull();
    expect(before!.gpusPerInstance).toBe(4);
  });

  it("have the busiest minute's replicas and a spare one when they are right-sized", () => {
    const { least, most } = states(["right-size/own"]).after!.replicas;
    expect(least).toBe(most);
    expect(least).toBeGreaterThan(1);
  });

  it("follow the hours of the day when they scale, wherever in a day the log begins", () => {
    const { after } = states(["autoscaling/own"]);
    const busy = after!.byHour!.filter((_, hour) => hour >= 8 && hour < 20);
    const quiet = after!.byHour!.filter((_, hour) => hour < 8 || hour >= 20);
    expect(HOURS).toBe(48);
    expect(new Set(busy)).toEqual(new Set([after!.replicas.most]));
    expect(Math.max(...quiet)).toBeLessThan(after!.replicas.most);
    expect(after!.replicas.least).toBe(2);

    const shifted = states(["autoscaling/own"], {}, 5).after!.byHour!;
    expect(shifted.map((_, hour) => shifted[(hour + 5) % 24])).toEqual(after!.byHour);
  });

  it("that are not in place are null until something is sent to them", () => {
    const { before, after } = plannedFleets(
      { ...PLAN, actions: [] },
      [],
      { ...fleetWorkload(), fleets: [ownFleet({ potential: true, id: "new" })] },
      fleetBooks,
      0,
    )[0]!;
    expect([before, after]).toEqual([null, null]);
  });
});
