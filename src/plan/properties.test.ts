import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bookOf } from "../levers/fixtures/workloads.js";
import { groupBy, type Lever, levers } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import { parseUsd } from "../shared/money.js";
import { buildPlan } from "./build-plan.js";
import { costOf, toMonth } from "./cost.js";
import { policyWith, SMALL } from "./fixtures/policies.js";
import { randomWorkload } from "./fixtures/random-workloads.js";
import { applyJointly, costSubset } from "./joint.js";
import type { Policy } from "./policy/load-policy.js";
import { readRules } from "./policy/rules.js";
import { buildCandidates, type Candidate } from "./search/candidates.js";
import { floorsOf } from "./search/margins.js";
import { type Milp, openHighs } from "./search/milp.js";

const prices = bookOf();
let policy: Policy;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  policy = await policyWith({
    quality: { budget: 0.02 },
    latency: { batchTolerantIntents: ["digest", "search"] },
    candidates: [SMALL],
  });
});

const plan = (workload: Workload, changed: Partial<Policy> = {}) =>
  buildPlan({ workload, policy: { ...policy, ...changed }, prices, milp, seed: 1 });

/** Every subset with at most one candidate a slot, priced on the whole workload: the referee of the search. */
function bestByExhaustion(workload: Workload, candidates: readonly Candidate[]): bigint {
  const floors = floorsOf(policy.quality.alpha);
  const slots = [
    ...groupBy(candidates, ({ lever, proposal }) =>
      JSON.stringify([lever.id, proposal.cluster, proposal.model]),
    ).values(),
  ];
  const before = costOf(workload, prices).amount;
  let best = 0n;
  const visit = (depth: number, chosen: readonly Candidate[]): void => {
    if (depth < slots.length) {
      visit(depth + 1, chosen);
      for (const candidate of slots[depth]!) visit(depth + 1, [...chosen, candidate]);
      return;
    }
    const asked = chosen.filter(({ question }) => question !== null);
    const needed = asked.map((candidate) => {
      const floor = floors(candidate, asked.length);
      return floor === null ? Number.POSITIVE_INFINITY : floor * candidate.question!.share;
    });
    if (needed.reduce((sum, part) => sum + part, 0) > policy.quality.budget + 1e-12) return;
    const saving = before - costOf(applyJointly(workload, chosen, prices), prices).amount;
    if (saving > best) best = saving;
  };
  visit(0, []);
  return best;
}

describe("a plan", () => {
  it("saves exactly as much as the best of all combinations", () => {
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        const rules = readRules(policy, workload, prices, []);
        const usable = buildCandidates(workload, levers, rules, prices).filter((c) => c.excluded === null);
        const combinations = [
          ...groupBy(usable, (c) => JSON.stringify([c.id, c.proposal.model])).values(),
        ].reduce((product, slot) => product * (slot.length + 1), 1);
        fc.pre(combinations <= 3_000);

        const before = toMonth(costOf(workload, prices).amount, workload.hours);
        const expected =
          before -
          toMonth(costOf(workload, prices).amount - bestByExhaustion(workload, usable), workload.hours);

        expect(parseUsd(plan(workload).joint.savingUsdMonth)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("never costs more than the baseline, and splits its saving and its work without a remainder", () => {
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        const { actions, joint, layers, baseline, economics } = plan(workload);
        const saving = parseUsd(joint.savingUsdMonth);
        const sum = (amounts: readonly string[]) => amounts.reduce((total, usd) => total + parseUsd(usd), 0n);

        expect(saving >= 0n).toBe(true);
        expect(parseUsd(joint.costUsdMonth) + saving).toBe(parseUsd(baseline.listCostUsdMonth));
        expect(sum(actions.map((action) => action.shapleySavingUsd))).toBe(saving);
        expect(sum(layers.map((layer) => layer.savingUsdMonth))).toBe(saving);
        expect(parseUsd(joint.standaloneSumUsdMonth) + parseUsd(joint.synergyUsdMonth)).toBe(saving);
        const hours = actions.reduce((total, action) => total + action.effortHours, 0);
        expect(economics?.engineeringHours ?? 0).toBeCloseTo(hours, 9);
      }),
      { numRuns: 150 },
    );
  });

  it("spends its quality budget at most once, with margins that its pairs can certify", () => {
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        const { quality, prove, frontier } = plan(workload);
        const risked = prove.reduce((sum, question) => sum + question.requestShare * question.margin, 0);

        expect(risked).toBeLessThanOrEqual(quality.budget + 1e-9);
        expect(quality.spent).toBeCloseTo(risked, 8);
        expect(quality.family).toBe(prove.length);
        for (const question of prove) {
          const { samples } = workload.clusters.find(({ id }) => id === question.cluster)!;
          expect(question.pairsIfAllTie).toBeLessThanOrEqual(Math.max(samples, policy.run.sampleSize));
        }
        const costs = frontier.map((row) => parseUsd(row.costUsdMonth));
        for (let i = 1; i < costs.length; i += 1) {
          expect(costs[i]! < costs[i - 1]!).toBe(true);
          expect(frontier[i]!.qualityBudgetUsed).toBeGreaterThan(frontier[i - 1]!.qualityBudgetUsed);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is never made worse by one more allowed candidate", () => {
    fc.assert(
      fc.property(
        randomWorkload,
        fc.constantFrom("medium", "narrow", "automatic", "large-two"),
        (workload, model) => {
          const wider = { candidates: [...policy.candidates, { provider: "acme", model }] };
          const [narrowPlan, widePlan] = [plan(workload), plan(workload, wider)];

          expect(parseUsd(widePlan.joint.savingUsdMonth) >= parseUsd(narrowPlan.joint.savingUsdMonth)).toBe(
            true,
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it("costs its own actions again to the same figure", () => {
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        const body = plan(workload);
        const all = costSubset(
          body,
          body.actions.map(({ id }) => id),
          workload,
          prices,
        );

        expect(all.savingPicoUsdMonth).toBe(parseUsd(body.joint.savingUsdMonth));
        expect(costSubset(body, [], workload, prices).savingPicoUsdMonth).toBe(0n);
      }),
      { numRuns: 80 },
    );
  });
});

describe("every lever", () => {
  it.each(levers.map((lever) => ({ lever, id: lever.id })))(
    "$id acts on each model of its cluster without regard to any other",
    ({ lever }: { lever: Lever }) => {
      fc.assert(
        fc.property(randomWorkload, (workload) => {
          const { limits } = readRules(policy, workload, prices, []);
          for (const proposal of lever.propose(workload, limits, prices)) {
            const whole = lever.apply(workload, proposal, prices).workload;
            const parts = workload.cells.map((cell) => {
              const own = {
                ...workload,
                cells: [cell],
                exactReuse: workload.exactReuse.filter(isOf(cell)),
                prefixReuse: workload.prefixReuse.filter(isOf(cell)),
              };
              return costOf(lever.apply(own, proposal, prices).workload, prices).amount;
            });

            expect(costOf(whole, prices).amount).toBe(parts.reduce((sum, part) => sum + part, 0n));
          }
        }),
        { numRuns: 50 },
      );
    },
  );

  it.each(levers.map((lever) => ({ lever, id: lever.id })))(
    "$id keeps counts whole and subsets within their totals",
    ({ lever }: { lever: Lever }) => {
      fc.assert(
        fc.property(randomWorkload, (workload) => {
          const { limits } = readRules(policy, workload, prices, []);
          for (const proposal of lever.propose(workload, limits, prices)) {
            const effect = lever.apply(workload, proposal, prices);
            for (const cell of effect.workload.cells) {
              expect(cell.cachedInputTokens + cell.cacheWriteTokens).toBeLessThanOrEqual(cell.inputTokens);
              expect(cell.cacheWrite1hTokens).toBeLessThanOrEqual(cell.cacheWriteTokens);
              expect(Object.values(cell).every((v) => typeof v !== "number" || Number.isInteger(v))).toBe(
                true,
              );
              expect(cell.requests).toBeGreaterThanOrEqual(0);
            }
          }
        }),
        { numRuns: 50 },
      );
    },
  );
});

function isOf(cell: { cluster: string; provider: string; model: string }) {
  return (row: { cluster: string; provider: string; model: string }) =>
    row.cluster === cell.cluster && row.provider === cell.provider && row.model === cell.model;
}
