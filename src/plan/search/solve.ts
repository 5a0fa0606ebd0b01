import type { Candidate } from "./candidates.js";
import type { ClusterChoices, ClusterColumn } from "./columns.js";
import { smallestMargin } from "./margins.js";
import { both, either, type Frontier, NOTHING, type Selection, undominated } from "./pareto.js";

export interface SearchLimits {
  /** Largest request-weighted quality loss. */
  readonly budget: number;
  readonly alpha: number;
}

/**
 * Undominated plans by ascending quality budget and saving; the last one saves most. Exact: for every number K of
 * questions the smallest provable margins are computed with alpha / K, and all selections with K questions are built
 * cluster by cluster, dropping only those that another one beats on saving and budget at the same K.
 */
export function solve(clusters: readonly ClusterChoices[], limits: SearchLimits): readonly Selection[] {
  const found: Selection[] = [];
  const floors = floorsOf(limits.alpha);
  const most = countQuestions(clusters);
  for (let family = 0; family <= most; family += 1) {
    const selections = selectWith(clusters, family, (candidate) => floors(candidate, family), limits.budget);
    // A feasible set stays feasible without one of its questions, so the first empty K ends the search.
    if (selections.length === 0) break;
    found.push(...selections);
  }
  return undominated(found);
}

function selectWith(
  clusters: readonly ClusterChoices[],
  family: number,
  floorOf: (candidate: Candidate) => number | null,
  budget: number,
): readonly Selection[] {
  let stillPossible = countQuestions(clusters);
  let total = NOTHING;
  for (const cluster of clusters) {
    stillPossible -= countQuestions([cluster]);
    const ofCluster = either(
      cluster.columns.map((column) => columnFrontier(column, floorOf, { family, budget })),
    );
    total = both(total, ofCluster, { family, budget, stillPossible });
  }
  return total[family] ?? [];
}

function columnFrontier(
  { shared, models }: ClusterColumn,
  floorOf: (candidate: Candidate) => number | null,
  limits: { readonly family: number; readonly budget: number },
): Frontier {
  const start: Frontier = [[{ saving: 0n, budget: 0, changes: shared.length, parts: shared }]];
  return models.reduce<Frontier>((frontier, { options }) => {
    const choices: Selection[][] = [[], []];
    for (const { candidate, saving } of options) {
      const question = candidate?.question ?? null;
      const parts = candidate === null ? [] : [candidate];
      const floor = question === null ? 0 : floorOf(candidate!);
      if (floor === null) continue;
      const budget = (question?.share ?? 0) * floor;
      choices[question === null ? 0 : 1]!.push({ saving, budget, changes: parts.length, parts });
    }
    return both(frontier, choices.map(undominated), { ...limits, stillPossible: limits.family });
  }, start);
}

/** Largest number of questions that one selection can hold: one a (cluster, model) with a quality candidate. */
function countQuestions(clusters: readonly ClusterChoices[]): number {
  return clusters.reduce((sum, { columns }) => {
    const models = columns[0]?.models ?? [];
    return sum + models.filter(({ options }) => options.some(({ candidate }) => candidate?.question)).length;
  }, 0);
}

/** Smallest provable margin of a candidate among `family` questions; null where the policy's maximum is below it. */
export function floorsOf(alpha: number): (candidate: Candidate, family: number) => number | null {
  const memo = new Map<string, number | null>();
  return ({ question }, family) => {
    if (question === null || family === 0) return null;
    const key = `${question.pairs}/${family}/${question.maximumMargin}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const floor = smallestMargin(question.pairs, family, alpha, question.maximumMargin);
    memo.set(key, floor);
    return floor;
  };
}
