import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bookOf, ROWS, rates, row } from "../../levers/fixtures/workloads.js";
import { levers } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { parseUsd } from "../../shared/money.js";
import { buildPlan } from "../build-plan.js";
import { policySchema } from "../contract.js";
import { policyWith, SMALL } from "../fixtures/policies.js";
import { randomWorkload } from "../fixtures/random-workloads.js";
import { type Milp, openHighs } from "../search/milp.js";
import type { Policy } from "./load-policy.js";

const prices = bookOf([
  ...ROWS,
  row("tiered", rates("6", "9"), {
    serviceTiers: [{ tier: "flex", numerator: 1n, denominator: 2n, verified: true }],
  }),
]);
let loose: Policy;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  loose = await policyWith({
    quality: { budget: 0.05 },
    latency: { batchTolerantIntents: ["digest"], flexTolerantIntents: ["search"] },
    candidates: [SMALL, { provider: "acme", model: "tiered" }],
    riskAppetite: "high",
  });
});

const words = fc.constantFrom("large", "small", "medium", "automatic", "large-two", "acme/tiered", "large*");

/** One more rule each, of every kind that a plan without fleets can feel. */
const tightened: fc.Arbitrary<(policy: Policy) => Policy> = fc.oneof(
  fc.array(words, { maxLength: 3 }).map((models) => (p: Policy) => ({ ...p, deny: { ...p.deny, models } })),
  fc.array(words, { maxLength: 5 }).map((models) => (p: Policy) => ({ ...p, allow: { ...p.allow, models } })),
  fc.constant((p: Policy) => ({ ...p, deny: { ...p.deny, providers: ["acme"] } })),
  fc.constant((p: Policy) => ({ ...p, dataResidency: ["us-"] })),
  fc
    .constantFrom(...levers.map(({ id }) => id))
    .map((id) => (p: Policy) => ({ ...p, deny: { ...p.deny, levers: [id] } })),
  fc
    .constantFrom("low" as const, "medium" as const)
    .map((riskAppetite) => (p: Policy) => ({ ...p, riskAppetite })),
  fc.constantFrom(0, 0.01).map((budget) => (p: Policy) => ({ ...p, quality: { ...p.quality, budget } })),
  fc.constantFrom(0, 0.03).map((margin) => (p: Policy) => ({
    ...p,
    quality: { ...p.quality, protectedIntents: [{ intent: "chat", margin }] },
  })),
  fc.constant((p: Policy) => ({
    ...p,
    latency: { ...p.latency, batchTolerantIntents: [], flexTolerantIntents: [] },
  })),
  fc.constant((p: Policy) => ({ ...p, latency: { ...p.latency, p95Ms: 500 } })),
  fc.constant((p: Policy) => ({ ...p, exactCache: { ...p.exactCache, maximumTtlSeconds: 60 } })),
  fc.constantFrom("small", "large*").map((model) => (p: Policy) => ({ ...p, tenants: [tenantRules(model)] })),
);

function tenantRules(model: string): Policy["tenants"][number] {
  const [rules] = policySchema.parse({ tenants: [{ tenant: "blue", deny: { models: [model] } }] }).tenants;
  const { deny, allow, tenant, margin } = rules!;
  return { tenant, allow, deny, margin, dataResidency: null, batchTolerant: null, flexTolerant: null };
}

/** The same workload with the chat cluster's requests those of one tenant, and one model's latency observed. */
const given = randomWorkload.map(
  (workload): Workload => ({
    ...workload,
    clusters: workload.clusters.map((info) =>
      info.id === "chat" ? { ...info, tenant: "blue", baseCluster: "chat" } : info,
    ),
    latencies: [{ provider: "acme", model: "small", requests: 10, p95Ms: 900 }],
  }),
);

const costOf = (workload: Workload, policy: Policy) =>
  parseUsd(buildPlan({ workload, policy, prices, milp, seed: 1 }).joint.costUsdMonth);

describe("one more constraint", () => {
  it("never lowers the cost of the best plan", () => {
    fc.assert(
      fc.property(given, fc.array(tightened, { minLength: 1, maxLength: 2 }), (workload, rules) => {
        const tight = rules.reduce((policy, tighten) => tighten(policy), loose);

        expect(costOf(workload, tight) >= costOf(workload, loose)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it("keeps a tenant off a model that it is denied", () => {
    fc.assert(
      fc.property(given, (workload) => {
        const policy = { ...loose, tenants: [tenantRules("small")] };

        const { actions } = buildPlan({ workload, policy, prices, milp, seed: 1 });

        // What the tenant sends to the model today may be shortened or cached; nothing new may go there.
        const used = actions.flatMap(({ cluster, evidence }) =>
          cluster === "chat" &&
          evidence.kind === "quality" &&
          evidence.baseline.model !== evidence.candidate.model
            ? [evidence.candidate.model]
            : [],
        );
        expect(used).not.toContain("small");
      }),
      { numRuns: 40 },
    );
  });
});
