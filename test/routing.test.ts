import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { knapsack } from "../bench/routing/knapsack.mjs";
import { createRouting, type Group, routeDirectly } from "../bench/routing/route-groups.mjs";
import { type Milp, openHighs } from "../src/plan/search/milp.js";
import { createSearch } from "../src/plan/search/solve.js";

let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
});

const drawn: fc.Arbitrary<Group[]> = fc
  .array(
    fc.record({ calls: fc.integer({ min: 5, max: 60 }), lossPercent: fc.integer({ min: -30, max: 60 }) }),
    {
      minLength: 2,
      maxLength: 9,
    },
  )
  .map((all) =>
    all.map(({ calls, lossPercent }, index) => ({
      name: `g${index}`,
      calls,
      loss: Math.round((calls * lossPercent) / 100),
    })),
  );

/** Most calls of any set of groups whose losses and gains sum to at most `budget` calls. */
function bestOf(groups: readonly Group[], budget: number): number {
  let best = 0;
  for (let mask = 0; mask < 2 ** groups.length; mask += 1) {
    const chosen = groups.filter((_, index) => (mask & (1 << index)) !== 0);
    const loss = chosen.reduce((sum, group) => sum + group.loss, 0);
    if (loss <= budget)
      best = Math.max(
        best,
        chosen.reduce((sum, group) => sum + group.calls, 0),
      );
  }
  return best;
}

describe("routing whole groups at a known loss", () => {
  it("sends as many calls as exhaustive search, gains of one group paying for losses of others", () => {
    let binding = 0;
    fc.assert(
      fc.property(drawn, fc.integer({ min: 0, max: 12 }), (groups, budgetPercent) => {
        const total = groups.reduce((sum, { calls }) => sum + calls, 0);
        const budget = Math.floor((total * budgetPercent) / 100);
        const routed = createRouting(groups, { createSearch, milp }).within(budget / total);

        const best = bestOf(groups, budget);
        const direct = routeDirectly(groups, budget, milp);

        expect(routed.calls).toBe(best);
        expect(knapsack(groups)(budget)?.calls).toBe(best);
        expect(direct.reduce((sum, { calls }) => sum + calls, 0)).toBe(best);
        expect(routed.optimal).toBe(true);
        expect(routed.loss * total).toBeLessThanOrEqual(budget + 1e-6);
        if (routed.calls < total) binding += 1;
      }),
      { numRuns: 60 },
    );
    expect(binding).toBeGreaterThan(15);
  });
});
