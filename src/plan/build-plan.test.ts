import { readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bookOf,
  cell,
  exactReuse,
  prefixReuse,
  ROWS,
  rates,
  row,
  workload,
} from "../levers/fixtures/workloads.js";
import type { Workload } from "../profile/contract.js";
import { API_VERSION, renderYaml } from "../shared/artifact.js";
import { toFileShape } from "../shared/case.js";
import { GateError } from "../shared/errors.js";
import { parseUsd } from "../shared/money.js";
import { buildPlan } from "./build-plan.js";
import { planSchema } from "./contract.js";
import { policyWith, SMALL } from "./fixtures/policies.js";
import { costSubset } from "./joint.js";
import { objectiveOf } from "./objective.js";
import type { Policy } from "./policy/load-policy.js";
import { type Milp, openHighs } from "./search/milp.js";

const prices = bookOf();
let defaults: Policy;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  defaults = await policyWith();
});

const withSmall = (rest: Partial<Policy> = {}): Policy => ({ ...defaults, candidates: [SMALL], ...rest });

const plan = (given: Workload, policy: Policy = withSmall()) =>
  buildPlan({ workload: given, policy, prices, milp, seed: 1 });

/** A fifth of the requests on a large model, the rest cheap already. */
const fifth = (rest: Partial<Workload> = {}) =>
  workload([cell({ requests: 200 }), cell({ cluster: "search", model: "small", requests: 800 })], rest);

describe("a plan", () => {
  it("routes what the samples on hand can certify, at the margin that the fleet budget leaves it", () => {
    const body = plan(fifth());

    expect(body.actions).toMatchObject([{ id: "route/chat", lever: "route", touchedRequestShare: 0.2 }]);
    expect(body.prove).toMatchObject([
      { question: "route/chat", margin: 0.05, requestShare: 0.2, pairsIfAllTie: 71 },
    ]);
    expect(body.quality).toMatchObject({ budget: 0.01, spent: 0.01, family: 1 });
  });

  it("does nothing where nothing saves, and says so", () => {
    const body = plan(workload([cell({ model: "small" })]));

    expect(body).toMatchObject({ decision: "do_nothing", actions: [], prove: [], layers: [] });
    expect(body.joint).toMatchObject({ savingUsdMonth: "0", synergyUsdMonth: "0" });
  });

  it("leaves a change out whose saving does not earn people's time, unless cost alone is asked for", () => {
    const policy = withSmall({ economics: { ...defaults.economics, hourlyRateUsd: 200 } });
    const solve = (objective: "net" | "cost") =>
      buildPlan({ workload: fifth(), policy, prices, milp, seed: 1, objective });

    expect(solve("net")).toMatchObject({ decision: "do_nothing", economics: null });
    expect(solve("cost")).toMatchObject({
      decision: "change",
      actions: [{ id: "route/chat", effortHours: 10, oneOffUsd: "2000" }],
      economics: { engineeringHours: 10, paybackMonths: { mid: null } },
    });
  });

  it("leaves out a route whose margin no expected sample could certify, and says how many would", () => {
    const body = plan(workload([cell()]));

    expect(body.decision).toBe("do_nothing");
    expect(body.considered[0]).toMatchObject({
      id: "route/chat",
      reason:
        "touches 100 % of requests, so the quality budget leaves it a margin of 1 points, which takes 361 pairs " +
        "that all tie; raise run.sample_size",
    });
    expect(plan(workload([cell()], { samples: { chat: 361 } })).prove).toMatchObject([{ margin: 0.01 }]);
  });

  it("never touches an intent that is protected without a margin, except by what is attested", () => {
    const given = fifth({ exactReuse: [exactReuse()] });
    const quality = { ...defaults.quality, protectedIntents: [{ intent: "chat", margin: 0 }] };

    expect(plan(given, withSmall({ quality })).actions).toEqual([]);
    const exactCache = { ...defaults.exactCache, attestedIntents: ["chat"] };
    expect(plan(given, withSmall({ quality, exactCache })).actions.map(({ id }) => id)).toEqual([
      "exact-cache/chat",
    ]);
  });

  it("grants a protected intent no more than its own margin", () => {
    const quality = { ...defaults.quality, protectedIntents: [{ intent: "chat", margin: 0.04 }] };

    expect(plan(fifth(), withSmall({ quality })).prove).toMatchObject([{ margin: 0.04 }]);
  });

  it("routes two models of one cluster on their own, under names of their own", () => {
    const given = workload(
      [
        cell({ requests: 50 }),
        cell({ model: "medium", requests: 50 }),
        cell({ cluster: "search", model: "small", requests: 900 }),
      ],
      { samples: { chat: 200 } },
    );

    expect(plan(given).actions.map(({ id }) => id)).toEqual(["route/chat/large", "route/chat/medium"]);
  });

  it("asks no quality question for a saving below half a percent of the bill", () => {
    const given = workload([
      cell({ requests: 10, inputTokens: 50, outputTokens: 5 }),
      cell({ cluster: "search", model: "small", requests: 990 }),
    ]);

    expect(plan(given).considered[0]!.reason).toContain("too little for a quality question");
  });

  it("uses allowed levers only", () => {
    const allow = { ...defaults.allow, levers: ["exact-cache"] };

    const body = plan(fifth({ exactReuse: [exactReuse()] }), withSmall({ allow }));

    expect(body.actions.map(({ lever }) => lever)).toEqual(["exact-cache"]);
    expect(body.considered).toEqual([]);
  });
});

describe("synergy", () => {
  it("is negative where a cache serves requests that are then no longer routed", () => {
    const body = plan(fifth({ exactReuse: [exactReuse({ hits: 80 })] }));

    // Alone the cache saves 0.52 and the route 1.17; together 1.30 - 0.078 = 1.222.
    expect(body.joint).toMatchObject({
      savingUsdMonth: "1.222",
      standaloneSumUsdMonth: "1.69",
      synergyUsdMonth: "-0.468",
      synergyExplained:
        "Together the changes save USD 0.47 a month less than the sum of each alone; exact-cache and route overlap " +
        "by USD 0.47 a month: requests served from the cache are no longer routed.",
    });
    expect(body.actions.map((action) => [action.id, action.shapleySavingUsd])).toEqual([
      ["exact-cache/chat", "0.286"],
      ["route/chat", "0.936"],
    ]);
  });

  it("is positive where only the routed-to model has a prompt cache", () => {
    const given = workload(
      [
        cell({ model: "large-two", requests: 200 }),
        cell({ cluster: "search", model: "small", requests: 800 }),
      ],
      { prefixReuse: [prefixReuse({ model: "large-two" })] },
    );

    const body = plan(given);

    // Prompt caching saves nothing alone; behind the route it takes 50,000 x 0.9 - 10,000 x 0.25 USD a million off.
    expect(body.actions.map(({ id }) => id)).toEqual(["route/chat", "prompt-caching/chat"]);
    expect(body.actions[1]).toMatchObject({ standaloneSavingUsd: "0", shapleySavingUsd: "0.02125" });
    expect(body.joint.synergyUsdMonth).toBe("0.0425");
    expect(body.joint.synergyExplained).toContain(
      "route and prompt-caching reinforce each other by USD 0.04",
    );
  });

  it("is none where changes act on different requests", () => {
    const given = fifth({ exactReuse: [exactReuse({ cluster: "search", model: "small" })] });

    expect(plan(given).joint).toMatchObject({
      synergyUsdMonth: "0",
      synergyExplained: "The changes act on different requests, so their savings add up exactly.",
    });
  });

  it("prices a prompt cache by what the exact cache before it leaves", () => {
    const given = workload([cell()], {
      exactReuse: [exactReuse()],
      prefixReuse: [
        prefixReuse({ hitTokens: 50_000 }),
        prefixReuse({ hitTokens: 20_000, writeTokens: 8_000, afterExactTtlSeconds: 3600 }),
      ],
    });

    const body = plan(given, defaults);

    // 0.78 behind the exact cache, less 20,000 x 9, plus 8,000 x 2.5 USD a million.
    expect(body.actions.map(({ id }) => id)).toEqual(["exact-cache/chat", "prompt-caching/chat"]);
    expect(body.joint.costUsdMonth).toBe("0.62");
  });
});

describe("the certified part of a plan", () => {
  it("is costed again jointly, not by adding shares", () => {
    const given = fifth({ exactReuse: [exactReuse({ hits: 80 })] });
    const body = plan(given);

    expect(costSubset(body, ["exact-cache/chat"], given, prices).savingPicoUsdMonth).toBe(parseUsd("0.52"));
    expect(costSubset(body, ["route/chat"], given, prices).savingPicoUsdMonth).toBe(parseUsd("1.17"));
  });

  it("refuses an action that is not in the plan", () => {
    expect(() => costSubset(plan(fifth()), ["route/other"], fifth(), prices)).toThrow(RangeError);
  });
});

describe("a limit of the policy on cost", () => {
  const failure = (given: Workload, policy: Policy): GateError => {
    try {
      plan(given, policy);
    } catch (error) {
      if (error instanceof GateError) return error;
      throw error;
    }
    throw new Error("the policy was feasible");
  };

  it("names the cost maximum, and both ways to relax it", () => {
    const quality = { ...defaults.quality, budget: 0.001 };
    const cost = { ...defaults.cost, monthlyMaximumUsd: 0.5 };

    const error = failure(fifth(), withSmall({ cost, quality }));

    expect(error).toMatchObject({
      code: "TOP-PLAN-INFEASIBLE",
      exitCode: 3,
      found: expect.stringContaining("costs USD 1.43 a month, USD 0.93 above it"),
    });
    // 100 pairs certify 3.58 points at best: a fifth of that is the budget needed.
    expect(error.fix).toMatch(
      /^Raise cost.monthly_maximum_usd to USD 1.43, or quality.budget from 0.001 to 0.0072/,
    );
  });

  it("comes before people's time, and the plan says what it was solved for", () => {
    const economics = { ...defaults.economics, hourlyRateUsd: 1000 };
    const cost = { ...defaults.cost, minimumSavingShare: 0.5 };
    expect(plan(fifth(), withSmall({ economics })).decision).toBe("do_nothing");

    const body = plan(fifth(), withSmall({ economics, cost }));

    expect(body.actions).toMatchObject([{ id: "route/chat" }]);
    expect(body.objective).toMatch(/^lowest monthly cost within the policy.*one-off cost is not counted$/);
    expect(objectiveOf(body)).toBe("cost");
    expect(body.warnings).toContain(
      "the policy's cost limit decides: the plan has the lowest monthly cost, people's time is not weighed",
    );
  });

  it("names the saving share, and says when no quality budget would do", () => {
    const cost = { ...defaults.cost, minimumSavingShare: 0.99 };

    const error = failure(fifth(), withSmall({ cost }));

    expect(error.code).toBe("TOP-PLAN-INFEASIBLE");
    expect(error.fix).toMatch(/^Lower cost.minimum_saving_share to 0.8\d+; no quality budget reaches it/);
  });
});

describe("what a reader is told", () => {
  it("includes extrapolation, missing prices, missing hashes and thin samples", () => {
    const given = workload(
      [cell({ requests: 200 }), cell({ cluster: "x", model: "unheard-of", requests: 800 })],
      {
        hours: 24,
        promptHashCoverage: 0,
        prefixHashCoverage: 0,
        samples: { chat: 12 },
      },
    );

    expect(plan(given).warnings).toEqual([
      "monthly figures are extrapolated from 24 hours, less than 7 days",
      "acme/unheard-of has no price: 800 requests are left out of every amount",
      "no prompt hashes were profiled: exact caching could not be assessed",
      "no prefix hashes were profiled: prompt caching could not be assessed",
      "route/chat: 12 samples on file, at least 71 pairs are needed to certify its margin",
    ]);
  });

  it("shows the bill only where nearly all of the list cost is reconciled with it", () => {
    const paid = (listUsd: string) => [
      {
        provider: "acme",
        model: "large",
        month: "2026-05",
        billedPicoUsd: parseUsd("1.17"),
        listPicoUsd: parseUsd(listUsd),
        factor: null,
      },
    ];
    const whole = plan(workload([cell()], { reconciliation: paid("1.3") }));
    const part = plan(workload([cell(), cell()], { reconciliation: paid("1.3") }));

    expect([whole.baseline.billedCostUsdMonth, whole.joint.billedFactor]).toEqual(["1.17", 0.9]);
    expect([part.baseline.billedCostUsdMonth, part.joint.billedFactor]).toEqual([null, 0.9]);
    expect(part.warnings).toContain(
      "billed cost is known for 50.0 % of the list cost; the factor is theirs, no bill is shown",
    );
  });
});

describe("plan.yaml", () => {
  it("of a small workload is stable to the byte", async () => {
    const given = workload(
      [
        cell({ requests: 100 }),
        cell({ cluster: "faq", requests: 100, inputTokens: 80_000 }),
        cell({ cluster: "digest", model: "medium", requests: 300, inputTokens: 600_000 }),
        cell({ cluster: "search", model: "small", requests: 500 }),
      ],
      {
        hours: 365,
        exactReuse: [exactReuse({ cluster: "faq", hits: 50 })],
        prefixReuse: [prefixReuse()],
      },
    );
    const policy = withSmall({
      latency: { ...defaults.latency, batchTolerantIntents: ["digest"] },
      exactCache: { ...defaults.exactCache, attestedIntents: ["faq"] },
    });
    const shaped = planSchema.parse({
      apiVersion: API_VERSION,
      kind: "Plan",
      inputs: [],
      ...(toFileShape(plan(given, policy)) as object),
      run: { created_at: "2026-06-01T00:00:00Z", tokenop_version: "0.0.0", directory: "." },
    });
    const text = renderYaml(shaped);

    const golden = new URL("./fixtures/plan.yaml.golden", import.meta.url);
    const expected = await readFile(golden, "utf8").catch(() => "");
    if (text !== expected) await writeFile(new URL("./fixtures/plan.yaml.actual", import.meta.url), text);
    expect(text).toBe(expected);
  });

  it("keeps its shape for two models of one name at two providers", () => {
    const twin = row("large", rates("12", "36"), { provider: "other" });
    const given = workload(
      [
        cell({ requests: 20 }),
        cell({ provider: "other", requests: 20 }),
        cell({ cluster: "x", model: "small", requests: 960 }),
      ],
      { samples: { chat: 200 } },
    );

    const body = buildPlan({
      workload: given,
      policy: withSmall(),
      prices: bookOf([...ROWS, twin]),
      milp,
      seed: 1,
    });

    expect(body.actions.map(({ id }) => id).sort()).toEqual([
      "route/chat/acme/large",
      "route/chat/other/large",
    ]);
  });
});
