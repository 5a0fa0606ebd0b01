import type { PicoUsd } from "../../shared/money.js";
import type { Candidate } from "./candidates.js";
import { type Cut, learnCuts } from "./cuts.js";
import { type Evaluation, evaluate } from "./evaluate.js";
import type { Loads } from "./loads.js";
import type { Milp, Row, Solution } from "./milp.js";
import { asksAnew, changesOf, needsProof, nothing, type Problem, type Selection } from "./problem.js";
import { layOut, programmeOf } from "./programme.js";
import { combinationVariable, configVariable, optionVariable } from "./variables.js";

export interface Plan extends Evaluation {
  readonly selection: Selection;
  readonly changes: readonly Candidate[];
  /** Least quality budget that proving it takes: sum of share x smallest provable margin over its questions. */
  readonly budget: number;
}

export interface Solved {
  readonly plan: Plan;
  /** No plan within the policy has a lower objective, pico-USD over the observed span. */
  readonly bound: PicoUsd;
  /** Exact evaluations that it took. */
  readonly steps: number;
}

/** Evaluations after which the search stops and prints what gap is left: no clock, so that equal runs stay alike. */
export const MAXIMUM_STEPS = 60;

/** Bound and incumbent meet when they differ by less than this share of the bill: what doubles can tell apart. */
export const TOLERANCE = 1e-7;

/** Units that a bill is scaled to inside the solver. */
const BILL_UNITS = 1e5;

/**
 * Finds the cheapest plan within a quality budget. Each step solves the programme whose optimum no plan can beat, lets
 * the exact evaluation judge its answer, and teaches the programme what a fleet really costs there; it ends when the
 * best plan found and the bound meet. Steps of one budget serve all others: cuts are true everywhere.
 *
 * @param costings Exact costings of a fleet to enumerate at most; 0: every fleet's cost is learnt by cuts.
 */
export function createSearch(problem: Problem, loads: Loads, bill: PicoUsd, milp: Milp, costings?: number) {
  const unit = Math.max(1, Number(bill) / BILL_UNITS);
  const layout = layOut(problem, loads, unit, costings);
  const cuts: Cut[] = [];
  const known = new Map<string, Plan>();
  const judge = (selection: Selection): Plan => {
    const key = JSON.stringify(selection);
    const before = known.get(key);
    if (before !== undefined) return before;
    const changes = changesOf(problem, selection);
    // What the policy forbids is known too, so that it is never proposed again, but no budget buys it.
    const budget =
      problem.terms.breach(changes) === null ? leastBudget(changes, problem.terms) : Number.POSITIVE_INFINITY;
    const plan = { ...evaluate(problem, loads, selection), selection, changes, budget };
    known.set(key, plan);
    return plan;
  };
  judge(nothing(problem));
  /** Without changes that add nothing, for example on a fleet that nothing is left on. */
  const trim = (plan: Plan): Plan => {
    const simpler = [
      ...withSimplerFleet(problem, plan.selection),
      ...withFewerShared(problem, plan.selection),
    ];
    const better = simpler
      .map(judge)
      .find((other) => other.objective <= plan.objective && other.budget <= plan.budget);
    return better === undefined ? plan : trim(better);
  };
  return {
    within(budget: number): Solved {
      const excluded: Row[] = [];
      const tolerance = BigInt(Math.ceil(Number(bill) * TOLERANCE));
      for (let step = 1; ; step += 1) {
        const solution = milp(programmeOf(layout, cuts, budget, excluded));
        const best = bestOf([...known.values()], budget);
        if (solution === null) return { plan: trim(best), bound: best.objective, steps: step };
        const bound = toPico(solution.bound, unit);
        if (best.objective <= bound + tolerance) {
          const plan = trim(best);
          return { plan, bound: plan.objective, steps: step };
        }
        if (step > MAXIMUM_STEPS) return { plan: trim(best), bound, steps: step };
        const selection = decode(problem, solution);
        const again = known.has(JSON.stringify(selection));
        const { budget: needed } = judge(selection);
        if (again || needed === Number.POSITIVE_INFINITY) excluded.push(exclude(problem, selection));
        cuts.push(...learnCuts(layout, selection));
      }
    },
  };
}

export type Search = ReturnType<typeof createSearch>;

/** The selection with a configuration of fewer changes, for each fleet. */
function withSimplerFleet(problem: Problem, { clusters, fleets }: Selection): Selection[] {
  return problem.fleets.flatMap(({ configs }, fleet) => {
    const { length } = configs[fleets[fleet]!]!.changes;
    return configs.flatMap(({ changes }, config) =>
      changes.length < length ? [{ clusters, fleets: fleets.with(fleet, config) }] : [],
    );
  });
}

/** The selection without one of the cluster-wide changes, for each cluster; what each model gets stays. */
function withFewerShared(problem: Problem, { clusters, fleets }: Selection): Selection[] {
  return problem.clusters.flatMap(({ combinations }, cluster) => {
    const { combination, options } = clusters[cluster]!;
    const { shared, units } = combinations[combination]!;
    return combinations.flatMap((other, index) => {
      if (
        other.shared.length !== shared.length - 1 ||
        !other.shared.every((change) => shared.includes(change))
      ) {
        return [];
      }
      const same = units.map((unit, place) =>
        other.units[place]!.findIndex((option) => isSameSet(option.changes, unit[options[place]!]!.changes)),
      );
      if (same.includes(-1)) return [];
      return [{ clusters: clusters.with(cluster, { combination: index, options: same }), fleets }];
    });
  });
}

function isSameSet(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  return a.length === b.length && a.every((change) => b.includes(change));
}

function bestOf(plans: readonly Plan[], budget: number): Plan {
  return plans
    .filter((plan) => plan.budget <= budget + 1e-12)
    .reduce((best, plan) => (isBetter(plan, best) ? plan : best));
}

/** With equal objectives the one with fewer changes: a change that adds nothing is not made. */
function isBetter(a: Plan, b: Plan): boolean {
  if (a.objective !== b.objective) return a.objective < b.objective;
  return a.changes.length < b.changes.length;
}

/** Infinity where no margin that the policy grants can be proven with the pairs there are. */
function leastBudget(changes: readonly Candidate[], { floorOf }: Problem["terms"]): number {
  const family = changes.filter(asksAnew).length;
  return changes
    .filter(needsProof)
    .reduce(
      (sum, candidate) =>
        sum + candidate.question!.share * (floorOf(candidate, family) ?? Number.POSITIVE_INFINITY),
      0,
    );
}

function decode({ clusters, fleets }: Problem, { values }: Solution): Selection {
  const chosen = (names: readonly string[]) => {
    const index = names.findIndex((name) => (values.get(name) ?? 0) > 0.5);
    return Math.max(0, index);
  };
  return {
    clusters: clusters.map(({ combinations }, cluster) => {
      const combination = chosen(combinations.map((_, index) => combinationVariable(cluster, index)));
      const { units } = combinations[combination]!;
      const options = units.map((unit, place) =>
        chosen(unit.map((_, option) => optionVariable(cluster, combination, place, option))),
      );
      return { combination, options };
    }),
    fleets: fleets.map(({ configs }, fleet) =>
      chosen(configs.map((_, config) => configVariable(fleet, config))),
    ),
  };
}

/** Leaves one selection out that has been evaluated already. */
function exclude({ clusters }: Problem, selection: Selection): Row {
  const variables = [
    ...selection.clusters.flatMap(({ combination, options }, cluster) => [
      combinationVariable(cluster, combination),
      ...clusters[cluster]!.combinations[combination]!.units.map((_, place) =>
        optionVariable(cluster, combination, place, options[place]!),
      ),
    ]),
    ...selection.fleets.map((config, fleet) => configVariable(fleet, config)),
  ];
  return { terms: variables.map((name) => [1, name] as const), sense: "<=", right: variables.length - 1 };
}

function toPico(value: number, unit: number): PicoUsd {
  return Number.isFinite(value) ? BigInt(Math.floor(value * unit)) : -(10n ** 30n);
}
