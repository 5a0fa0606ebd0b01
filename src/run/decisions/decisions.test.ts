import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../fixtures/setup.js";
import { certifiedActions } from "./certified-actions.js";
import { exitCodeOf, type Outcome } from "./outcome.js";
import { type Result, writeResults } from "./results.js";

const outcome = (
  verdicts: readonly Outcome["decisions"][number]["verdict"][],
  more: Partial<Outcome> = {},
): Outcome => ({
  decisions: verdicts.map((verdict) => ({ verdict })),
  complete: true,
  stopped: null,
  certified: null,
  ...more,
});

describe("the exit code of a run", () => {
  it.each([
    [outcome(["certified", "rejected", "futile"]), false, 0],
    [outcome([]), false, 0],
    [outcome(["certified", "inconclusive"]), false, 4],
    [outcome(["certified"], { complete: false, stopped: "budget" }), false, 4],
    [outcome(["certified"]), true, 0],
    [outcome(["certified", "rejected"]), true, 3],
    [outcome(["certified", "inconclusive"]), true, 3],
    [outcome(["rejected"], { certified: { actions: ["a"] } }), true, 3],
    [outcome(["certified"], { certified: { actions: ["a", "b"] } }), true, 0],
    [outcome(["certified"], { complete: false, stopped: "interrupted" }), true, 130],
    [outcome(["inconclusive"], { complete: false, stopped: "interrupted" }), false, 130],
  ] as const)("of %j with --require-certified %s is %d", (evaluation, requireCertified, code) => {
    expect(
      exitCodeOf(evaluation, {
        requireCertified,
        plannedActions: evaluation.certified === null ? [] : ["a", "b"],
      }),
    ).toBe(code);
  });
});

describe("a candidate that a cheaper certified one has superseded", () => {
  const evaluation = (ending: string): Outcome => ({
    ...outcome([]),
    decisions: [
      { question: "cheap", verdict: "certified" },
      { question: "dear", verdict: "inconclusive" },
    ],
    log: [{ question: "dear", ending }],
  });

  it("is settled: the run is complete, and a gate on certificates passes", () => {
    expect(exitCodeOf(evaluation("superseded"), { requireCertified: false })).toBe(0);
    expect(exitCodeOf(evaluation("superseded"), { requireCertified: true })).toBe(0);
    expect(exitCodeOf(evaluation("samples"), { requireCertified: false })).toBe(4);
    expect(exitCodeOf(evaluation("samples"), { requireCertified: true })).toBe(3);
  });
});

describe("certified plan actions", () => {
  const action = (id: string, evidence: unknown) =>
    ({ id, shapleySavingUsd: "10", evidence }) as unknown as Parameters<
      typeof certifiedActions
    >[0] extends infer P
      ? NonNullable<P> extends { actions: (infer A)[] }
        ? A
        : never
      : never;
  const plan = {
    actions: [
      action("batch", { kind: "structural", attested: true, conditions: [] }),
      action("cache", { kind: "structural", attested: false, conditions: ["assumed"] }),
      action("route", { kind: "quality", question: "q1" }),
    ],
    joint: { savingUsdMonth: "30", savingShare: 0.3 } as never,
  };
  const certified = [{ question: "q1", verdict: "certified" }] as const;

  it("are those with attested conditions or a certified question", () => {
    expect(certifiedActions(plan, certified)).toMatchObject({
      actions: ["batch", "route"],
      savingUsdMonth: "20",
    });
    expect(certifiedActions(plan, certified)!.savingShare).toBeCloseTo(0.2, 12);
    expect(certifiedActions(plan, [{ question: "q1", verdict: "inconclusive" }])!.actions).toEqual(["batch"]);
    expect(certifiedActions(null, certified)).toBeNull();
  });

  it("carry the plan's joint saving when all hold, and the planner's own figure where it is asked", () => {
    const whole = { ...plan, actions: [plan.actions[0]!, plan.actions[2]!] };
    expect(certifiedActions(whole, certified)).toMatchObject({ savingUsdMonth: "30", savingShare: 0.3 });
    const savingOf = () => ({ savingUsdMonth: "17", savingShare: 0.17, basis: "replayed" });
    expect(certifiedActions(plan, certified, savingOf)).toMatchObject({
      savingUsdMonth: "17",
      basis: "replayed",
    });
  });
});

describe("results.jsonl", () => {
  it("is readable by its owner only", async () => {
    const path = join(temporaryFolder(), "results.jsonl");
    const result: Result = {
      sampleId: "s",
      cluster: "c",
      provider: "p",
      model: "m",
      role: "candidate",
      response: "r",
      score: 1,
      grader: "exact",
      inputTokens: 1,
      outputTokens: 1,
      latencyMs: null,
      ttftMs: null,
      truncated: false,
      costUsd: "0.1",
      status: "ok",
    };
    await writeResults(path, [result]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
