import { type Books, groupBy, isOverloaded, loadOf } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { scale } from "../../shared/money.js";
import type { Objective } from "../contract.js";
import { applyJointly } from "../joint.js";
import type { Rules } from "../policy/rules.js";
import type { Candidate } from "./candidates.js";
import { priceCluster } from "./combinations.js";
import { configureFleet } from "./fleet-configs.js";
import { createLoads, type Loads } from "./loads.js";
import { floorsOf } from "./margins.js";
import type { Problem, Terms } from "./problem.js";

const SECONDS_PER_MONTH = 730 * 3600;

/** Prices every combination of every cluster and lists every configuration of every fleet. */
export function buildProblem(
  workload: Workload,
  candidates: readonly Candidate[],
  books: Books,
  rules: Rules,
  { alpha, objective }: { readonly alpha: number; readonly objective: Objective },
): { readonly problem: Problem; readonly loads: Loads } {
  const ofClusters = candidates.filter(({ proposal }) => proposal.cluster !== null);
  const touched = groupBy(ofClusters, ({ proposal }) => proposal.cluster!);
  // A cluster without candidates still loads the fleet that it is on.
  for (const { cluster, fleet } of workload.cells) {
    if (fleet !== undefined && !touched.has(cluster)) touched.set(cluster, []);
  }
  const terms = termsOf(workload, books, rules, alpha, objective);
  const priced = [...touched].map(([cluster, own]) => priceCluster(workload, cluster, own, terms));
  const clusters = priced.map(({ block }) => block);
  const fleets = workload.fleets.map((fleet) => configureFleet(workload, fleet, candidates, clusters, books));
  const problem: Problem = {
    clusters,
    fleets: fleets.map(({ block }) => block),
    terms,
    priced: [...priced, ...fleets.map(({ tried }) => ({ priced: tried }))].reduce(
      (sum, part) => sum + part.priced,
      0,
    ),
    unpriced: priced.filter(({ isWhole }) => !isWhole).map(({ block }) => block.cluster),
    unweighed: fleets.filter(({ unweighed }) => unweighed).map(({ block }) => block.fleet),
  };
  return { problem, loads: createLoads(workload, clusters, books) };
}

function termsOf(workload: Workload, books: Books, rules: Rules, alpha: number, objective: Objective): Terms {
  const { hourlyRatePicoUsd, amortisationMonths, effortOf } = rules.economics;
  const seconds = BigInt(Math.max(1, Math.round(workload.hours * 3600)));
  return {
    books,
    hours: workload.hours,
    effortOf,
    amortise: (oneOff) =>
      objective === "cost" ? 0n : scale(oneOff, seconds, BigInt(SECONDS_PER_MONTH * amortisationMonths)),
    people: (hours) => scale(hourlyRatePicoUsd, BigInt(Math.round(hours * 60)), 60n),
    floorOf: floorsOf(alpha),
    breach: (changes) => infeasibility(workload, applyJointly(workload, changes, books), books, rules),
  };
}

/** Why a changed workload may not be: the policy forbids it, or a fixed fleet would get more than it can take. */
export function infeasibility(
  workload: Workload,
  changed: Workload,
  books: Books,
  rules: Pick<Rules, "breach">,
): string | null {
  const reason = rules.breach(changed);
  if (reason !== null) return reason;
  const short = changed.fleets.find((fleet) =>
    isOverloaded(fleet, loadOf(changed, fleet, books), loadOf(workload, fleet, books)),
  );
  return short === undefined ? null : `fleet ${short.id} has too few replicas for what would be sent to it`;
}
