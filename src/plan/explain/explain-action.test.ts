import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bookOf, cell, rates, row, workload as workloadOf } from "../../levers/fixtures/workloads.js";
import { levers as allLevers, type Books, exactCache, type Lever, route } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { toFileShape } from "../../shared/case.js";
import { formatExact, parseUsd } from "../../shared/money.js";
import { buildPlan } from "../build-plan.js";
import { toMonth } from "../cost.js";
import { policyWith, SMALL } from "../fixtures/policies.js";
import { fleetBooks, fleetLevers, fleetWorkload } from "../fixtures/random-fleets.js";
import { randomWorkload } from "../fixtures/random-workloads.js";
import { costSubset } from "../joint.js";
import type { Policy } from "../policy/load-policy.js";
import { type Milp, openHighs } from "../search/milp.js";
import { type Explanation, explainAction } from "./explain-action.js";
import { explainOutput } from "./schema.js";

let policy: Policy;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  policy = await policyWith({
    quality: { budget: 0.03 },
    latency: { batchTolerantIntents: ["digest", "search"] },
    candidates: [SMALL],
    selfHost: { allowed: true },
  });
});

const sum = (amounts: readonly string[]) => amounts.reduce((total, usd) => total + parseUsd(usd), 0n);

/** Every figure that is shown as a sum is the sum of what is shown beside it. */
function expectSums(comparison: Explanation["alone"], { hours }: Workload): void {
  const { cells, fleets, beforeUsd, afterUsd, savingUsd, savingUsdMonth } = comparison;
  for (const cell of cells) {
    expect(sum(cell.charges.map((charge) => charge.beforeUsd))).toBe(parseUsd(cell.beforeUsd));
    expect(sum(cell.charges.map((charge) => charge.afterUsd))).toBe(parseUsd(cell.afterUsd));
    if (cell.paid !== "list") expect(cell.beforeUsd).toBe("0");
    for (const { tokensAfter, usdPerMillion, afterUsd: amount } of cell.charges) {
      if (usdPerMillion === null) continue;
      expect(Number(amount)).toBeCloseTo((tokensAfter * Number(usdPerMillion)) / 1e6, 9);
    }
  }
  const states = fleets.flatMap(({ before, after }) => [before, after]).filter((state) => state !== null);
  for (const state of states) {
    expect(sum([state.marketUsd, state.committedUsd, state.peopleUsd])).toBe(parseUsd(state.costUsd));
    expect(Number(state.marketUsd)).toBeCloseTo(state.marketGpuHours * Number(state.usdPerMarketGpuHour), 6);
    expect(state.busiestMinuteReplicaSeconds).toBeCloseTo(
      state.work.reduce((total, work) => total + work.busiestMinuteReplicaSeconds, 0),
      6,
    );
    const need = state.busiestMinuteReplicaSeconds / (60 * state.utilisation);
    expect(state.replicasNeeded).toBe(Math.max(0, Math.ceil(need - 1e-9)));
  }
  const before = sum([
    ...cells.map((cell) => cell.beforeUsd),
    ...fleets.map(({ before: was }) => was?.costUsd ?? "0"),
  ]);
  const after = sum([
    ...cells.map((cell) => cell.afterUsd),
    ...fleets.map(({ after: becomes }) => becomes?.costUsd ?? "0"),
  ]);
  expect(parseUsd(beforeUsd)).toBe(before);
  expect(parseUsd(afterUsd)).toBe(after);
  expect(parseUsd(savingUsd)).toBe(before - after);
  expect(parseUsd(savingUsdMonth)).toBe(toMonth(before - after, hours));
}

/** Plans the workload and explains each action; returns how many there were. */
function explainAll(workload: Workload, books: Books, levers: readonly Lever[]): Explanation[] {
  const plan = buildPlan({ workload, policy, prices: books, milp, seed: 1, levers });
  const ids = plan.actions.map(({ id }) => id);
  return plan.actions.map((action) => {
    const shown = explainAction(action.id, { plan, workload, books, levers });
    expectSums(shown.alone, workload);
    expectSums(shown.beside, workload);
    expect(shown.alone.savingUsdMonth).toBe(action.standaloneSavingUsd);
    const without = costSubset(
      plan,
      ids.filter((id) => id !== action.id),
      workload,
      books,
      levers,
    );
    // Each is rounded to a month on its own, so one pico-USD may lie between them.
    const lost = parseUsd(plan.joint.savingUsdMonth) - without.savingPicoUsdMonth;
    expect(Math.abs(Number(parseUsd(shown.jointMarginalUsdMonth) - lost))).toBeLessThanOrEqual(1);
    const asked = plan.prove.find(({ action: id }) => id === action.id);
    if (asked !== undefined) expect(shown.jointMarginalUsdMonth).toBe(asked.savingUsdMonth);
    expect(explainOutput.safeParse(toFileShape(shown)).error).toBeUndefined();
    return shown;
  });
}

describe("an explained action", () => {
  it("adds up to the plan's figures for changes of requests, tokens, models and prices", () => {
    let explained = 0;
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        explained += explainAll(workload, bookOf(), allLevers).length;
      }),
      { numRuns: 40 },
    );
    expect(explained).toBeGreaterThan(40);
  });

  it("adds up for fleets, thresholds of whole GPUs included", () => {
    const levers = [exactCache, route, ...fleetLevers];
    const shown: Explanation[] = [];
    fc.assert(
      fc.property(fleetWorkload, (workload) => {
        shown.push(...explainAll(workload, fleetBooks, levers));
      }),
      { numRuns: 60 },
    );
    expect(shown.filter(({ alone }) => alone.fleets.length > 0).length).toBeGreaterThan(20);
    // Requests of an API that a fleet takes over, or a cache that empties a fleet: cells and fleets in one action.
    expect(shown.some(({ alone }) => alone.fleets.length > 0 && alone.cells.length > 0)).toBe(true);
  });

  it("shares the joint saving with the others, and names them", () => {
    fc.assert(
      fc.property(randomWorkload, (workload) => {
        const shown = explainAll(workload, bookOf(), allLevers);
        fc.pre(shown.length > 0);

        expect(formatExact(sum(shown.map((one) => one.shapleySavingUsdMonth)))).toBe(
          shown[0]!.jointSavingUsdMonth,
        );
        for (const one of shown) {
          expect([one.action.id, ...one.besideActions].sort()).toEqual(
            shown.map(({ action }) => action.id).sort(),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it("shows each kind of token at its rate, and rounds like the bill where a batch price divides no rate", () => {
    const third = row("large", rates("10", "30"), { batchDiscount: { numerator: 1n, denominator: 3n } });
    const workload = workloadOf([cell({ requests: 3, inputTokens: 1_000, outputTokens: 100 })], {
      hours: 73,
    });
    const books = bookOf([third]);
    const plan = buildPlan({
      workload,
      policy: { ...policy, latency: { ...policy.latency, batchTolerantIntents: ["chat"] } },
      prices: books,
      milp,
      seed: 1,
    });

    const { alone } = explainAction("batch-api/chat", { plan, workload, books });

    expectSums(alone, workload);
    expect(alone).toMatchObject({
      beforeUsd: "0.013",
      afterUsd: "0.004333333333",
      savingUsd: "0.008666666667",
    });
    expect(alone.savingUsdMonth).toBe("0.08666666667");
    expect(alone.cells.find(({ batch }) => batch)?.charges).toMatchObject([
      { kind: "input", tokensBefore: 0, tokensAfter: 1_000, usdPerMillion: "3.333333333333" },
      { kind: "output", tokensBefore: 0, tokensAfter: 100, usdPerMillion: "10" },
    ]);
  });

  it("is refused with the nearest id, or as stale when the workload is another one", () => {
    const workload = workloadOf([cell()], { samples: { chat: 500 } });
    const books = bookOf();
    const plan = buildPlan({ workload, policy, prices: books, milp, seed: 1 });
    const [{ id } = { id: "" }] = plan.actions;

    expect(() => explainAction(`${id}x`, { plan, workload, books })).toThrowError(
      expect.objectContaining({
        code: "TOP-PLAN-ACTION",
        found: expect.stringContaining(`The nearest is "${id}"`),
        fix: `Try: tokenop plan --explain ${id}`,
      }),
    );
    const other = workloadOf([cell({ inputTokens: 99_999 })], { samples: { chat: 500 } });
    expect(() => explainAction(id, { plan, workload: other, books })).toThrowError(
      expect.objectContaining({ code: "TOP-PLAN-STALE" }),
    );
  });
});
