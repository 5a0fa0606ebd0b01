import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alphaAccount, type Decided, isGranted, type Ledger, recordRound } from "./ledger.js";

const decided = (verdict: Decided["verdict"], family: number): Decided => ({
  question: "route/chat",
  scope: "chat",
  baseline: "acme/large",
  candidate: "acme/small",
  verdict,
  margin: 0.05,
  n: 71,
  family,
  samplesNeeded: null,
  population: "traffic",
  lower: -0.04,
});

const enter = (
  previous: Ledger | null,
  verdicts: readonly Decided["verdict"][],
  round: number,
  alpha: number,
) =>
  recordRound(previous, {
    claim: "one",
    round,
    alpha,
    seed: 1,
    decisions: verdicts.map((verdict) => decided(verdict, verdicts.length)),
    asked: [`s-${round}`],
  });

describe("the account of alpha", () => {
  it("gives back the shares of certified questions alone", () => {
    const ledger = enter(null, ["certified", "rejected", "inconclusive", "certified"], 1, 0.04);

    expect(alphaAccount(ledger, 0.04)).toEqual({ total: 0.04, spent: 0.02, next: 0.02 });
  });

  it("is untouched by a round that asked nothing", () => {
    expect(alphaAccount(enter(null, [], 1, 0.05), 0.05)).toEqual({ total: 0.05, spent: 0, next: 0.05 });
  });

  it("refuses a further round where nothing is left, until the total is raised", () => {
    const ledger = enter(null, ["rejected"], 1, 0.05);

    expect(isGranted(alphaAccount(ledger, 0.05))).toBe(false);
    expect(isGranted(alphaAccount(ledger, 0.06))).toBe(true);
  });

  it("never lets the shares of questions that were not certified add up to more than the total", () => {
    const rounds = fc.array(
      fc.array(fc.constantFrom<Decided["verdict"]>("certified", "rejected", "futile", "inconclusive"), {
        minLength: 1,
        maxLength: 5,
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(rounds, (all) => {
        let ledger: Ledger | null = null;
        let atRisk = 0;
        for (const [index, verdicts] of all.entries()) {
          const account: ReturnType<typeof alphaAccount> =
            ledger === null ? { total: 0.05, spent: 0, next: 0.05 } : alphaAccount(ledger, 0.05);
          if (!isGranted(account)) break;
          ledger = enter(ledger, verdicts, index + 1, account.next);
          const open = verdicts.filter((verdict) => verdict !== "certified").length;
          atRisk += (account.next * open) / verdicts.length;
        }
        expect(atRisk).toBeLessThanOrEqual(0.05 + 1e-9);
      }),
    );
  });
});

describe("a round that is entered", () => {
  it("takes the place of its former entry, and keeps what was asked", () => {
    const first = enter(null, ["inconclusive"], 1, 0.05);
    const second = enter(first, ["rejected"], 2, 0.02);

    const continued = recordRound(second, {
      claim: "one",
      round: 1,
      alpha: 0.05,
      seed: 1,
      decisions: [decided("certified", 1)],
      asked: ["s-0"],
    });

    expect(continued.rounds.map(({ round, asked }) => [round, asked])).toEqual([
      [1, ["s-0", "s-1"]],
      [2, ["s-2"]],
    ]);
    expect(alphaAccount(continued, 0.05).spent).toBe(0.02);
  });

  it("takes alpha again where the same questions were asked in another order", () => {
    const first = enter(null, ["rejected"], 1, 0.05);

    const again = recordRound(first, {
      claim: "one",
      round: 1,
      alpha: 0.05,
      seed: 2,
      decisions: [decided("certified", 1)],
      asked: [],
    });

    expect(alphaAccount(again, 0.05).spent).toBe(0.05);
  });

  it("begins another account where the plan is another one", () => {
    const first = enter(null, ["rejected"], 1, 0.05);

    expect(
      recordRound(first, { claim: "two", round: 1, alpha: 0.05, seed: 1, decisions: [], asked: [] }).rounds,
    ).toHaveLength(1);
  });
});
