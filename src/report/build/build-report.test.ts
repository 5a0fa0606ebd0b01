import { describe, expect, it } from "vitest";
import { reportFixture, reportInputFixture } from "../../../test/support/report-fixture.js";
import { planSchema } from "../../plan/contract.js";
import { profileSchema } from "../../profile/contract.js";
import { evaluationSchema } from "../../run/contract.js";
import { toFileShape } from "../../shared/case.js";
import { type ReportInput, reportSchema } from "../contract.js";
import { buildReport } from "./build-report.js";

const input = reportInputFixture();
const certifying = (actions: readonly string[]): ReportInput => ({
  ...input,
  evaluation: {
    ...input.evaluation!,
    certified: { actions: [...actions], savingUsdMonth: "100", savingShare: 0.1, basis: "replayed" },
  },
});

describe("the fixture", () => {
  it("is made of valid artifacts", () => {
    profileSchema.parse(toFileShape(input.profile));
    planSchema.parse(toFileShape(input.plan));
    evaluationSchema.parse(toFileShape(input.evaluation));
  });
});

describe("a report", () => {
  it.each([
    ["everything", input],
    ["a profile alone", { ...input, plan: null, evaluation: null, patches: [] }],
    ["a plan that nothing was tested for", { ...input, evaluation: null, patches: [] }],
  ])("from %s fits its schema", (_, given) => {
    expect(() => reportSchema.parse(toFileShape(reportFixture(given)))).not.toThrow();
  });

  it("adds its waterfall up: today less every saving is the plan's cost", () => {
    const { waterfall } = buildReport(input);
    const savings = waterfall.filter((step) => step.kind === "saving");
    const sum = savings.reduce((total, step) => total + step.amountUsdMonth, 0);
    expect(waterfall[0]!.amountUsdMonth - sum).toBeCloseTo(waterfall.at(-1)!.amountUsdMonth, 6);
  });

  it("scales spend to a month of 730 hours and calls list prices an estimate", () => {
    const { spend } = buildReport(input);
    expect(spend.calls.value).toBeCloseTo((27_520 * 730) / 336, 6);
    expect(spend.observed.basis).toBe("estimated");
  });

  it("calls spend measured only where all of it was billed", () => {
    const totals = { ...input.profile.totals, billedCostUsd: input.profile.totals.costUsd };
    const { spend, assumptions } = buildReport({ ...input, profile: { ...input.profile, totals } });
    expect(spend.observed.basis).toBe("measured");
    expect(assumptions.map(({ text }) => text).join()).not.toContain("list price");
  });

  it("asks for the policy's approvals before the merge, of what a patch would put in place", () => {
    const plan = {
      ...input.plan!,
      actions: input.plan!.actions.map((action) => ({ ...action, approvals: ["cfo"] })),
    };
    const patched = input.patches.flatMap(({ actions }) => actions);

    const steps = buildReport({ ...input, plan, simulated: false }).nextSteps;

    expect(patched.length).toBeGreaterThan(0);
    expect(steps.filter((step) => step.includes("approved by cfo"))).toHaveLength(new Set(patched).size);
    expect(buildReport({ ...input, simulated: false }).nextSteps.join()).not.toContain("approved by");
  });

  it("adds what fleets cost to a month of calls, so that it meets the plan's baseline", () => {
    const { spend, waterfall } = buildReport(input);
    expect(spend.fleets.value).toBe(8_176);
    expect(spend.month.value).toBeCloseTo(waterfall[0]!.amountUsdMonth, 1);
    expect(buildReport({ ...input, plan: null, evaluation: null }).spend.fleets.value).toBeNull();
  });

  it("does not call a model without a price what a fleet in place pays for by the hour", () => {
    const [fleet] = input.plan!.fleets;
    const row = { ...input.profile.unpriced[0]!, provider: fleet!.provider, model: fleet!.model };
    const served = { ...input, profile: { ...input.profile, unpriced: [row] } };
    expect(buildReport(served).spend.unpriced).toEqual([]);
    expect(buildReport(served).nextSteps.join()).not.toContain("prices.yaml");
    expect(buildReport({ ...served, plan: null, evaluation: null }).spend.unpriced).toHaveLength(1);
  });

  it.each(["-421.1", "1622.9"])("never hides a synergy: %s", (synergyUsdMonth) => {
    const joint = { ...input.plan!.joint, synergyUsdMonth };
    expect(buildReport({ ...input, plan: { ...input.plan!, joint } }).synergy.amount.value).toBe(
      Number(synergyUsdMonth),
    );
  });

  it("gives every latency and cost claim the names of its question, and a confidence of its own", () => {
    const { latencyTails, acceptedCosts, certificates } = buildReport(input);
    const named = (rows: readonly { scope: string; candidate: string; baseline: string }[]) =>
      rows.map(({ scope, candidate, baseline }) => ({ scope, candidate, baseline }));
    expect(named(latencyTails)).toEqual(named(certificates));
    expect(named(acceptedCosts)).toEqual(named(certificates));
    expect(latencyTails[0]!.confidence).toBeCloseTo(1 - 0.05 / 6, 12);
    expect(latencyTails[0]!.upper).toEqual({ value: 1_210, unit: "ms", basis: "replayed" });
    expect(acceptedCosts[0]!.savingLower.value).toBe(0.69);
  });

  it.each([
    ["live", "measured", "estimated", "measured"],
    ["replay", "replayed", "replayed", "measured"],
    ["simulate", "assumed", "assumed", "assumed"],
  ] as const)(
    "in %s mode calls latency %s, cost %s and the judge's record %s",
    (mode, speed, cost, judge) => {
      const report = buildReport({ ...input, evaluation: { ...input.evaluation!, mode } });
      expect(report.latencyTails[0]!.candidateP95.basis).toBe(speed);
      expect(report.acceptedCosts[0]!.candidateCost.basis).toBe(cost);
      expect(report.judge!.swapDisagreement.basis).toBe(judge);
    },
  );

  it("takes the ground of a cost claim as assumed where only recordings bound a call", () => {
    const operations = input.evaluation!.operations!.map((operation) =>
      operation.kind === "cost_per_accepted" && operation.boundUsd !== null
        ? { ...operation, boundBasis: "assumed" as const }
        : operation,
    );
    const [first] = buildReport({ ...input, evaluation: { ...input.evaluation!, operations } }).acceptedCosts;
    expect(first!.candidateMost).toEqual({ value: 0.0131, unit: "USD a call", basis: "assumed" });
  });

  it("names the questions on which rules took the judge's place", () => {
    const { judge, certificates } = buildReport(input);
    expect(judge!.setAside).toEqual([{ scope: "code-review", candidate: "openai/gpt-4.1-mini" }]);
    expect(certificates.map(({ fallback }) => fallback)).toEqual([false, false, true]);
    expect(judge!.labels).toEqual({ chance: 0.125, wanted: 1 });
  });

  it("has no judge and no such claims where the evaluation has none", () => {
    const { judge: _, operations: __, ...rest } = input.evaluation!;
    const report = buildReport({ ...input, evaluation: rest });
    expect([report.judge, report.latencyTails, report.acceptedCosts]).toEqual([null, [], []]);
  });

  it("keeps one assumption where several changes share it", () => {
    const texts = buildReport(input).assumptions.map(({ text }) => text);
    expect(texts).toHaveLength(new Set(texts).size);
  });

  it("marks the plan's own point on the frontier", () => {
    expect(buildReport(input).frontier.map(({ chosen }) => chosen)).toEqual([false, false, false, true]);
  });

  it("states the confidence of a bound after the family's correction", () => {
    expect(buildReport(input).certificates[0]!.confidence).toBeCloseTo(1 - 0.05 / 3, 12);
  });
});

describe("the verdict", () => {
  const all = input.plan!.actions.map(({ id }) => id);
  it.each([
    ["certified", certifying(all)],
    ["partly_certified", certifying(all.slice(0, 1))],
    ["uncertified", certifying([])],
    ["uncertified", { ...input, evaluation: null }],
    ["spend_only", { ...input, plan: null, evaluation: null }],
    ["nothing_to_do", { ...input, plan: { ...input.plan!, decision: "do_nothing" as const, actions: [] } }],
  ])("is %s", (status, given) => {
    expect(buildReport(given).verdict.status).toBe(status);
  });

  it("does not call a saving certified when nothing was tested", () => {
    const { verdict, actions } = buildReport({ ...input, evaluation: null });
    expect(verdict.headline).toContain("Nothing has been tested yet");
    expect(verdict.certifiedSaving.value).toBeNull();
    expect(actions.map(({ state }) => state)).toEqual([
      "uncertified",
      ...["untested", "untested", "untested"],
      ...["uncertified", "uncertified"],
    ]);
  });

  it("counts what a run showed without a plan", () => {
    expect(buildReport({ ...input, plan: null }).verdict.detail).toContain("3 questions tested, 1 certified");
  });

  it("says what the saving means on a bill below list price", () => {
    const plan = { ...input.plan!, fleets: [] };
    expect(buildReport({ ...input, plan }).verdict.detail).toContain("about USD\u00a013,178");
  });

  it("scales no saving of fleets by the bill for calls", () => {
    const { detail } = buildReport(input).verdict;
    expect(detail).toContain(
      "0.88 of list price, so what they save scales by that; what fleets save does not",
    );
  });
});

describe("what is still to prove", () => {
  it("names the verdict so far and the pairs that are missing", () => {
    expect(buildReport(input).toProve).toMatchObject([
      { scope: "extract", state: "inconclusive", samplesNeeded: 260 },
      { scope: "code-review", state: "rejected", samplesNeeded: null },
    ]);
  });

  it("falls back to the best case before any data", () => {
    const { toProve } = buildReport({ ...input, evaluation: null });
    expect(toProve.map(({ state, samplesNeeded }) => [state, samplesNeeded])).toEqual([
      ["untested", 250],
      ["untested", 167],
      ["untested", 100],
    ]);
  });
});

describe("next steps", () => {
  it("put the most valuable open question first and never merge what was simulated", () => {
    const { nextSteps } = buildReport(input);
    expect(nextSteps[0]).toContain("simulated patches are not for production");
    expect(nextSteps[1]).toContain("260 more pairs");
    expect(nextSteps[2]).toContain("Drop the route of code-review");
    expect(nextSteps[3]).toContain("prices.yaml");
  });

  it("begin with the merge after a real run", () => {
    expect(buildReport({ ...input, simulated: false }).nextSteps[0]).toContain("Review and merge");
  });
});

describe("the patch note", () => {
  it.each([
    ["no plan yet", { ...input, plan: null, evaluation: null, patches: [] }],
    ["no route was tested yet", { ...input, evaluation: null, patches: [] }],
    ["no route of the plan is certified", { ...certifying([]), patches: [] }],
    ["best put in place without its routes", { ...input, patches: [] }],
  ])("says that there is %s", (words, given) => {
    expect(buildReport(given).patchNote).toContain(words);
  });

  it("is absent once a certified route has its patch", () => {
    expect(buildReport(input).patchNote).toBeNull();
  });
});
