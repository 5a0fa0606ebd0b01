import { meanOf } from "./feedback.js";

/** One graded value of one cluster. */
export interface ClusterValue {
  readonly cluster: string;
  readonly value: number;
}

/** Means by cluster, each drawn towards the mean of all as far as chance can explain that they differ. */
export interface ClusterTable {
  readonly mean: number;
  readonly rows: ReadonlyMap<string, { readonly n: number; readonly mean: number }>;
  /** A cluster without a row has the mean of all. */
  of(cluster: string): number;
}

// One value may always speak, and no cluster is ever held to the common mean for good.
const [LEAST_PRIOR, LARGEST_PRIOR] = [1, 10_000];

/**
 * Empirical-Bayes means: (n mean + k overall) / (n + k), with k the variance within clusters over the variance
 * between them (one-way analysis of variance, moments). Few values, or clusters that hardly differ: near `overall`.
 */
export function clusterTable(values: readonly ClusterValue[], fallback = 0): ClusterTable {
  const groups = new Map<string, number[]>();
  for (const { cluster, value } of values) {
    const group = groups.get(cluster);
    if (group === undefined) groups.set(cluster, [value]);
    else group.push(value);
  }
  const mean = meanOf(values.map(({ value }) => value)) ?? fallback;
  const prior = priorStrength([...groups.values()], mean);
  const rows = new Map(
    [...groups].map(([cluster, group]) => {
      const own = meanOf(group)!;
      return [
        cluster,
        { n: group.length, mean: (group.length * own + prior * mean) / (group.length + prior) },
      ];
    }),
  );
  return { mean, rows, of: (cluster) => rows.get(cluster)?.mean ?? mean };
}

function priorStrength(groups: readonly (readonly number[])[], mean: number): number {
  const n = groups.reduce((sum, group) => sum + group.length, 0);
  if (groups.length < 2 || n <= groups.length) return LARGEST_PRIOR;
  let [within, between, squares] = [0, 0, 0];
  for (const group of groups) {
    const own = meanOf(group)!;
    for (const value of group) within += (value - own) ** 2;
    between += group.length * (own - mean) ** 2;
    squares += group.length ** 2;
  }
  const variance = within / (n - groups.length);
  const size = (n - squares / n) / (groups.length - 1);
  const spread = (between / (groups.length - 1) - variance) / size;
  if (!(spread > 0)) return LARGEST_PRIOR;
  return Math.min(LARGEST_PRIOR, Math.max(LEAST_PRIOR, variance / spread));
}
