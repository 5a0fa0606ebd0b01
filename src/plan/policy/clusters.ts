import type { ClusterInfo, Workload } from "../../profile/contract.js";
import type { Policy } from "./load-policy.js";

/** What the policy says of each cluster, its intents and tenants resolved to cluster ids. */
export interface ClusterRules {
  readonly byId: ReadonlyMap<string, ClusterInfo>;
  readonly batchTolerant: ReadonlySet<string>;
  readonly flexTolerant: ReadonlySet<string>;
  readonly cacheAttested: ReadonlySet<string>;
  /** Largest loss that one change may be allotted on this cluster; 0: no change that could affect quality. */
  maximumMargin(cluster: string): number;
}

export function readClusters(policy: Policy, { clusters }: Workload): ClusterRules {
  const { quality, latency, exactCache, tenants } = policy;
  const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
  const isNamed = (cluster: ClusterInfo, intents: readonly string[]): boolean => {
    const base = cluster.baseCluster === undefined ? undefined : byId.get(cluster.baseCluster);
    return [cluster, ...(base === undefined ? [] : [base])].some(
      ({ id, name, baseCluster = id }) =>
        intents.includes(id) || intents.includes(name) || intents.includes(baseCluster),
    );
  };
  const tenantOf = (cluster: ClusterInfo | undefined) =>
    cluster?.tenant === undefined ? undefined : tenants.find(({ tenant }) => tenant === cluster.tenant);
  const matching = (
    intents: readonly string[],
    ofTenant: (rules: Policy["tenants"][number]) => boolean | null,
  ) =>
    new Set(
      clusters
        .filter((cluster) => {
          const rules = tenantOf(cluster);
          return (rules === undefined ? null : ofTenant(rules)) ?? isNamed(cluster, intents);
        })
        .map(({ id }) => id),
    );
  return {
    byId,
    batchTolerant: matching(latency.batchTolerantIntents, (rules) => rules.batchTolerant),
    flexTolerant: matching(latency.flexTolerantIntents, (rules) => rules.flexTolerant),
    cacheAttested: matching(exactCache.attestedIntents, () => null),
    maximumMargin: (id) => {
      const cluster = byId.get(id);
      const named = quality.protectedIntents.filter(
        ({ intent }) => cluster !== undefined && isNamed(cluster, [intent]),
      );
      const own = tenantOf(cluster)?.margin ?? quality.maximumMargin;
      return Math.min(quality.maximumMargin, own, ...named.map(({ margin }) => margin));
    },
  };
}
