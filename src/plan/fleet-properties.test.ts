import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { costFleet, exactCache, type Lever, route } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import { parseUsd } from "../shared/money.js";
import { createRandom } from "../shared/random.js";
import { buildPlan } from "./build-plan.js";
import { apiCostOf, costOf } from "./cost.js";
import { SMALL } from "./fixtures/policies.js";
import { fleetBooks, fleetLevers, fleetWorkload, ownFleet } from "./fixtures/random-fleets.js";
import { applyJointly } from "./joint.js";
import { loadPolicy, type Policy } from "./policy/load-policy.js";
import { readRules } from "./policy/rules.js";
import { buildProblem } from "./search/build-problem.js";
import { buildCandidates, type Candidate } from "./search/candidates.js";
import { type Milp, openHighs } from "./search/milp.js";
import { createSearch } from "./search/solve.js";

const levers: readonly Lever[] = [exactCache, route, ...fleetLevers];
let milp: Milp;
let policy: Policy;

beforeAll(async () => {
  milp = await openHighs();
  policy = { ...(await loadPolicy(null)), candidates: [SMALL] };
});

const candidatesOf = (workload: Workload): Candidate[] =>
  buildCandidates(workload, levers, readRules(policy, workload, fleetBooks, []), fleetBooks);

/** One candidate a lever, of those that may meet in a plan. */
function oneOfEach(candidates: readonly Candidate[]): Candidate[] {
  const byLever = new Map(candidates.map((candidate) => [candidate.lever.id, candidate]));
  return [...byLever.values()].filter(({ lever }) => lever.id !== "route");
}

describe("a workload with fleets", () => {
  it("costs with no change what its APIs and its fleets cost, to the last digit", () => {
    fc.assert(
      fc.property(fleetWorkload, (workload) => {
        const { amount, byFleet } = costOf(applyJointly(workload, [], fleetBooks), fleetBooks);
        const parts = byFleet.reduce((sum, fleet) => sum + fleet.amount, apiCostOf(workload, fleetBooks));
        const plan = buildPlan({ workload, policy, prices: fleetBooks, milp, seed: 1, levers: [] });

        expect(amount).toBe(parts);
        expect(plan.decision).toBe("do_nothing");
        expect(plan.joint.costUsdMonth).toBe(plan.baseline.listCostUsdMonth);
      }),
      { numRuns: 60 },
    );
  });

  it("costs the same whatever order its changes are listed in", () => {
    fc.assert(
      fc.property(fleetWorkload, fc.integer(), (workload, seed) => {
        const changes = oneOfEach(candidatesOf(workload));
        const shuffled = createRandom(seed).shuffle(changes);
        const cost = (listed: readonly Candidate[]) =>
          costOf(applyJointly(workload, listed, fleetBooks), fleetBooks).amount;

        expect(cost(shuffled)).toBe(cost(changes));
      }),
      { numRuns: 100 },
    );
  });

  it("keeps every request: answered by an API, by a fleet, or from the cache that says so", () => {
    fc.assert(
      fc.property(fleetWorkload, (workload) => {
        const requests = ({ cells }: Workload) => cells.reduce((sum, cell) => sum + cell.requests, 0);
        for (const change of candidatesOf(workload)) {
          const after = applyJointly(workload, [change], fleetBooks);
          const served = change.lever.id === "exact-cache" ? change.effect.touchedRequests : 0;

          expect(requests(after) + served).toBe(requests(workload));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("gives no worse a plan for more quality budget", () => {
    fc.assert(
      fc.property(fleetWorkload, (workload) => {
        const rules = readRules(policy, workload, fleetBooks, []);
        const usable = candidatesOf(workload).filter(({ excluded }) => excluded === null);
        const { problem, loads } = buildProblem(workload, usable, fleetBooks, rules, {
          alpha: 0.05,
          objective: "net",
        });
        const search = createSearch(problem, loads, costOf(workload, fleetBooks).amount, milp);
        const [none, some, more] = [0, 0.01, 0.03].map((budget) => search.within(budget).plan.objective);

        expect(some! <= none!).toBe(true);
        expect(more! <= some!).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the cost of a fleet", () => {
  const loads = fc.array(fc.integer({ min: 0, max: 400_000_000 }), { minLength: 6, maxLength: 6 });
  const scalings = fc.constantFrom(
    { kind: "fixed", replicas: 3 } as const,
    { kind: "peak" } as const,
    { kind: "autoscaled", floor: 1, lagMinutes: 10 } as const,
  );

  it("never falls with more load, however it is scaled and bought", () => {
    fc.assert(
      fc.property(
        loads,
        loads,
        scalings,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b, scaling, commit, spotShare) => {
          const committed = commit ? { gpus: 2, termMonths: 12, rate: parseUsd("0.02") } : null;
          const fleet = ownFleet({ scaling, committed, spotShare, spare: 1 });
          const less = Float64Array.from(a);
          const more = Float64Array.from(a, (work, hour) => work + b[hour]!);

          expect(costFleet(fleet, more, 6).amount >= costFleet(fleet, less, 6).amount).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is that of whole replicas in the busiest minute, or hour by hour where they follow the need", () => {
    const load = Float64Array.from([42_000_000, 42_000_001, 0, 0, 0, 0]);
    const hours = (scaling: Parameters<typeof ownFleet>[0]) => costFleet(ownFleet(scaling), load, 6).gpuHours;

    expect(hours({ scaling: { kind: "fixed", replicas: 6 } })).toBe(36);
    expect(hours({ scaling: { kind: "peak" } })).toBe(12);
    expect(hours({ scaling: { kind: "autoscaled", floor: 0, lagMinutes: 0 } })).toBe(3);
    expect(hours({ scaling: { kind: "autoscaled", floor: 1, lagMinutes: 30 } })).toBe(7.5);
  });

  it("is nothing for a fleet that a change could start but does not", () => {
    const fleet = ownFleet({
      potential: true,
      scaling: { kind: "peak" },
      spare: 1,
      operationsPicoUsdMonth: 1n,
    });

    expect(costFleet(fleet, new Float64Array(6), 6).amount).toBe(0n);
  });
});
