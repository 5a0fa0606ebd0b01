import type { Random } from "../../shared/random.js";
import { horvitzThompsonWeights, neymanAllocation, type Stratum } from "../../stats/index.js";

/**
 * `uniform`: strata are the clusters, every prompt of a cluster has the same chance. `run` tests the unweighted mean
 * over a cluster, which is unbiased for the cluster only under such a draw, so this is the default.
 * `cost`: cost terciles inside each cluster, dear ones more often; for weighted estimates of money.
 */
export const SAMPLE_DESIGNS = ["uniform", "cost"] as const;
export type SampleDesign = (typeof SAMPLE_DESIGNS)[number];

export interface Candidate {
  readonly cluster: string;
  /** Cost of the prompt's event, USD; 0 where it is not known. */
  readonly costUsd: number;
}

export interface Draw {
  /** Position in the candidates. */
  readonly at: number;
  readonly stratum: string;
  readonly inclusionProbability: number;
  readonly weight: number;
  /** Position in one random order over all draws. */
  readonly order: number;
}

export interface DrawOptions {
  readonly design: SampleDesign;
  readonly total: number;
  /** Cost of each cluster's traffic, any unit; decides how many samples each cluster gets. */
  readonly clusterCost: ReadonlyMap<string, number>;
}

/**
 * Each cluster is a question of its own to `run`, however little it costs: 71 pairs are the fewest that can certify
 * a five-point margin, and 100 leave room for pairs without a grade.
 */
const MINIMUM_PER_CLUSTER = 100;
/** Fewer than two have no spread to estimate. */
const MINIMUM_PER_TERCILE = 2;
const TERCILES = ["low", "middle", "high"] as const;

interface FilledStratum extends Stratum {
  readonly name: string;
  readonly members: readonly number[];
}

/** Stratified simple random sampling without replacement; equal seeds give equal draws. */
export function drawSamples(candidates: readonly Candidate[], options: DrawOptions, random: Random): Draw[] {
  const strata = stratify(candidates, options);
  const minimum = options.design === "uniform" ? MINIMUM_PER_CLUSTER : MINIMUM_PER_TERCILE;
  const allocation = neymanAllocation(strata, options.total, minimum);
  const sizes = strata.map(({ size }) => size);
  const weights = horvitzThompsonWeights(sizes, allocation);
  const drawn = strata.flatMap(({ name, members }, h) => {
    const design = weights[h];
    if (design == null) return [];
    const chosen = random.fork(`stratum ${name}`).shuffle(members).slice(0, allocation[h]);
    return chosen.map((at) => ({ at, stratum: name, ...design }));
  });
  return random
    .fork("order")
    .shuffle(drawn)
    .map((draw, order) => ({ ...draw, order }));
}

function stratify(candidates: readonly Candidate[], options: DrawOptions): FilledStratum[] {
  const byCluster = new Map<string, number[]>();
  candidates.forEach(({ cluster }, at) => {
    const members = byCluster.get(cluster);
    if (members === undefined) byCluster.set(cluster, [at]);
    else members.push(at);
  });
  return [...byCluster].sort(byName).flatMap(([cluster, members]): FilledStratum[] => {
    if (options.design === "cost") return tercilesOf(cluster, members, candidates);
    // size * spread is then the cluster's cost: beyond the minimum, samples go where the money is.
    const spread = (options.clusterCost.get(cluster) ?? 0) / members.length;
    return [{ name: cluster, members, size: members.length, spread, cost: 1 }];
  });
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

function tercilesOf(
  cluster: string,
  members: readonly number[],
  candidates: readonly Candidate[],
): FilledStratum[] {
  const costOf = (at: number): number => candidates[at]!.costUsd;
  const sorted = [...members].sort((a, b) => costOf(a) - costOf(b) || a - b);
  return TERCILES.flatMap((tercile, third): FilledStratum[] => {
    const part = sorted.slice(
      Math.round((third * sorted.length) / 3),
      Math.round(((third + 1) * sorted.length) / 3),
    );
    if (part.length === 0) return [];
    const spread = standardDeviation(part.map(costOf));
    return [{ name: `${cluster}/${tercile}`, members: part, size: part.length, spread, cost: 1 }];
  });
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
