import { levers as allLevers, LAYERS, type Lever } from "../levers/index.js";
import type { PriceBook } from "../pricing/contract.js";
import type { Workload } from "../profile/contract.js";
import { formatExact, type PicoUsd, ratio } from "../shared/money.js";
import { createRandom } from "../shared/random.js";
import { allTiePairs } from "../stats/index.js";
import { type Attribution, attribute } from "./attribution/attribute.js";
import { explainSynergy } from "./attribution/explain-synergy.js";
import { settle } from "./attribution/settle.js";
import { billing, planWarnings, scalingText } from "./baseline.js";
import { considered, parametersOf } from "./considered.js";
import { toMonth } from "./cost.js";
import { applyJointly, monthlyCost, type PlanBody, touchedJointly } from "./joint.js";
import type { Policy } from "./policy/load-policy.js";
import { readRules } from "./policy/rules.js";
import { buildCandidates, type Candidate } from "./search/candidates.js";
import { priceCombinations } from "./search/columns.js";
import { requireFeasible } from "./search/feasibility.js";
import { frontierRows } from "./search/frontier.js";
import { allotMargins } from "./search/margins.js";
import { candidatesOf } from "./search/pareto.js";
import { floorsOf, solve } from "./search/solve.js";

export interface PlanDependencies {
  readonly workload: Workload;
  readonly policy: Policy;
  readonly prices: PriceBook;
  /** Only used where more than ten changes meet in one cluster and attribution is sampled. */
  readonly seed: number;
  /** Default: every lever of the registry. */
  readonly levers?: readonly Lever[];
}

/**
 * The cheapest plan within the policy, priced jointly, attributed, and with what `run` must prove. Pure: equal
 * arguments give equal plans. A plan without a change is a valid answer.
 *
 * @throws GateError TOP-PLAN-INFEASIBLE when a cost constraint of the policy cannot be met.
 */
export function buildPlan(dependencies: PlanDependencies): PlanBody {
  const { workload, policy, prices, seed, levers = allLevers } = dependencies;
  const { budget, alpha } = policy.quality;
  const { hours } = workload;
  const rules = readRules(
    policy,
    workload,
    prices,
    levers.map(({ id }) => id),
  );
  const candidates = buildCandidates(workload, levers, rules, prices);
  const usable = candidates.filter(({ excluded }) => excluded === null);
  const { clusters, priced } = priceCombinations(workload, usable, prices);
  const plans = solve(clusters, { budget, alpha });
  const { baselinePicoUsdMonth: baseline } = monthlyCost(workload, workload, prices);
  requireFeasible({
    policy,
    baselineMonth: baseline,
    costMonth: (selection) => baseline - toMonth(selection.saving, hours),
    within: plans,
    unlimited: () => solve(clusters, { budget: 1, alpha }),
  });

  const chosen = candidatesOf(plans.at(-1)!);
  const cost = monthlyCost(workload, applyJointly(workload, chosen, prices), prices);
  const attribution = attribute(workload, chosen, prices, createRandom(seed).fork("attribution"));
  const margins = chooseMargins(chosen, budget, alpha);
  const touched = touchedJointly(workload, chosen, prices);
  const actions = describeActions(attribution, margins, touched, cost.savingPicoUsdMonth, workload);
  const standaloneSum = chosen.reduce((sum, { standalone }) => sum + toMonth(standalone, hours), 0n);
  const synergy = cost.savingPicoUsdMonth - standaloneSum;
  const bill = billing(workload, prices);
  const prove = describeQuestions(attribution, margins, alpha, hours);
  return {
    decision: chosen.length === 0 ? "do_nothing" : "change",
    objective:
      "lowest monthly list cost within the policy; engineering time and the cost of running a cache are not counted",
    baseline: {
      listCostUsdMonth: formatExact(baseline),
      billedCostUsdMonth: bill.costMonth === null ? null : formatExact(bill.costMonth),
      observedHours: hours,
      scaling: scalingText(hours),
    },
    joint: {
      costUsdMonth: formatExact(cost.costPicoUsdMonth),
      savingUsdMonth: formatExact(cost.savingPicoUsdMonth),
      savingShare: cost.savingShare,
      standaloneSumUsdMonth: formatExact(standaloneSum),
      synergyUsdMonth: formatExact(synergy),
      synergyExplained: explainSynergy(synergy, chosen.length, attribution.pairs, hours),
      billedFactor: bill.factor,
      basis: "replayed",
    },
    layers: LAYERS.filter((layer) => actions.some(({ body }) => body.layer === layer)).map((layer) => ({
      layer,
      savingUsdMonth: formatExact(
        actions.filter(({ body }) => body.layer === layer).reduce((sum, { share }) => sum + share, 0n),
      ),
    })),
    actions: actions.map(({ body }) => body),
    considered: considered({ candidates, chosen, hours, budget, alpha, floor: floorsOf(alpha) }),
    frontier: frontierRows(plans, budget, (saving) => {
      const month = toMonth(saving, hours);
      return { costUsdMonth: formatExact(baseline - month), savingShare: ratio(month, baseline) };
    }),
    search: {
      method:
        "exact: every combination within a cluster and model is priced jointly; clusters are combined by keeping " +
        "every selection that no other beats on saving and quality budget",
      combinations: priced,
      optimal: true,
      gapUsdMonth: "0",
    },
    quality: {
      budget,
      spent: spentBudget(margins),
      alpha,
      family: margins.size,
    },
    prove,
    priceBook: { id: prices.id, source: prices.source, date: prices.date },
    warnings: [
      ...rules.warnings,
      ...planWarnings(workload, prices, bill),
      ...sampleWarnings(prove, workload),
    ],
  };
}

/** Allotted before any data: the budget is spent once, over all questions of the plan. */
function chooseMargins(
  chosen: readonly Candidate[],
  budget: number,
  alpha: number,
): ReadonlyMap<Candidate, number> {
  const asked = chosen.filter(({ question }) => question !== null);
  const floors = floorsOf(alpha);
  const margins = allotMargins(
    asked.map((candidate) => ({
      share: candidate.question!.share,
      floor: floors(candidate, asked.length)!,
      ceiling: candidate.question!.maximumMargin,
    })),
    budget,
  );
  return new Map(asked.map((candidate, index) => [candidate, margins[index]!]));
}

/** To nine digits, so that sums of doubles read as what they mean. */
function spentBudget(margins: ReadonlyMap<Candidate, number>): number {
  const spent = [...margins].reduce((sum, [{ question }, margin]) => sum + question!.share * margin, 0);
  return Number(spent.toFixed(9));
}

function describeActions(
  { order, shares }: Attribution,
  margins: ReadonlyMap<Candidate, number>,
  touched: ReadonlyMap<Candidate, number>,
  jointMonth: PicoUsd,
  { hours, cells }: Workload,
): { body: PlanBody["actions"][number]; share: PicoUsd }[] {
  const requests = cells.reduce((sum, cell) => sum + cell.requests, 0);
  const monthly = settle(
    order.map((candidate) => toMonth(shares.get(candidate)!, hours)),
    jointMonth,
  );
  return order.map((candidate, index) => {
    const { id, lever, proposal, effect, standalone } = candidate;
    const { evidence } = effect;
    return {
      share: monthly[index]!,
      body: {
        id,
        lever: lever.id,
        layer: lever.layer,
        cluster: proposal.cluster,
        parameters: parametersOf(candidate),
        order: index + 1,
        standaloneSavingUsd: formatExact(toMonth(standalone, hours)),
        shapleySavingUsd: formatExact(monthly[index]!),
        oneOffUsd: formatExact(effect.oneOff),
        touchedRequestShare: requests === 0 ? 0 : touched.get(candidate)! / requests,
        evidence:
          evidence.kind === "structural"
            ? { ...evidence, conditions: [...evidence.conditions] }
            : { ...evidence, margin: margins.get(candidate)!, question: id },
        assumptions: effect.assumptions.map((assumption) => ({ ...assumption })),
      },
    };
  });
}

function describeQuestions(
  { order, marginals }: Attribution,
  margins: ReadonlyMap<Candidate, number>,
  alpha: number,
  hours: number,
): PlanBody["prove"] {
  return order.flatMap((candidate) => {
    const margin = margins.get(candidate);
    const { id, effect, question } = candidate;
    if (margin === undefined || question === null || effect.evidence.kind !== "quality") return [];
    const { cluster, baseline, candidate: target } = effect.evidence;
    return [
      {
        question: id,
        action: id,
        cluster,
        baseline: { ...baseline },
        candidate: { ...target },
        margin,
        requestShare: question.share,
        savingUsdMonth: formatExact(toMonth(marginals.get(candidate)!, hours)),
        pairsIfAllTie: allTiePairs({ margin, alpha, family: margins.size }),
      },
    ];
  });
}

function sampleWarnings(prove: PlanBody["prove"], { clusters }: Workload): string[] {
  return prove.flatMap(({ question, cluster, pairsIfAllTie }) => {
    const samples = clusters.find(({ id }) => id === cluster)?.samples ?? 0;
    return samples >= pairsIfAllTie
      ? []
      : [
          `${question}: ${samples} samples on file, at least ${pairsIfAllTie} pairs are needed to certify its margin`,
        ];
  });
}
