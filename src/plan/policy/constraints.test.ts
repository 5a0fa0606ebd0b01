import { describe, expect, it } from "vitest";
import { ownFleet } from "../../levers/fixtures/fleets.js";
import { bookOf, cell, NO_HARDWARE, ROWS, workload } from "../../levers/fixtures/workloads.js";
import type { Books } from "../../levers/index.js";
import type { ClusterInfo, Workload } from "../../profile/contract.js";
import type { Fleet, ModelSpec } from "../../serving/contract.js";
import { config, LLAMA_70B } from "../../serving/fixtures/hardware.js";
import { type Camel, fromFileShape } from "../../shared/case.js";
import { parseUsd } from "../../shared/money.js";
import { type PolicyFile, policySchema } from "../contract.js";
import { type ApprovalSubject, approvalsOf } from "./approvals.js";
import { readRules } from "./rules.js";

type Written = Parameters<typeof policySchema.parse>[0];

const policyOf = (written: Written): Camel<PolicyFile> => fromFileShape(policySchema.parse(written));

const llama: ModelSpec = { ...LLAMA_70B, id: "llama-70b", aliases: ["meta/llama-70b-instruct"] };

const book: Books = bookOf(ROWS, {
  ...NO_HARDWARE,
  models: [llama],
  model: (name) => ([llama.id, ...llama.aliases].includes(name) ? llama : null),
});

const fleet = (rest: Partial<Fleet> = {}): Fleet =>
  ownFleet({
    ...{ provider: "self", model: "llama-70b", cloud: "aws", region: "eu-west-1", instance: "p5" },
    serving: config({ model: "llama-70b", gpusPerReplica: 2 }),
    scaling: { kind: "peak" },
    targets: { ttftMs: null, tpotMs: null },
    potential: true,
    ...rest,
  });

const observed = workload([cell(), cell({ cluster: "search", model: "medium" })], { fleets: [fleet()] });

const rulesOf = (written: Written, given: Workload = observed) =>
  readRules(policyOf(written), given, book, ["route", "spot"]);

/** The workload with the chat requests somewhere else. */
const chatOn = (change: Partial<Parameters<typeof cell>[0]>, rest: Partial<Workload> = {}): Workload => ({
  ...observed,
  cells: [cell(change), observed.cells[1]!],
  ...rest,
});

const ownCell = { provider: "self", model: "llama-70b", region: null, fleet: "own" };

describe("a changed workload breaks the policy", () => {
  it.each<{ name: string; policy: Written; changed: Workload; reason: RegExp }>([
    {
      name: "on a denied model, although it is allowed too",
      policy: { allow: { models: ["small"] }, deny: { models: ["acme/small"] } },
      changed: chatOn({ model: "small" }),
      reason: /denies acme\/small \(deny\.models\)/,
    },
    {
      name: "on a model that a denied beginning covers",
      policy: { deny: { models: ["large-*"] } },
      changed: chatOn({ model: "large-two" }),
      reason: /deny\.models/,
    },
    {
      name: "at a denied provider",
      policy: { deny: { providers: ["other"] }, candidates: [{ provider: "other", model: "elsewhere" }] },
      changed: chatOn({ provider: "other", model: "elsewhere", region: null }),
      reason: /denies provider other \(deny\.providers\)/,
    },
    {
      name: "at a provider that is not in use",
      policy: {},
      changed: chatOn({ provider: "other", model: "elsewhere" }),
      reason: /provider other is not in use/,
    },
    {
      name: "at a provider that the log shows outside the data's residence only",
      policy: { data_residency: ["us-"] },
      changed: chatOn({ model: "small", region: null }),
      reason: /does not show provider acme .*\(data_residency\)/,
    },
    {
      name: "in a denied region",
      policy: { deny: { regions: ["us-*"] } },
      changed: chatOn({ region: "us-east-1" }),
      reason: /denies region us-east-1 \(deny\.regions\)/,
    },
    {
      name: "on a fleet outside the data's residence",
      policy: { data_residency: ["us-"], allow: { providers: ["acme"] } },
      changed: chatOn(ownCell),
      reason: /eu-west-1 is outside the policy's data residency/,
    },
    {
      name: "on a new fleet where none is allowed",
      policy: { self_host: { allowed: false } },
      changed: chatOn(ownCell),
      reason: /self_host\.allowed/,
    },
    {
      name: "on an open-weight model that is denied by another of its names",
      policy: { deny: { models: ["meta/llama*"] } },
      changed: chatOn(ownCell),
      reason: /deny\.models/,
    },
    {
      name: "on a denied model of a fleet in place, although the policy names it for self-hosting",
      policy: { deny: { models: ["llama*"] }, self_host: { models: ["llama-70b"] } },
      changed: chatOn(ownCell, { fleets: [fleet({ potential: false })] }),
      reason: /deny\.models/,
    },
    {
      name: "on a model that answered slower in the log than the policy asks for",
      policy: { latency: { p95_ms: 800 } },
      changed: chatOn({ model: "medium" }),
      reason: /acme\/medium answers within 1200 ms at p95 .*\(latency\.p95_ms\)/,
    },
    {
      name: "with a longer commitment",
      policy: { commitment: { maximum_months: 6 } },
      changed: chatOn({}, { fleets: [fleet({ committed: { gpus: 2, termMonths: 12, rate: 1n } })] }),
      reason: /commitment of 12 months .* 6 \(commitment\.maximum_months\)/,
    },
    {
      name: "with dearer commitments, all fleets together",
      policy: { commitment: { maximum_usd_month: 1000 } },
      changed: chatOn(
        {},
        {
          fleets: [
            fleet({ committed: { gpus: 1, termMonths: 12, rate: parseUsd("1") } }),
            fleet({ id: "two", committed: { gpus: 1, termMonths: 12, rate: parseUsd("0.5") } }),
          ],
        },
      ),
      reason: /USD 1,095\.00 a month .* USD 1,000\.00 \(commitment\.maximum_usd_month\)/,
    },
    {
      name: "with more on spot",
      policy: { spot: { maximum_share: 0.5 } },
      changed: chatOn({}, { fleets: [fleet({ spotShare: 0.6 })] }),
      reason: /0\.6 above 0\.5 \(spot\.maximum_share\)/,
    },
    {
      name: "with a fleet in a region that is not allowed",
      policy: { allow: { regions: ["aws/eu-west-1", "eu-1"] } },
      changed: chatOn({}, { fleets: [fleet({ region: "us-east-1" })] }),
      reason: /does not allow region us-east-1 \(allow\.regions\)/,
    },
  ])("$name", ({ policy, changed, reason }) => {
    const given = {
      ...observed,
      latencies: [{ provider: "acme", model: "medium", requests: 9, p95Ms: 1200 }],
    };
    const rules = rulesOf(policy, given);

    expect(rules.breach(changed)).toMatch(reason);
    expect(rules.breach(given)).toBeNull();
  });

  it("but not on what the policy allows", () => {
    expect(rulesOf({}).breach(chatOn({ model: "small" }))).toBeNull();
    expect(rulesOf({ data_residency: ["eu-"] }).breach(chatOn(ownCell))).toBeNull();
    expect(
      rulesOf({ allow: { models: ["small"] }, self_host: { models: ["llama-70b"] } }).breach(chatOn(ownCell)),
    ).toBeNull();
  });

  it("but not where callers tolerate the delay that p95 would forbid", () => {
    const given = {
      ...observed,
      latencies: [{ provider: "acme", model: "medium", requests: 9, p95Ms: 1200 }],
    };
    const policy = { latency: { p95_ms: 800, flex_tolerant_intents: ["chat"] } };

    expect(rulesOf(policy, given).breach(chatOn({ model: "medium" }))).toBeNull();
  });

  it("only together, where a tenant's requests join a fleet that moves abroad", () => {
    const tenant = { ...cluster("chat@blue"), tenant: "blue", baseCluster: "chat" };
    const own = cell({ cluster: "chat@blue" });
    const given = { ...observed, cells: [...observed.cells, own], clusters: [...observed.clusters, tenant] };
    const rules = rulesOf({ tenants: [{ tenant: "blue", data_residency: ["eu-"] }] }, given);
    const joined = [...observed.cells, cell({ cluster: "chat@blue", ...ownCell })];
    const moved = [fleet({ region: "us-east-1" })];

    expect(rules.breach({ ...given, cells: joined })).toBeNull();
    expect(rules.breach({ ...given, fleets: moved })).toBeNull();
    expect(rules.breach({ ...given, cells: joined, fleets: moved })).toMatch(/tenants "blue" data_residency/);
  });
});

function cluster(id: string): ClusterInfo {
  return { id, name: id, method: "intent", requests: 100, requestShare: 0.1, costPicoUsd: 0n, samples: 10 };
}

describe("a tenant's own rules", () => {
  const tenant = { ...cluster("chat@blue"), tenant: "blue", baseCluster: "chat" };
  const given = {
    ...observed,
    cells: [...observed.cells, cell({ cluster: "chat@blue" })],
    clusters: [...observed.clusters, tenant],
  };
  const rules = rulesOf(
    {
      latency: { batch_tolerant_intents: ["chat"] },
      exact_cache: { attested_intents: ["chat"] },
      tenants: [
        { tenant: "blue", deny: { models: ["small"], levers: ["spot"] }, margin: 0, batch_tolerant: false },
      ],
    },
    given,
  );

  it("deny a model to that tenant and to nobody else", () => {
    const { allowsModel } = rules.limits;

    expect(allowsModel("acme", "small", "chat@blue")).toBe(false);
    expect(allowsModel("acme", "small", "chat")).toBe(true);
    expect(allowsModel("acme", "medium", "chat@blue")).toBe(true);
    expect(
      rules.breach({ ...given, cells: [...observed.cells, cell({ cluster: "chat@blue", model: "small" })] }),
    ).toMatch(/tenants "blue" deny\.models/);
  });

  it("protect its requests, refuse levers, and else follow its intent", () => {
    expect([rules.maximumMargin("chat@blue"), rules.maximumMargin("chat")]).toEqual([0, 0.1]);
    expect([...rules.limits.batchTolerantClusters]).toEqual(["chat"]);
    expect([...rules.limits.exactCacheClusters]).toEqual(["chat", "chat@blue"]);
    expect(rules.refusal({ id: "spot", risk: "low" }, "chat@blue")).toMatch(/tenants "blue" deny\.levers/);
    expect(rules.refusal({ id: "spot", risk: "low" }, "chat")).toBeNull();
  });

  it("are named where the tenant is not in the log", () => {
    expect(rulesOf({ tenants: [{ tenant: "red" }] }).warnings).toEqual([
      'policy tenants: "red" has no request in this workload and its rules have no effect',
    ]);
  });
});

describe("what levers are told", () => {
  it("is the policy's limits on commitments, spot, regions and self-hosting", () => {
    const { limits } = rulesOf({
      deny: { regions: ["us-"] },
      commitment: { maximum_months: 3, maximum_usd_month: 250 },
      spot: { maximum_share: 0.2 },
      self_host: { models: ["meta/llama-70b-instruct", "nobody"], operations_hours_month: 5 },
      economics: { hourly_rate_usd: 100 },
    });

    expect(limits).toMatchObject({
      maximumCommitmentMonths: 3,
      maximumCommitmentPicoUsdMonth: parseUsd("250"),
      maximumSpotShare: 0.2,
      selfHost: { allowed: true, models: ["llama-70b"], operationsPicoUsdMonth: parseUsd("500") },
    });
    expect([limits.allowsRegion("aws", "us-east-1"), limits.allowsRegion("aws", "eu-1")]).toEqual([
      false,
      true,
    ]);
  });

  it("is a limit a token, where the policy limits whole answers", () => {
    const given = workload([cell({ requests: 100, outputTokens: 10_000 })], {
      outputTails: [
        { ...cell(), capTokens: 500, requests: 20, cutTokens: 1 },
        { ...cell(), capTokens: 1000, requests: 5, cutTokens: 1 },
        { ...cell(), capTokens: 2000, requests: 0, cutTokens: 0 },
      ],
    });
    const targets = (latency: object, workload: Workload = given) =>
      rulesOf({ latency }, workload).limits.selfHost.targets;

    expect(targets({})).toEqual({ ttftMs: null, tpotMs: null });
    // A quarter of 20 s for the first token; 95 of 100 answers have at most 1,000 tokens: 15 s over 1,000.
    expect(targets({ p95_ms: 20_000 })).toEqual({ ttftMs: 5000, tpotMs: 15 });
    expect(targets({ p95_ms: 20_000, ttft_ms: 2000, tpot_ms: 10 })).toEqual({ ttftMs: 2000, tpotMs: 10 });
    // Without tails: ln 20 times the mean of 100 tokens.
    const plain = targets({ p95_ms: 20_000 }, { ...given, outputTails: [] });
    expect(plain.tpotMs).toBeCloseTo(15_000 / (Math.log(20) * 100));
  });

  it("leaves out levers of higher risk than the appetite, with the reason", () => {
    const risky = { id: "distillation", risk: "high" } as const;

    expect(rulesOf({}).refusal(risky)).toBe("its risk is high, the policy's appetite medium (risk_appetite)");
    expect(rulesOf({ risk_appetite: "high" }).refusal(risky)).toBeNull();
    expect(rulesOf({ deny: { levers: ["route"] } }).refusal({ id: "route", risk: "low" })).toMatch(
      /deny\.levers/,
    );
    expect(rulesOf({ deny: { levers: ["route"] } }).allowsLever("route")).toBe(false);
  });

  it("takes people's hours from the policy where it states them", () => {
    const { economics } = rulesOf({
      economics: { effort: [{ lever: "route", setup_hours: 40, hours_per_scope: 3 }] },
    });
    const effort = { setupHours: 8, hoursPerScope: 2 };

    expect(economics.effortOf({ id: "route", effort })).toEqual({ setupHours: 40, hoursPerScope: 3 });
    expect(economics.effortOf({ id: "spot", effort })).toEqual(effort);
    expect(economics).toMatchObject({
      ...{
        hourlyRatePicoUsd: parseUsd("200"),
        amortisationMonths: 12,
        discountRateYear: 0.1,
        horizonMonths: 12,
      },
    });
  });
});

describe("names without an effect", () => {
  it.each<{ policy: Written; warning: RegExp }>([
    { policy: { deny: { models: ["smal"] } }, warning: /deny\.models: "smal" .*did you mean "small"/ },
    { policy: { deny: { providers: ["acm"] } }, warning: /deny\.providers: "acm" .*did you mean "acme"/ },
    { policy: { data_residency: ["eu-9"] }, warning: /data_residency: "eu-9"/ },
    { policy: { deny: { levers: ["rout"] } }, warning: /deny\.levers: "rout" .*did you mean "route"/ },
    {
      policy: { self_host: { models: ["llama-7b"] } },
      warning: /self_host\.models: .*did you mean "llama-70b"/,
    },
    {
      policy: { approvals: [{ when: { lever: "spt" }, by: "me" }] },
      warning: /approvals: .*did you mean "spot"/,
    },
    {
      policy: { economics: { effort: [{ lever: "spt", setup_hours: 1 }] } },
      warning: /economics\.effort: .*did you mean "spot"/,
    },
    { policy: { latency: { flex_tolerant_intents: ["chatt"] } }, warning: /did you mean "chat"/ },
  ])("are named: $warning", ({ policy, warning }) => {
    expect(rulesOf(policy).warnings).toContainEqual(expect.stringMatching(warning));
  });

  it("are none where every word means something", () => {
    const policy = {
      deny: { regions: ["eu-w*"], models: ["large-*"] },
      data_residency: ["eu-", "aws/eu-west-1"],
    };

    expect(rulesOf(policy).warnings).toEqual([]);
  });
});

describe("what breaks the policy already", () => {
  it("is counted and named, never moved by force", () => {
    expect(rulesOf({ deny: { models: ["large"] } }).warnings).toEqual([
      "the policy denies acme/large (deny.models), yet the log has 100 such requests; no change will add to them",
    ]);
  });
});

describe("approvals", () => {
  const action: ApprovalSubject = {
    ...{ lever: "spot", layer: "infrastructure", risk: "medium" },
    savingPicoUsdMonth: parseUsd("1200"),
  };
  const by = (...approvals: object[]) => approvalsOf(action, policyOf({ approvals }));

  it("are asked for where all that a rule states holds, once each", () => {
    expect(by()).toEqual([]);
    expect(by({ when: {}, by: "cto" })).toEqual(["cto"]);
    expect(by({ when: { layer: "serving" }, by: "sre" }, { when: { lever: "spot" }, by: "sre" })).toEqual([
      "sre",
    ]);
    expect(by({ when: { risk: "low" }, by: "a" }, { when: { risk: "high" }, by: "b" })).toEqual(["a"]);
    expect(by({ when: { saving_above_usd_month: 1200 }, by: "cfo" })).toEqual([]);
    expect(by({ when: { saving_above_usd_month: 1199.99, layer: "infrastructure" }, by: "cfo" })).toEqual([
      "cfo",
    ]);
  });
});
