import type { planSchema } from "../../src/plan/contract.js";
import type { profileSchema } from "../../src/profile/contract.js";
import type { CostRows } from "../../src/report/contract.js";
import type { evaluationSchema } from "../../src/run/contract.js";
import type { Artifact } from "../../src/shared/artifact.js";
import { judgeFixture, operationsFixture } from "./evidence-fixture.js";
import { economicsFixture, fleetActionsFixture, fleetsFixture } from "./fleet-fixture.js";

/** Names that a workload brings along; tests replace them by markup to see what the outputs make of it. */
export interface FixtureNames {
  readonly clusters: readonly [string, string, string, string, string, string];
  readonly tenants: readonly string[];
  readonly provider: string;
  readonly large: string;
  readonly small: string;
  /** A fleet of GPUs and the open model on it, and who must approve changes to it. */
  readonly fleet: string;
  readonly open: string;
  readonly approver: string;
}

export const plainNames: FixtureNames = {
  clusters: ["summarize", "chat", "extract", "classify", "code-review", "translate"],
  tenants: ["acme-retail", "northwind", "globex-insurance-emea", "initech", "umbrella-labs"],
  provider: "openai",
  large: "gpt-4.1",
  small: "gpt-4.1-mini",
  fleet: "support-gpus",
  open: "qwen2.5-32b",
  approver: "platform-team",
};

export const hostileNames: FixtureNames = {
  clusters: [
    `<script>alert("x")</script>`,
    `"><img src=x onerror=alert(1)>`,
    `a & b 'quoted' </title></style>`,
    "=cmd|' /C calc'!A0",
    "two\nlines: # not a comment\n- item",
    "| pipe | `tick` [link](javascript:alert(1))",
  ],
  tenants: [`<svg onload=alert(2)>`, "{{7*7}}"],
  provider: `open"ai`,
  large: `gpt<b>4</b>`,
  small: `gpt: {"mini"}\n`,
  fleet: `<iframe src="x"></iframe> | gpus`,
  open: "<i>qwen</i>\n# 32b",
  approver: `<a href="javascript:alert(3)">boss</a> | [x](y)`,
};

const run = { createdAt: "2026-11-23T10:00:00.000Z", tokenopVersion: "0.1.0", directory: "demo" };
const priceBook = { id: "builtin-3f9c2a", source: "TokenOp price list", date: "2026-11-01" };
const HOURS = 336;
const REQUESTS = [412_000, 201_000, 388_000, 1_260_000, 46_500, 92_000] as const;
const COST = [9_840, 6_120, 5_230, 3_150, 2_310, 870] as const;
const TOTAL_REQUESTS = REQUESTS.reduce((sum, value) => sum + value, 0);
const TOTAL_COST = COST.reduce((sum, value) => sum + value, 0);

/** Two simulated weeks of six intents, 27,520 USD at list price. */
export function profileFixture(names: FixtureNames = plainNames): Artifact<typeof profileSchema> {
  const driver = (key: string, events: number, cost: number) => ({
    key,
    events,
    inputTokens: events * 900,
    outputTokens: events * 120,
    costUsd: cost.toFixed(2),
    share: cost / TOTAL_COST,
  });
  const tenantWeight = (index: number) => 2 ** -(index + 1);
  const dayShape = Array.from(
    { length: 24 },
    (_, hour) => 1 + 0.85 * Math.sin(((hour - 8) / 24) * 2 * Math.PI),
  );
  const daySum = dayShape.reduce((sum, value) => sum + value, 0);
  return {
    apiVersion: "tokenop/v1",
    kind: "Profile",
    inputs: [{ name: "events.parquet", sha256: "a".repeat(64) }],
    totals: {
      events: TOTAL_REQUESTS,
      inputTokens: TOTAL_REQUESTS * 900,
      cachedInputTokens: TOTAL_REQUESTS * 90,
      outputTokens: TOTAL_REQUESTS * 120,
      reasoningTokens: 0,
      costUsd: `${TOTAL_COST}`,
      listCostUsd: `${TOTAL_COST}`,
      billedCostUsd: "0",
      errorEvents: 1_204,
    },
    span: { first: "2026-11-01T00:00:00Z", last: "2026-11-14T23:59:58Z", hours: HOURS },
    peaks: { requestsPerMinute: 412, peakMinute: "2026-11-11T14:02:00Z", tokensPerMinute: 420_000 },
    tokens: { input: { p50: 640, p95: 3_900, p99: 9_100 }, output: { p50: 96, p95: 480, p99: 1_100 } },
    latencyMs: { p50: 820, p95: 2_900, p99: 6_100 },
    ttftMs: null,
    growth: null,
    drivers: {
      intent: names.clusters.map((name, index) => driver(name, REQUESTS[index]!, COST[index]!)),
      model: [driver(names.large, 1_900_000, 26_100), driver(names.small, 499_500, 1_420)],
      tenant: names.tenants.map((name, index) =>
        driver(name, Math.round(TOTAL_REQUESTS * tenantWeight(index)), TOTAL_COST * tenantWeight(index)),
      ),
      hour: dayShape.map((weight, hour) =>
        driver(
          `${hour}`.padStart(2, "0"),
          Math.round((TOTAL_REQUESTS * weight) / daySum),
          (TOTAL_COST * weight) / daySum,
        ),
      ),
    },
    reconciliation: [
      {
        provider: names.provider,
        model: names.large,
        month: "2026-11",
        billedUsd: "22968",
        listUsd: "26100",
        factor: 0.88,
      },
      {
        provider: names.provider,
        model: names.small,
        month: "2026-11",
        billedUsd: "0",
        listUsd: "1420",
        factor: null,
      },
    ],
    unpriced: [
      {
        provider: names.provider,
        model: "nova-9",
        events: 412,
        inputTokens: 370_800,
        outputTokens: 49_440,
        billedUsd: "0",
      },
    ],
    priceFallbacks: [],
    reuse: {
      promptHashCoverage: 1,
      prefixHashCoverage: 0,
      exact: [{ ttlSeconds: 86_400, hits: 66_000, hitShare: 0.0275, savedListUsd: "886.70" }],
      prefix: [],
    },
    clusters: names.clusters.map((name, index) => ({
      id: name,
      name,
      method: "intent" as const,
      requests: REQUESTS[index]!,
      requestShare: REQUESTS[index]! / TOTAL_REQUESTS,
      costUsd: `${COST[index]}`,
      costShare: COST[index]! / TOTAL_COST,
      inputTokensPerRequest: 900,
      outputTokensPerRequest: 120,
      prompts: 500,
      samples: 100,
      terms: [],
    })),
    samples: {
      design: "stratified, proportional",
      seed: 7,
      population: 3_000,
      inference: 600,
      representative: 30,
    },
    priceBook,
    warnings: [],
    run,
  };
}

type Plan = Artifact<typeof planSchema>;
type Evaluation = Artifact<typeof evaluationSchema>;

/**
 * An exact cache and three routes, which overlap by 421.10, and two changes of a fleet that save 2,044 more together
 * than apart: 27,456.50 of 67,966.48 USD a month.
 */
export function planFixture(names: FixtureNames = plainNames): Plan {
  const [summarize, , extract, , review] = names.clusters;
  const baseline = { provider: names.provider, model: names.large };
  const candidate = { provider: names.provider, model: names.small };
  const route = (
    cluster: string,
    order: number,
    alone: string,
    shapley: string,
    margin: number,
    share: number,
  ) => ({
    id: `route/${cluster}`,
    name: "Route to a cheaper model",
    lever: "route",
    layer: "application" as const,
    cluster,
    fleet: null,
    model: { ...baseline },
    risk: "medium" as const,
    effortHours: 10,
    approvals: [],
    templates: [],
    parameters: [
      { name: "provider", value: names.provider },
      { name: "model", value: names.small },
    ],
    order,
    standaloneSavingUsd: alone,
    shapleySavingUsd: shapley,
    oneOffUsd: "2000",
    touchedRequestShare: share,
    evidence: {
      kind: "quality" as const,
      cluster,
      baseline,
      candidate,
      variant: null,
      margin,
      question: `q-route/${cluster}`,
    },
    assumptions: [
      { text: "The candidate generates as many tokens as the baseline.", basis: "assumed" as const },
    ],
  });
  const fleetNames = { fleet: names.fleet, model: names.open, approver: names.approver };
  const onFleet = fleetActionsFixture(fleetNames);
  const actions: Plan["actions"] = [
    {
      id: `exact-cache/${summarize}`,
      name: "Exact response cache",
      lever: "exact-cache",
      layer: "application",
      cluster: summarize,
      fleet: null,
      model: null,
      risk: "low",
      effortHours: 13,
      approvals: [],
      templates: [],
      parameters: [{ name: "ttl_seconds", value: 86_400 }],
      order: 1,
      standaloneSavingUsd: "1926.4",
      shapleySavingUsd: "1715.85",
      oneOffUsd: "2600",
      touchedRequestShare: 0.0275,
      evidence: {
        kind: "structural",
        conditions: [
          "the whole request is the key",
          "temperature 0",
          "no time-, user- or tool-dependent answer",
        ],
        attested: true,
      },
      assumptions: [{ text: "Repeats stay as frequent as in the observed weeks.", basis: "replayed" }],
    },
    route(summarize, 2, "13470", "13259.45", 0.02, 0.1717),
    route(extract, 3, "6905.2", "6905.2", 0.03, 0.1617),
    route(review, 4, "1488", "1488", 0.05, 0.0194),
    ...onFleet,
  ];
  const frontierOf = (routes: number) => [...actions.slice(0, 1 + routes), ...onFleet].map(({ id }) => id);
  return {
    apiVersion: "tokenop/v1",
    kind: "Plan",
    inputs: [{ name: "profile.yaml", sha256: "b".repeat(64) }],
    decision: "change",
    objective: "cost",
    baseline: {
      listCostUsdMonth: "67966.48",
      billedCostUsdMonth: null,
      observedHours: HOURS,
      scaling: "336 observed hours scaled to 730 hours.",
    },
    joint: {
      costUsdMonth: "40509.98",
      savingUsdMonth: "27456.5",
      savingShare: 0.403971193,
      standaloneSumUsdMonth: "25833.6",
      synergyUsdMonth: "1622.9",
      synergyExplained:
        "Together the changes save USD 1,622.90 a month more than the sum of each alone; prefix-caching and right-size reinforce each other by USD 2,044.00 a month: less work for each replica counts only once the number of replicas follows the need; exact-cache and route overlap by USD 421.10 a month: requests served from the cache are no longer routed.",
      billedFactor: 0.88,
      basis: "estimated",
    },
    layers: [
      { layer: "application", savingUsdMonth: "23368.5" },
      { layer: "serving", savingUsdMonth: "1022" },
      { layer: "infrastructure", savingUsdMonth: "3066" },
    ],
    actions,
    considered: [],
    frontier: [
      { qualityBudgetUsed: 0, costUsdMonth: "61952.08", savingShare: 0.0885, actions: frontierOf(0) },
      { qualityBudgetUsed: 0.0034, costUsdMonth: "48903.18", savingShare: 0.2805, actions: frontierOf(1) },
      { qualityBudgetUsed: 0.0083, costUsdMonth: "41997.98", savingShare: 0.3821, actions: frontierOf(2) },
      { qualityBudgetUsed: 0.0093, costUsdMonth: "40509.98", savingShare: 0.404, actions: frontierOf(3) },
    ],
    fleets: fleetsFixture(fleetNames),
    economics: economicsFixture(),
    latencyFrontier: [
      { targetShare: 1, costUsdMonth: "40509.98", savingShare: 0.404, actions: frontierOf(3) },
      { targetShare: 0.5, costUsdMonth: "42553.98", savingShare: 0.3739, actions: frontierOf(3) },
    ],
    search: {
      method: "exhaustive",
      combinations: 96,
      evaluations: 1,
      optimal: true,
      boundUsdMonth: "41809.98",
      toleranceUsdMonth: "0.0006",
      gapUsdMonth: "0",
    },
    quality: { budget: 0.01, spent: 0.0093, alpha: 0.05, family: 3 },
    prove: actions.flatMap((action) =>
      action.evidence.kind === "quality"
        ? [
            {
              question: action.evidence.question,
              action: action.id,
              cluster: action.evidence.cluster,
              baseline,
              candidate,
              variant: null,
              margin: action.evidence.margin,
              requestShare: action.touchedRequestShare,
              savingUsdMonth: action.standaloneSavingUsd,
              pairsIfAllTie: Math.ceil(5 / action.evidence.margin),
            },
          ]
        : [],
    ),
    priceBook,
    warnings: [],
    run,
  };
}

/** A confidence sequence that narrows as pairs arrive, ending at the given bounds. */
function narrowing(total: number, difference: number, lower: number, upper: number) {
  const steps = [5, 10, 20, 40, 64, 100, 160, 240, 361, 420].filter((n) => n < total);
  return [...steps, total].map((n) => {
    const stretch = Math.sqrt(total / n);
    return {
      n,
      difference: difference * (1 + 0.4 * Math.cos(n) * (stretch - 1)),
      lower: Math.max(-1, difference + (lower - difference) * stretch),
      upper: Math.min(1, difference + (upper - difference) * stretch),
    };
  });
}

/** Certified, inconclusive and rejected, one each; the exact cache holds by construction. */
export function evaluationFixture(names: FixtureNames = plainNames): Evaluation {
  const [summarize, , extract, , review] = names.clusters;
  const common = {
    baseline: `${names.provider}/${names.large}`,
    candidate: `${names.provider}/${names.small}`,
    population: "traffic" as const,
    missing: 0,
    family: 3,
    latencyMs: null,
    costUsd: { baseline: "0.0239", candidate: "0.0061" },
  };
  return {
    apiVersion: "tokenop/v1",
    kind: "Evaluation",
    inputs: [{ name: "plan.yaml", sha256: "c".repeat(64) }],
    mode: "replay",
    baseline: common.baseline,
    alpha: 0.05,
    beta: 0.1,
    seed: 7,
    design: "Stratified random draw, one seeded order for all candidates.",
    decisions: [
      {
        ...common,
        question: `q-route/${summarize}`,
        scope: summarize,
        verdict: "certified",
        n: 420,
        decidedAt: 361,
        baselineScore: 0.912,
        candidateScore: 0.914,
        difference: 0.002,
        lower: -0.0168,
        upper: 0.0204,
        margin: 0.02,
        certifiableMargin: 0.0168,
        samplesNeeded: 0,
        eValue: 5.4,
        disagreement: 0.04,
        path: narrowing(420, 0.002, -0.0168, 0.0204),
        explanation: "A loss beyond 2.0 points is excluded for the traffic that the samples were drawn from.",
      },
      {
        ...common,
        question: `q-route/${extract}`,
        scope: extract,
        verdict: "inconclusive",
        n: 100,
        decidedAt: null,
        baselineScore: 0.87,
        candidateScore: 0.86,
        difference: -0.01,
        lower: -0.062,
        upper: 0.041,
        margin: 0.03,
        certifiableMargin: 0.062,
        samplesNeeded: 260,
        eValue: 0.9,
        disagreement: 0.09,
        path: narrowing(100, -0.01, -0.062, 0.041),
        explanation: "The samples cannot yet tell a loss of 3.0 points from none.",
      },
      {
        ...common,
        question: `q-route/${review}`,
        scope: review,
        verdict: "rejected",
        n: 64,
        decidedAt: 64,
        baselineScore: 0.81,
        candidateScore: 0.62,
        difference: -0.19,
        lower: -0.29,
        upper: -0.084,
        margin: 0.05,
        certifiableMargin: 0.29,
        samplesNeeded: null,
        eValue: -3.1,
        disagreement: 0.22,
        path: narrowing(64, -0.19, -0.29, -0.084),
        graders: [
          { grader: "judge-pairwise", pairs: 60 },
          { grader: "exact", pairs: 4 },
        ],
        swapDisagreement: 0.25,
        fallback: true,
        explanation: "The candidate loses more than 5.0 points.",
      },
    ],
    operations: operationsFixture(names),
    judge: judgeFixture(names),
    labels: { chance: 0.125, wanted: [{ sampleId: "s-17", models: [common.baseline, common.candidate] }] },
    calls: 1_168,
    callsFixedDesign: 1_800,
    paidCalls: 1_168,
    spentUsd: "17.52",
    spentTokens: 1_191_360,
    budgetUsd: "25",
    complete: false,
    stopped: "no samples left for one question",
    certified: {
      actions: [`exact-cache/${summarize}`, `route/${summarize}`],
      savingUsdMonth: "14975.3",
      savingShare: 0.220333617,
      basis: "replayed at list price",
    },
    warnings: [],
    run,
  };
}

const row = (cluster: string, names: FixtureNames, model: string, requests: number, cost: string) => ({
  cluster,
  provider: names.provider,
  model,
  batch: false,
  requestsMonth: requests,
  inputTokensMonth: requests * 900,
  outputTokensMonth: requests * 120,
  costUsdMonth: cost,
});

export function costRowsFixture(names: FixtureNames = plainNames): CostRows {
  const [summarize, chat] = names.clusters;
  return {
    baseline: [
      row(summarize, names, names.large, 895_119.047619, "21378.571428"),
      row(chat, names, names.large, 436_696.428571, "13296.428571"),
      { ...row(`fleet ${names.fleet}`, names, names.open, 0, "8176"), provider: "self" },
    ],
    optimized: [
      row(summarize, names, names.small, 751_728.571428, "6403.271428"),
      row(chat, names, names.large, 436_696.428571, "13296.428571"),
      { ...row(`fleet ${names.fleet}`, names, names.open, 0, "8176"), provider: "self" },
    ],
  };
}
