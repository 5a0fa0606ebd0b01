import { beforeAll, describe, expect, it } from "vitest";
import { bookOf, cell, ROWS, rates, row, workload } from "../../levers/fixtures/workloads.js";
import type { Workload } from "../../profile/contract.js";
import { fromFileShape } from "../../shared/case.js";
import { picoPerToken } from "../../shared/money.js";
import { buildPlan } from "../build-plan.js";
import { policySchema } from "../contract.js";
import { type Milp, openHighs } from "../search/milp.js";

type Written = Record<string, unknown>;

/** A priority tier to leave, a flex tier to go to, a model that can be tuned, a batch price. */
const prices = bookOf([
  ...ROWS.filter(({ model }) => model !== "small"),
  row("small", rates("1", "3"), {
    fineTuning: { model: "ft:small", trainingRate: picoPerToken("5"), verified: true },
  }),
  row("ft:small", rates("1.5", "4")),
  row("tiered", rates("9", "30"), {
    serviceTiers: [
      { tier: "flex", numerator: 1n, denominator: 2n, verified: true },
      { tier: "priority", numerator: 2n, denominator: 1n, verified: true },
    ],
  }),
]);

const busy = { requests: 40_000, inputTokens: 40_000_000, outputTokens: 4_000_000 };
const observed = workload(
  [
    cell({ ...busy, cluster: "chat" }),
    cell({ ...busy, cluster: "digest", model: "medium" }),
    cell({ ...busy, cluster: "search", model: "tiered", serviceTier: "priority" }),
  ],
  {
    samples: { chat: 2_000, digest: 2_000, search: 2_000 },
    latencies: [{ provider: "acme", model: "small", requests: 100, p95Ms: 1_500 }],
  },
);

let milp: Milp;
beforeAll(async () => {
  milp = await openHighs();
});

function planWith(written: Written, given: Workload = observed) {
  const base = {
    quality: { budget: 0.05 },
    candidates: [{ provider: "acme", model: "small" }],
    economics: { hourly_rate_usd: 0 },
    run: { budget_usd: 1_000 },
  };
  const policy = fromFileShape(policySchema.parse({ ...base, ...written }));
  return buildPlan({ workload: given, policy, prices, milp, seed: 1 });
}

const levers = (written: Written, given?: Workload) =>
  planWith(written, given).actions.map(({ id }) => id.split("/").slice(0, 2).join("/"));
const reasonOf = (written: Written, lever: string) =>
  planWith(written).considered.find((candidate) => candidate.lever === lever)?.reason;
const modelsOf = (written: Written, given?: Workload) =>
  planWith(written, given).actions.flatMap(({ cluster, evidence }) =>
    evidence.kind === "quality" ? [`${cluster}: ${evidence.candidate.model}`] : [],
  );

describe("a plan within its policy", () => {
  it("routes where it may, and takes nothing that is denied", () => {
    expect(modelsOf({})).toContain("chat: small");
    expect(modelsOf({ deny: { models: ["small", "ft:*"] } }).join()).not.toMatch(/small/);
    expect(levers({ deny: { levers: ["route", "cascade", "distillation"] } }).join()).not.toMatch(
      /route|cascade|distil/,
    );
    expect(levers({ deny: { providers: ["acme"] } }).join()).not.toMatch(/route/);
    expect(levers({ data_residency: ["us-"] }).join()).not.toMatch(/route/);
    expect(modelsOf({ data_residency: ["eu-"] })).toContain("chat: small");
  });

  it("leaves out what answers too slowly, but not for callers that can wait", () => {
    const latency = { p95_ms: 1_000 };

    expect(modelsOf({ latency }).join()).not.toMatch(/: small/);
    expect(modelsOf({ latency: { ...latency, batch_tolerant_intents: ["chat"] } }).join()).toMatch(
      /chat: small/,
    );
  });

  it("names the risk that it does not take", () => {
    expect(reasonOf({}, "distillation")).toMatch(/risk is high, the policy's appetite medium/);
    expect(reasonOf({ risk_appetite: "high" }, "distillation")).not.toMatch(/appetite/);
    expect(levers({ risk_appetite: "low" }).join()).not.toMatch(/route|cascade/);
  });

  it("waits only where callers do", () => {
    expect(levers({ deny: { levers: ["route", "cascade"] } })).toContain("service-tier/search");
    const parameter = (written: Written) =>
      planWith(written).actions.find(({ lever }) => lever === "service-tier")?.parameters[0]?.value;
    const without = { deny: { levers: ["route", "cascade", "batch-api"] } };

    expect(parameter(without)).toBe("standard");
    expect(parameter({ ...without, latency: { flex_tolerant_intents: ["search"] } })).toBe("flex");
    expect(levers({ latency: { batch_tolerant_intents: ["digest"] } })).toContain("batch-api/digest");
    expect(levers({}).join()).not.toMatch(/batch-api/);
  });

  it("says who must approve, and when proving costs more than the run may", () => {
    const approvals = [{ when: { risk: "medium" }, by: "cto" }];
    const { actions } = planWith({ approvals });

    for (const { risk, approvals: by } of actions) expect(by).toEqual(risk === "low" ? [] : ["cto"]);
    expect(actions.some(({ risk }) => risk === "medium")).toBe(true);
    expect(planWith({ run: { budget_usd: 0 } }).warnings.join()).toMatch(
      /more than run\.budget_usd of USD 0\.00/,
    );
    expect(planWith({}).warnings.join()).not.toMatch(/run\.budget_usd/);
  });

  it("keeps a tenant to its own rules, and asks its question of the whole cluster's samples", () => {
    const blue = { ...observed.clusters[0]!, id: "chat@blue", tenant: "blue", baseCluster: "chat" };
    const given = {
      ...observed,
      cells: [...observed.cells, cell({ ...busy, cluster: "chat@blue" })],
      clusters: [...observed.clusters, blue],
    };
    const rules = (tenant: object) => ({ tenants: [{ tenant: "blue", ...tenant }] });

    expect(modelsOf(rules({}), given)).toEqual(expect.arrayContaining(["chat: small", "chat@blue: small"]));
    expect(planWith(rules({}), given).prove.map(({ cluster }) => cluster)).not.toContain("chat@blue");
    expect(modelsOf(rules({ deny: { models: ["small"] } }), given)).toContain("chat: small");
    expect(modelsOf(rules({ deny: { models: ["small"] } }), given).join()).not.toMatch(/chat@blue: small/);
    expect(modelsOf(rules({ margin: 0 }), given).join()).not.toMatch(/chat@blue/);
  });
});
