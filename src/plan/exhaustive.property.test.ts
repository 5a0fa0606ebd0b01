import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Books, exactCache, groupBy, isOverloaded, type Lever, loadOf, route } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import { type PicoUsd, scale } from "../shared/money.js";
import { costOf } from "./cost.js";
import { policyWith, SMALL } from "./fixtures/policies.js";
import { fleetBooks, fleetLevers, fleetWorkload } from "./fixtures/random-fleets.js";
import { applyJointly } from "./joint.js";
import type { Policy } from "./policy/load-policy.js";
import { type Rules, readRules } from "./policy/rules.js";
import { buildProblem } from "./search/build-problem.js";
import { buildCandidates, type Candidate } from "./search/candidates.js";
import { floorsOf } from "./search/margins.js";
import { type Milp, openHighs } from "./search/milp.js";
import { createSearch } from "./search/solve.js";

let milp: Milp;
let policy: Policy;

beforeAll(async () => {
  milp = await openHighs();
  policy = await policyWith({
    quality: { budget: 0.03 },
    candidates: [SMALL],
    selfHost: { allowed: true },
    economics: { hourlyRateUsd: 0.5 },
  });
});

const levers: readonly Lever[] = [exactCache, route, ...fleetLevers];

/** One-off cost as the observed span carries it, counted here anew: each lever once, each scope, each purchase. */
function effortOf(changes: readonly Candidate[], { hours }: Workload, { economics }: Rules): PicoUsd {
  const month = BigInt(730 * 3600 * economics.amortisationMonths);
  const spread = (amount: PicoUsd) => scale(amount, BigInt(hours * 3600), month);
  const people = (worked: number) => scale(economics.hourlyRatePicoUsd, BigInt(Math.round(worked * 60)), 60n);
  const setups = [...new Set(changes.map(({ lever }) => lever))].map(({ effort }) => effort.setupHours);
  return (
    setups.reduce((sum, worked) => sum + spread(people(worked)), 0n) +
    changes.reduce(
      (sum, { lever, effect }) => sum + spread(effect.oneOff + people(lever.effort.hoursPerScope)),
      0n,
    )
  );
}

/** Whether the rules of proof allow these changes together. */
function isAllowed(changes: readonly Candidate[], workload: Workload, books: Books): boolean {
  const after = applyJointly(workload, changes, books);
  const asked = changes.filter(({ question }) => question !== null);
  const touches = ({ proposal }: Candidate, cell: Workload["cells"][number]) =>
    proposal.cluster === cell.cluster &&
    (proposal.model === null || cell.routedFrom?.endsWith(proposal.model.model));
  for (const cell of after.cells) {
    const proofs = asked.filter((change) => touches(change, cell));
    const onFleet = asked.filter(({ proposal }) => proposal.fleet != null && proposal.fleet === cell.fleet);
    if (proofs.length + onFleet.length > 1) return false;
    if (onFleet.length === 1 && cell.routedFrom !== undefined) return false;
  }
  return after.fleets.every(
    (fleet) => !isOverloaded(fleet, loadOf(after, fleet, books), loadOf(workload, fleet, books)),
  );
}

/** Candidates that exclude one another: parameter points of one change, and changes that move the same requests. */
function slotsOf(candidates: readonly Candidate[]): Candidate[][] {
  const slot = ({ lever, proposal }: Candidate) =>
    JSON.stringify([
      lever.stage === "model" ? "model" : lever.id,
      proposal.cluster,
      proposal.fleet,
      proposal.model,
    ]);
  return [...groupBy(candidates, slot).values()];
}

function combinationsOf(candidates: readonly Candidate[]): number {
  return slotsOf(candidates).reduce((product, slot) => product * (slot.length + 1), 1);
}

/** Every set with at most one candidate a slot, on the whole workload, without any of the search's shortcuts. */
function bestByExhaustion(workload: Workload, candidates: readonly Candidate[], rules: Rules): PicoUsd {
  const floors = floorsOf(policy.quality.alpha);
  const slots = slotsOf(candidates);
  let best: PicoUsd | null = null;
  const visit = (depth: number, chosen: readonly Candidate[]): void => {
    if (depth < slots.length) {
      visit(depth + 1, chosen);
      for (const candidate of slots[depth]!) visit(depth + 1, [...chosen, candidate]);
      return;
    }
    const asked = chosen.filter(({ question }) => question !== null);
    const needed = asked.reduce((sum, candidate) => {
      const floor = floors(candidate, asked.length);
      return sum + (floor === null ? Number.POSITIVE_INFINITY : floor * candidate.question!.share);
    }, 0);
    if (needed > policy.quality.budget + 1e-12 || !isAllowed(chosen, workload, fleetBooks)) return;
    const cost = costOf(applyJointly(workload, chosen, fleetBooks), fleetBooks).amount;
    const objective = cost + effortOf(chosen, workload, rules);
    if (best === null || objective < best) best = objective;
  };
  visit(0, []);
  return best!;
}

describe("the solver", () => {
  it.each([
    { way: "with every load of a fleet enumerated", costings: undefined, numRuns: 500 },
    { way: "with a fleet's cost learnt by cuts", costings: 0, numRuns: 60 },
  ])(
    "finds what exhaustive search finds, thresholds of whole GPUs included, $way",
    ({ costings, numRuns }) => {
      let withFleets = 0;
      let withSynergy = 0;
      fc.assert(
        fc.property(fleetWorkload, (workload) => {
          const rules = readRules(policy, workload, fleetBooks, []);
          const usable = buildCandidates(workload, levers, rules, fleetBooks).filter(
            (c) => c.excluded === null,
          );
          fc.pre(combinationsOf(usable) <= 600);
          const objective = bestByExhaustion(workload, usable, rules);

          const { problem, loads } = buildProblem(workload, usable, fleetBooks, rules, {
            alpha: policy.quality.alpha,
            objective: "net",
          });
          const bill = costOf(workload, fleetBooks).amount;
          const { plan, bound } = createSearch(problem, loads, bill, milp, costings).within(
            policy.quality.budget,
          );
          const found =
            costOf(applyJointly(workload, plan.changes, fleetBooks), fleetBooks).amount +
            effortOf(plan.changes, workload, rules);
          const standalone = plan.changes.reduce((sum, change) => sum + change.standalone, 0n);

          if (workload.fleets.length > 0) withFleets += 1;
          if (
            bill - costOf(applyJointly(workload, plan.changes, fleetBooks), fleetBooks).amount >
            standalone
          ) {
            withSynergy += 1;
          }
          expect(found).toBe(objective);
          expect(bound).toBe(plan.objective);
        }),
        { numRuns },
      );
      // The instances must be of the kind that the test is about.
      expect(withFleets).toBeGreaterThan(numRuns / 5);
      expect(withSynergy).toBeGreaterThan(numRuns / 20);
    },
    300_000,
  );
});
