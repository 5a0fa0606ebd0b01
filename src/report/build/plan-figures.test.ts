import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportInputFixture } from "../../../test/support/report-fixture.js";
import type { ReportInput } from "../contract.js";
import { buildEconomics, describeWorth } from "./build-economics.js";
import { buildFleets } from "./build-fleets.js";
import { buildOptimality } from "./build-optimality.js";
import { buildReport } from "./build-report.js";

const input = reportInputFixture();
const plan = input.plan!;
type Plan = NonNullable<ReportInput["plan"]>;
const withEconomics = (changes: Partial<NonNullable<Plan["economics"]>>): Plan => ({
  ...plan,
  economics: { ...plan.economics!, ...changes },
});
const withSearch = (changes: Partial<Plan["search"]>): Plan => ({
  ...plan,
  search: { ...plan.search, ...changes },
});

describe("the waterfall by layer", () => {
  const { waterfall, layers, actions } = buildReport(input);
  const steps = waterfall.filter(({ kind }) => kind === "saving");

  it("keeps the steps of a layer together, in the order of going live within it", () => {
    expect(steps.map(({ layer }) => layer)).toEqual([
      ...Array(4).fill("application"),
      "serving",
      "infrastructure",
    ]);
    expect(actions.map(({ order, layer }) => [order, layer]).slice(-2)).toEqual([
      [5, "infrastructure"],
      [6, "serving"],
    ]);
  });

  it("adds up to each layer's subtotal", () => {
    for (const { layer, savingUsdMonth } of layers) {
      const sum = steps
        .filter((step) => step.layer === layer)
        .reduce((total, step) => total + step.amountUsdMonth, 0);
      expect(sum, layer).toBeCloseTo(savingUsdMonth, 6);
    }
    expect(layers.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });
});

describe("an action", () => {
  it("carries who must approve it, what describes it and what it takes", () => {
    const { actions } = buildReport(input);
    expect(actions.find(({ lever }) => lever === "right-size")).toMatchObject({
      summary: "Right-size the fleet: support-gpus",
      settings: "spare 1",
      risk: "low",
      effortHours: 10,
      oneOffUsd: 2_000,
      approvals: ["platform-team"],
      templates: [{ id: "full-stack-optimization", score: 0.75 }],
    });
    expect(actions.find(({ lever }) => lever === "route")!.settings).toBe("only calls to openai/gpt-4.1");
  });
});

describe("fleets", () => {
  it("call a fixed fleet replayed, one that follows the need estimated, and the need always estimated", () => {
    const [fleet] = buildFleets(plan);
    expect(fleet!.before!.cost).toEqual({ value: 8_176, unit: "USD a month", basis: "replayed" });
    expect(fleet!.after!.cost.basis).toBe("estimated");
    expect(fleet!.before!.replicasNeeded.basis).toBe("estimated");
    expect(fleet!.before!.gpus.value).toBe(8);
    expect(fleet!.change).toEqual({ value: -4_088, unit: "USD a month", basis: "estimated" });
  });

  it("keep a benchmark's basis and reference points", () => {
    const capacity = {
      ...plan.fleets[0]!.capacity!,
      requestsPerSecond: { low: 2, mid: 2.1, high: 2.2, basis: "measured" as const },
      references: ["bench-support.json, 1500 in, 300 out, 32 at once"],
    };
    const [fleet] = buildFleets({ ...plan, fleets: [{ ...plan.fleets[0]!, capacity }] });
    expect(fleet!.capacity!.requestsPerSecond.basis).toBe("measured");
    expect(fleet!.capacity!.ttftMs.basis).toBe("estimated");
    expect(fleet!.capacity!.references).toEqual(capacity.references);
  });

  it("that the plan starts, or leaves nothing to serve, have one side only", () => {
    const [was] = plan.fleets;
    const [started, ended] = buildFleets({
      ...plan,
      fleets: [
        { ...was!, inPlace: false, before: null },
        { ...was!, after: null, capacity: null },
      ],
    });
    expect([started!.before, started!.change.value]).toEqual([null, 4_088]);
    expect([ended!.after, ended!.capacity, ended!.change.value]).toEqual([null, null, -8_176]);
  });
});

describe("economics", () => {
  it("name unit and basis of every figure", () => {
    const worth = buildEconomics(plan)!;
    expect(worth.oneOff).toEqual({ low: 8310.4, mid: 14795.2, high: 24940.6, unit: "USD", basis: "assumed" });
    expect(worth.payback.unit).toBe("months");
    expect(worth.npv.basis).toBe("estimated");
  });

  it("are absent where nothing is changed", () => {
    expect(buildEconomics({ ...plan, economics: null })).toBeNull();
    expect(describeWorth({ ...plan, economics: null })).toBeNull();
    expect(describeWorth(null)).toBeNull();
  });

  it("say that a payback is not within the horizon, rather than show a number", () => {
    expect(describeWorth(withEconomics({ paybackMonths: { low: 4, mid: null, high: null } }))).toContain(
      "not paid back within 12 months",
    );
    expect(describeWorth(withEconomics({ paybackMonths: { low: 4, mid: 7, high: null } }))).toContain(
      "paid back in 7 months (4 to beyond 12)",
    );
  });

  it("count draws where none loses money, so that it does not read as certainty", () => {
    expect(describeWorth(withEconomics({ chanceOfLoss: 0 }))).toContain("none of 2,000 draws loses money");
    expect(describeWorth(withEconomics({ chanceOfLoss: 0.21 }))).toContain("21.0\u00a0% of 2,000 draws");
  });
});

describe("optimality", () => {
  it("is proven only where the search says so", () => {
    expect(buildOptimality(plan)!.statement).toMatch(/^Proven optimal: .*to within USD\s0\.0006 a month/);
    expect(buildOptimality(withSearch({ optimal: false, gapUsdMonth: "12.5" }))!.statement).toMatch(
      /^Not proven optimal: .* at most USD\s12\.50 a month/,
    );
    expect(buildOptimality(withSearch({ optimal: false, gapUsdMonth: "0" }))!.statement).toContain(
      "not every configuration was weighed",
    );
    expect(buildOptimality(null)).toBeNull();
  });

  it("never rounds a gap away", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (micro) => {
        const gap = (micro / 1e6).toFixed(6);
        const built = buildOptimality(withSearch({ optimal: false, gapUsdMonth: gap }))!;
        expect(built.plan.value! - built.bound.value!).toBeCloseTo(built.gap.value!, 6);
        expect(built.gap.value).toBeCloseTo(Number(gap), 9);
        expect(built.statement).not.toMatch(/USD\s0\.00 a month/);
      }),
    );
  });
});

describe("a question about a fleet", () => {
  it("names the fleet and what is run on it in another way", () => {
    const model = { provider: "self", model: "qwen2.5-32b" };
    const action = `right-size/${plan.fleets[0]!.id}`;
    const question = {
      ...plan.prove[0]!,
      action,
      question: action,
      cluster: null,
      baseline: model,
      candidate: model,
      variant: "precision:fp8",
    };
    const { toProve, nextSteps } = buildReport({
      ...input,
      evaluation: null,
      plan: { ...plan, prove: [question] },
    });
    expect(toProve).toMatchObject([
      { scope: "fleet support-gpus", candidate: "self/qwen2.5-32b with precision:fp8", state: "untested" },
    ]);
    expect(nextSteps.join()).toContain("Test fleet support-gpus to self/qwen2.5-32b with precision:fp8");
  });
});
