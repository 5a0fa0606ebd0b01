import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bookOf, cell, workload } from "../../levers/fixtures/workloads.js";
import { groupBy, levers } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { parseUsd } from "../../shared/money.js";
import { buildPlan } from "../build-plan.js";
import { costOf, toMonth } from "../cost.js";
import { policyWith, SMALL } from "../fixtures/policies.js";
import { randomWorkload } from "../fixtures/random-workloads.js";
import { applyJointly, costSubset, type PlanBody } from "../joint.js";
import type { Policy } from "../policy/load-policy.js";
import { readRules } from "../policy/rules.js";
import { buildCandidates, type Candidate } from "../search/candidates.js";
import { floorsOf } from "../search/margins.js";
import { type Milp, openHighs } from "../search/milp.js";
import { asksAnew } from "../search/problem.js";
import { assessWith } from "./assess.js";
import { alphaAccount, type Decided, type Ledger, recordRound } from "./ledger.js";
import { replan } from "./replan.js";

const prices = bookOf();
let policy: Policy;
let routesOnly: Partial<Policy>;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  policy = await policyWith({
    quality: { budget: 0.02 },
    candidates: [SMALL, { provider: "acme", model: "medium" }],
  });
  routesOnly = { allow: { ...policy.allow, levers: ["route"] } };
});

type Verdict = Decided["verdict"];
type Asked = PlanBody["prove"][number];

const decide = (asked: Asked, family: number, verdict: Verdict, rest: Partial<Decided> = {}): Decided => ({
  question: asked.question,
  scope: asked.cluster!,
  baseline: `${asked.baseline.provider}/${asked.baseline.model}`,
  candidate: `${asked.candidate.provider}/${asked.candidate.model}${asked.variant === null ? "" : `#${asked.variant}`}`,
  verdict,
  margin: asked.margin,
  n: 40,
  family,
  samplesNeeded: null,
  population: "traffic",
  lower: -0.04,
  ...rest,
});

const roundOf = (plan: PlanBody, verdicts: readonly Verdict[], rest: Partial<Decided> = {}): Ledger =>
  recordRound(plan.evidence?.ledger ?? null, {
    claim: "first",
    round: (plan.evidence?.ledger.rounds.length ?? 0) + 1,
    alpha: plan.quality.alpha,
    seed: 1,
    decisions: plan.prove.map((asked, at) =>
      decide(asked, plan.quality.family, verdicts[at % verdicts.length]!, rest),
    ),
    asked: [],
  });

const planFor = (given: Workload, changed: Partial<Policy> = {}) =>
  buildPlan({ workload: given, policy: { ...policy, ...changed }, prices, milp, seed: 1 });
const again = (given: Workload, ledger: Ledger, changed: Partial<Policy> = {}) =>
  replan({ workload: given, policy: { ...policy, ...changed }, prices, milp, seed: 1 }, ledger);

/** A tenth of the requests on a large model, with two cheaper ones beside it. */
const tenth = (samples = 100) =>
  workload([cell({ requests: 100 }), cell({ cluster: "search", model: "small", requests: 900 })], {
    samples: { chat: samples },
  });
const targetOf = ({ actions }: PlanBody) =>
  actions.flatMap(({ evidence }) => (evidence.kind === "quality" ? [evidence.candidate.model] : []));

describe("a plan that is solved again", () => {
  it("proposes the next-cheapest candidate of a slot whose first one was rejected, and says what it takes", () => {
    const first = planFor(tenth(), routesOnly);
    expect(targetOf(first)).toEqual(["small"]);

    const { certified, open } = again(tenth(), roundOf(first, ["rejected"]), routesOnly);

    expect(certified.actions).toEqual([]);
    expect(targetOf(open)).toEqual(["medium"]);
    expect(open.prove).toMatchObject([
      { question: "route/chat (round 2)", action: "route/chat", pairsIfAllTie: expect.any(Number) },
    ]);
    expect(open.considered.map(({ reason }) => reason)).toContain("rejected by the run of 40 pairs");
  });

  it("keeps what is certified at its margin, without a further question", () => {
    const first = planFor(tenth(), routesOnly);
    const { margin } = first.prove[0]!;

    const { certified, open } = again(tenth(), roundOf(first, ["certified"]), routesOnly);

    for (const plan of [certified, open]) {
      expect(targetOf(plan)).toEqual(["small"]);
      expect(plan.actions[0]!.evidence).toMatchObject({ margin, question: "route/chat" });
      expect(plan.prove).toEqual([]);
      expect(plan.quality).toMatchObject({ family: 0, spent: Number((0.1 * margin).toFixed(9)) });
      expect(plan.evidence).toMatchObject({ certified: ["route/chat"], continuing: [] });
    }
  });

  it("counts a certified loss against the quality budget of what is still open", () => {
    const given = workload(
      [
        cell({ requests: 100 }),
        cell({ cluster: "digest", requests: 100, inputTokens: 50_000 }),
        cell({ cluster: "search", model: "small", requests: 800 }),
      ],
      { samples: { chat: 400, digest: 400 } },
    );
    const first = planFor(given, routesOnly);
    expect(first.prove).toHaveLength(2);

    const ledger = roundOf(first, ["certified", "rejected"]);
    const { open } = again(given, ledger, routesOnly);

    const [kept, asked] = ["certified", "new"].map((kind) =>
      open.actions.find(({ id }) => open.evidence!.certified.includes(id) === (kind === "certified")),
    );
    const marginOf = (action: typeof kept) =>
      action!.evidence.kind === "quality" ? action!.evidence.margin : 0;
    expect(asked).toBeDefined();
    expect(0.1 * marginOf(kept) + 0.1 * marginOf(asked)).toBeLessThanOrEqual(0.02 + 1e-9);
    // One of two certified: its half of alpha passes on.
    expect(open.evidence!.alpha).toEqual({ total: 0.05, spent: 0.025, next: 0.025 });
    expect(open.quality).toMatchObject({ alpha: 0.025, family: 1 });
    expect(open.warnings.join()).not.toContain("grant");
  });

  it("asks for a grant where no alpha is left for what it proposes", () => {
    const { open } = again(tenth(), roundOf(planFor(tenth(), routesOnly), ["rejected"]), routesOnly);

    expect(open.evidence!.alpha).toEqual({ total: 0.05, spent: 0.05, next: 0.05 });
    expect(open.warnings.join()).toContain("grant 0.05 more (quality.alpha: 0.1 in policy.yaml");
  });

  it("takes what a raised total leaves, and no more", () => {
    const ledger = roundOf(planFor(tenth(), routesOnly), ["rejected"]);

    const { open } = again(tenth(), ledger, { ...routesOnly, quality: { ...policy.quality, alpha: 0.08 } });

    expect(open.evidence!.alpha).toEqual({ total: 0.08, spent: 0.05, next: 0.03 });
  });

  it("keeps an inconclusive question only while its remaining samples could decide it", () => {
    const first = planFor(tenth(), routesOnly);
    const ledger = roundOf(first, ["inconclusive"], { samplesNeeded: 60 });

    const enough = again(tenth(100), ledger, routesOnly);
    const short = again(tenth(99), ledger, routesOnly);

    expect(enough.open.evidence!.continuing).toEqual(["route/chat"]);
    expect(enough.open.prove).toEqual([]);
    expect(enough.certified.actions).toEqual([]);
    expect(targetOf(short.open)).toEqual(["medium"]);
    expect(short.open.considered.map(({ reason }) => reason)).toContain(
      "inconclusive after 40 pairs: about 60 more are needed, 59 samples are left",
    );
  });

  it("never asks again what an earlier of several rounds has settled", () => {
    const rejected = roundOf(planFor(tenth(), routesOnly), ["rejected"]);
    const second = again(tenth(), rejected, routesOnly).open;

    const { certified, open } = again(tenth(), roundOf(second, ["rejected"]), routesOnly);

    expect(targetOf(certified)).toEqual([]);
    expect(["small", "medium"]).not.toContain(targetOf(open)[0]);
    expect(open.evidence!.alpha.spent).toBe(0.1);
  });

  it("warns of what the policy asks of the cost and the evidence no longer gives", () => {
    const cost = { ...policy.cost, minimumSavingShare: 0.1 };
    const ledger = roundOf(planFor(tenth(), { ...routesOnly, cost }), ["rejected"]);

    const { certified } = again(tenth(), ledger, { ...routesOnly, cost });

    expect(certified.warnings).toContain(
      "it saves 0.0000 of the bill, below the policy's cost.minimum_saving_share of 0.1",
    );
  });
});

const verdicts = fc.array(fc.constantFrom<Verdict>("certified", "rejected", "futile", "inconclusive"), {
  minLength: 1,
  maxLength: 4,
});
const labels = ({ actions }: PlanBody) =>
  actions.flatMap(({ evidence }) =>
    evidence.kind === "quality"
      ? [JSON.stringify([evidence.cluster, evidence.baseline, evidence.candidate, evidence.variant])]
      : [],
  );

describe("whatever a run showed", () => {
  it("the certified plan has no action without evidence, and what was excluded is in no plan", () => {
    fc.assert(
      fc.property(randomWorkload, verdicts, (given, drawn) => {
        const first = planFor(given);
        fc.pre(first.prove.length > 0);
        const ledger = roundOf(first, drawn);
        const subject = ({ cluster, baseline, candidate, variant }: Asked) =>
          JSON.stringify([cluster, baseline, candidate, variant]);
        const by = (verdict: Verdict) =>
          first.prove.filter((_, at) => drawn[at % drawn.length] === verdict).map(subject);

        const { certified, open } = again(given, ledger);

        expect(certified.prove).toEqual([]);
        for (const { evidence } of certified.actions) {
          if (evidence.kind === "structural") expect(evidence.attested).toBe(true);
        }
        for (const label of labels(certified)) expect(by("certified")).toContain(label);
        const settled = [...by("rejected"), ...by("futile"), ...by("inconclusive")];
        for (const label of labels(open)) expect(settled).not.toContain(label);
      }),
      { numRuns: 60 },
    );
  });

  it("costs are those of its actions together, within the quality budget, and never above what was shown", () => {
    fc.assert(
      fc.property(randomWorkload, verdicts, (given, drawn) => {
        const first = planFor(given);
        fc.pre(first.prove.length > 0);
        const ledger = roundOf(first, drawn);

        const { certified, open } = again(given, ledger);

        for (const plan of [certified, open]) {
          const ids = plan.actions.map(({ id }) => id);
          const saving = parseUsd(plan.joint.savingUsdMonth);
          expect(costSubset(plan, ids, given, prices).savingPicoUsdMonth).toBe(saving);
          expect(plan.quality.spent).toBeLessThanOrEqual(policy.quality.budget + 1e-9);
          expect(plan.quality.family).toBe(plan.prove.length);
        }
        const holding = first.actions.filter(({ evidence }) =>
          evidence.kind === "structural"
            ? evidence.attested
            : drawn[
                first.prove.findIndex(({ question }) => question === evidence.question) % drawn.length
              ] === "certified",
        );
        const shown = costSubset(
          first,
          holding.map(({ id }) => id),
          given,
          prices,
        );
        expect(parseUsd(certified.joint.savingUsdMonth) >= shown.savingPicoUsdMonth).toBe(true);
        expect(parseUsd(open.joint.savingUsdMonth) >= parseUsd(certified.joint.savingUsdMonth)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each(["certified", "open"] as const)(
    "the %s plan is the best of all combinations that may enter it",
    (reading) => {
      fc.assert(
        fc.property(randomWorkload, verdicts, (given, drawn) => {
          const first = planFor(given);
          fc.pre(first.prove.length > 0);
          // Without pairs nothing of the samples is used up, and what is inconclusive stays open at its margin.
          const ledger = roundOf(first, drawn, { n: 0 });
          const rules = readRules(policy, given, prices, []);
          const usable = buildCandidates(given, levers, rules, prices)
            .map(assessWith(ledger, given, reading))
            .filter(({ excluded }) => excluded === null);
          fc.pre(combinationsOf(usable) <= 2_000);

          const best = bestOf(given, usable, alphaAccount(ledger, policy.quality.alpha).next);

          expect(parseUsd(again(given, ledger)[reading].joint.savingUsdMonth)).toBe(best);
        }),
        { numRuns: 40 },
      );
    },
  );
});

const slotsOf = (candidates: readonly Candidate[]) => [
  ...groupBy(candidates, ({ lever, proposal }) =>
    JSON.stringify([lever.id, proposal.cluster, proposal.model]),
  ).values(),
];

const combinationsOf = (candidates: readonly Candidate[]): number =>
  slotsOf(candidates).reduce((product, slot) => product * (slot.length + 1), 1);

/** Largest saving a month of all sets within the budget, with at most one certificate on any request. */
function bestOf(given: Workload, candidates: readonly Candidate[], alpha: number): bigint {
  const floors = floorsOf(alpha);
  const slots = slotsOf(candidates);
  const before = costOf(given, prices).amount;
  let best = before;
  const visit = (depth: number, chosen: readonly Candidate[]): void => {
    if (depth < slots.length) {
      visit(depth + 1, chosen);
      for (const candidate of slots[depth]!) visit(depth + 1, [...chosen, candidate]);
      return;
    }
    const proven = chosen.filter(({ question }) => question !== null);
    const family = proven.filter(asksAnew).length;
    const spent = proven.reduce(
      (sum, candidate) =>
        sum + candidate.question!.share * (floors(candidate, family) ?? Number.POSITIVE_INFINITY),
      0,
    );
    const acts = proven.map(({ proposal }) => JSON.stringify([proposal.cluster, proposal.model]));
    if (spent > policy.quality.budget + 1e-12 || new Set(acts).size < acts.length) return;
    const cost = costOf(applyJointly(given, chosen, prices), prices).amount;
    if (cost < best) best = cost;
  };
  visit(0, []);
  return toMonth(before, given.hours) - toMonth(best, given.hours);
}
