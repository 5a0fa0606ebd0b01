import { describe, expect, it } from "vitest";
import { cell, workload } from "../../levers/fixtures/workloads.js";
import { policyWith } from "../../plan/fixtures/policies.js";
import { fleetBooks, fleetLevers, ownFleet } from "../../plan/fixtures/random-fleets.js";
import { buildPlan, explainAction, openHighs } from "../../plan/index.js";
import { renderExplanation } from "./explain-plan.js";

describe("an explanation of a fleet's change", () => {
  it("shows work, replicas, GPU-hours, rate and dollars before and after", async () => {
    const given = workload(
      [{ ...cell({ model: "open", requests: 7_200 }), provider: "self-hosted", fleet: "own" }],
      { hours: 6, fleets: [ownFleet()] },
    );
    const policy = await policyWith();
    const levers = fleetLevers.filter(({ id }) => id === "right-size");
    const plan = buildPlan({
      ...{ workload: given, policy, prices: fleetBooks, milp: await openHighs(), seed: 1, levers },
    });

    const text = renderExplanation(
      explainAction("right-size/own", { plan, workload: given, books: fleetBooks, levers }),
    );

    // 14 input and 2 output tokens take 3.4 ms, 20 requests a minute 0.068 s: one replica of the six is needed.
    expect(text).toMatch(/^fleet own: USD 1\.50 saved +before +after \(sizing estimated\)$/m);
    expect(text).toMatch(/^replica time a request +0\.0034 s +0\.0034 s$/m);
    expect(text).toMatch(/^work of the busiest minute +0\.068 s +0\.068 s$/m);
    expect(text).toMatch(/^replicas needed +1 at 70\.0 % of 60 s +1 at 70\.0 % of 60 s$/m);
    expect(text).toMatch(/^replicas paid +6, fixed +1, sized for the busiest minute$/m);
    expect(text).toMatch(/^market GPU-hours +36 x USD 0\.05 = USD 1\.80 +6 x USD 0\.05 = USD 0\.30$/m);
    expect(text).toContain("USD 1.8 - 0.3 = 1.5; times 121.666667 = USD 182.50 a month");
    expect(text).toContain("It is the only action of the plan.");
  });
});
