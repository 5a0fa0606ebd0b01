import { levers as allLevers, type Books, LAYERS, type Lever } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import { formatExact, type PicoUsd, ratio } from "../shared/money.js";
import { createRandom } from "../shared/random.js";
import { describeActions, type TemplateMatch } from "./actions.js";
import { attribute } from "./attribution/attribute.js";
import { explainSynergy } from "./attribution/explain-synergy.js";
import { billing, planWarnings, scalingText } from "./baseline.js";
import { considered } from "./considered.js";
import type { Objective } from "./contract.js";
import { apiCostOf, costOf, toMonth } from "./cost.js";
import { planEconomics } from "./economics/plan-economics.js";
import { describeFleets } from "./fleets.js";
import { applyJointly, monthlySaving, type PlanBody, touchedJointly } from "./joint.js";
import { latencyFrontier } from "./latency-frontier.js";
import { DEFAULT_OBJECTIVE, describeObjective } from "./objective.js";
import { brokenLimits } from "./policy/cost-limits.js";
import type { Policy } from "./policy/load-policy.js";
import { type Rules, readRules } from "./policy/rules.js";
import { runBudgetWarnings } from "./policy/run-budget.js";
import { chooseMargins, describeQuestions, familyOf, sampleWarnings, spentBudget } from "./questions.js";
import { buildProblem } from "./search/build-problem.js";
import { buildCandidates, type Candidate } from "./search/candidates.js";
import { requireFeasible } from "./search/feasibility.js";
import { frontierOf } from "./search/frontier.js";
import { floorsOf } from "./search/margins.js";
import type { Milp } from "./search/milp.js";
import type { Problem } from "./search/problem.js";
import { createSearch, type Plan, type Solved, TOLERANCE } from "./search/solve.js";

export interface PlanningEvidence {
  /** Error that the questions of the next round share, in place of the policy's. */
  readonly alpha: number;
  /** The candidate as the evidence leaves it: free of further proof, excluded, or as it was. */
  assess(candidate: Candidate): Candidate;
}

export interface PlanDependencies {
  /** With the fleets in place and those that a change could start (`planningWorkload`). */
  readonly workload: Workload;
  readonly policy: Policy;
  readonly prices: Books;
  readonly milp: Milp;
  /** Of sampled attributions and of the economics' draws. */
  readonly seed: number;
  /** Default: `net`. */
  readonly objective?: Objective;
  /** Default: every lever of the registry. */
  readonly levers?: readonly Lever[];
  /** Templates that match the environment, best first. */
  readonly templates?: readonly TemplateMatch[];
  /** What runs have shown already; see `replan`. */
  readonly evidence?: PlanningEvidence;
}

/**
 * The best plan within the policy, priced jointly, attributed, and with what `run` must prove. Pure: equal arguments
 * give equal plans. A plan without a change is a valid answer.
 *
 * @throws GateError TOP-PLAN-INFEASIBLE when a cost constraint of the policy cannot be met.
 */
export function buildPlan(dependencies: PlanDependencies): PlanBody {
  const { workload, policy, prices: books, seed, levers = allLevers, templates = [] } = dependencies;
  const { objective = DEFAULT_OBJECTIVE } = dependencies;
  const { budget } = policy.quality;
  const alpha = alphaOf(dependencies);
  const rules = readRules(
    policy,
    workload,
    books,
    levers.map(({ id }) => id),
  );
  const { hours } = workload;
  const observed = costOf(workload, books);
  const baseline = toMonth(observed.amount, hours);
  const given = { ...dependencies, levers, objective };
  const best = solveFor(workload, observed.amount, given, rules);
  // People's time must not stand in the way of a limit on the bill.
  const isWithin = brokenLimits(policy, baseline, best.costMonth(best.solved.plan)).length === 0;
  const found = isWithin ? best : solveFor(workload, observed.amount, { ...given, objective: "cost" }, rules);
  const { candidates, problem, search, solved, outside, costMonth } = found;
  requireFeasible({
    policy,
    baselineMonth: baseline,
    costMonth,
    best: solved.plan,
    unlimited: () => frontierOf(search, 1),
  });
  const chosen = solved.plan.changes;
  const planned = applyJointly(workload, chosen, books);
  const after = costOf(planned, books);
  const cost = monthlySaving(observed.amount, after.amount, hours);
  const random = createRandom(seed);
  const attribution = attribute(
    workload,
    chosen,
    books,
    random.fork("attribution"),
    (changes) => problem.terms.breach(changes) === null,
  );
  const margins = chooseMargins(chosen, budget, alpha);
  const actions = describeActions({
    attribution,
    margins,
    touched: touchedJointly(workload, chosen, books),
    jointMonth: cost.savingPicoUsdMonth,
    workload,
    rules,
    policy,
    templates,
  });
  const synergy = synergyMonth(solved.plan, observed.amount - outside, hours);
  const standaloneSum = cost.savingPicoUsdMonth - synergy;
  const bill = billing(workload, observed);
  const prove = describeQuestions(attribution, margins, alpha, workload);
  const fleets = describeFleets({ workload, cost: observed }, { workload: planned, cost: after }, books);
  const economics =
    chosen.length === 0
      ? null
      : planEconomics({
          baseline: workload,
          planned,
          chosen,
          books,
          economics: rules.economics,
          billedFactor: bill.factor,
          random: random.fork("economics"),
        });
  return {
    decision: chosen.length === 0 ? "do_nothing" : "change",
    objective: describeObjective(isWithin ? objective : "cost", policy),
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
      synergyExplained: explainSynergy(synergy, chosen.length, attribution.pairs, fleets, hours),
      billedFactor: bill.factor,
      basis: fleets.some(({ after }) => after !== null && after.scaling !== "fixed")
        ? "estimated"
        : "replayed",
    },
    layers: LAYERS.filter((layer) => actions.some(({ body }) => body.layer === layer)).map((layer) => ({
      layer,
      savingUsdMonth: formatExact(
        actions.filter(({ body }) => body.layer === layer).reduce((sum, { share }) => sum + share, 0n),
      ),
    })),
    fleets,
    actions: actions.map(({ body }) => body),
    considered: considered({ candidates, chosen, hours, budget, alpha, floor: floorsOf(alpha) }),
    frontier: frontierOf(search, budget).map((plan) => frontierRow(plan, baseline, costMonth(plan))),
    latencyFrontier: latencyFrontier(workload, solved.plan, costMonth, baseline, (stricter) =>
      solveFor(stricter, costOf(stricter, books).amount, given, rules),
    ),
    search: searchRow(solved, problem, observed.amount, outside, hours),
    economics,
    quality: { budget, spent: spentBudget(margins), alpha, family: familyOf(margins) },
    prove,
    priceBook: { id: books.id, source: books.source, date: books.date },
    warnings: [
      ...(isWithin
        ? []
        : [
            "the policy's cost limit decides: the plan has the lowest monthly cost, people's time is not weighed",
          ]),
      ...rules.warnings,
      ...planWarnings(workload, observed, bill),
      ...fleetWarnings(fleets),
      ...sampleWarnings(prove, workload),
      ...runBudgetWarnings(economics?.experimentUsd ?? 0, policy),
    ],
  };
}

const alphaOf = ({ evidence, policy }: PlanDependencies): number => evidence?.alpha ?? policy.quality.alpha;

type Settled = PlanDependencies & Required<Pick<PlanDependencies, "levers" | "objective">>;

/** Candidates, problem and best plan of one workload that costs `bill` over the observed span. */
function solveFor(workload: Workload, bill: PicoUsd, dependencies: Settled, rules: Rules) {
  const { policy, prices: books, milp, levers, objective, evidence } = dependencies;
  const { budget } = policy.quality;
  const alpha = alphaOf(dependencies);
  const built = buildCandidates(workload, levers, rules, books);
  const candidates = evidence === undefined ? built : built.map(evidence.assess);
  const usable = candidates.filter(({ excluded }) => excluded === null);
  const { problem, loads } = buildProblem(workload, usable, books, rules, { alpha, objective });
  const clusters = problem.clusters.map(({ cluster }) => cluster);
  const outside = costOutside(workload, clusters, books);
  const search = createSearch(problem, loads, bill, milp);
  return {
    candidates,
    problem,
    search,
    solved: search.within(budget),
    outside,
    costMonth: (plan: Plan) => toMonth(plan.cost + outside, workload.hours),
  };
}

/** Joint saving minus the sum of stand-alone ones, formed before the month so that rounding makes none appear. */
function synergyMonth({ changes, cost }: Plan, baseline: PicoUsd, hours: number): PicoUsd {
  const alone = changes.reduce((sum, { standalone }) => sum + standalone, 0n);
  return toMonth(baseline - cost - alone, hours);
}

/** List cost of clusters that no change touches. */
function costOutside(workload: Workload, clusters: readonly string[], books: Books): PicoUsd {
  const inside = new Set(clusters);
  return apiCostOf(
    { ...workload, cells: workload.cells.filter(({ cluster }) => !inside.has(cluster)) },
    books,
  );
}

function frontierRow(plan: Plan, baseline: PicoUsd, cost: PicoUsd): PlanBody["frontier"][number] {
  return {
    qualityBudgetUsed: plan.budget,
    costUsdMonth: formatExact(cost),
    savingShare: ratio(baseline - cost, baseline),
    actions: plan.changes.map(({ id }) => id).sort(),
  };
}

function searchRow(
  { plan, bound, steps }: Solved,
  { priced, unpriced, unweighed }: Problem,
  bill: PicoUsd,
  outside: PicoUsd,
  hours: number,
): PlanBody["search"] {
  // What was not priced or weighed could at best cost nothing.
  const isWhole = unpriced.length === 0 && unweighed.length === 0;
  const gap = isWhole ? plan.objective - bound : plan.objective;
  const month = (amount: PicoUsd) => toMonth(amount, hours);
  return {
    method:
      "every combination within a cluster and model is priced exactly; a mixed-integer programme (HiGHS) over them and " +
      "the fleets' configurations gives a bound that no plan can beat, the exact joint costing is the referee" +
      (unweighed.length === 0
        ? ""
        : `; of the configurations of ${unweighed.join(", ")} only the cheapest at typical loads were weighed`) +
      (unpriced.length === 0
        ? ""
        : `; of the changes of ${unpriced.join(", ")} those that save least alone were left out`),
    combinations: priced,
    evaluations: steps,
    optimal: gap === 0n,
    boundUsdMonth: formatExact(month(plan.objective - gap + outside)),
    toleranceUsdMonth: formatExact(month(BigInt(Math.ceil(Number(bill) * TOLERANCE)))),
    gapUsdMonth: formatExact(month(gap)),
  };
}

function fleetWarnings(fleets: PlanBody["fleets"]): string[] {
  return fleets.flatMap(({ id, before }) =>
    before !== null && before.scaling === "fixed" && before.replicas < before.replicasNeeded
      ? [
          `fleet ${id}: ${before.replicas} replicas in place, the estimate needs ${before.replicasNeeded} in the busiest minute; a benchmark of your own replaces the estimate`,
        ]
      : [],
  );
}
