import type { PicoUsd } from "../shared/money.js";
import { type ClusterInfo, SIDE_TABLES, type Workload, type WorkloadCell } from "./contract.js";

/** One tenant's part of a cluster that is planned apart. */
export interface TenantPart {
  readonly cluster: string;
  readonly tenant: string;
  readonly requests: number;
  readonly costPicoUsd: PicoUsd;
}

/** Id of a tenant's part of a cluster; the SQL of the workload's cells spells it alike. */
export function tenantCluster(cluster: string, tenant: string): string {
  return `${cluster}@${tenant}`;
}

/** Fields that say what a side table's row speaks of; all other numbers are counts. */
const TERMS = new Set([
  "contextClass",
  "ttlSeconds",
  "minimumTokens",
  "afterExactTtlSeconds",
  "threshold",
  "maximumRetries",
  "keepTurns",
  "capTokens",
]);

/**
 * Gives tenants with rules of their own a cluster of their own. The cells come split already; side tables do not know
 * tenants, so each of their rows is split in proportion to requests (assumed), in whole numbers that sum to the whole.
 */
export function splitTenants(workload: Workload, parts: readonly TenantPart[]): Workload {
  if (parts.length === 0) return workload;
  const split = splitter(workload.cells, parts);
  return {
    ...workload,
    clusters: splitClusters(workload.clusters, parts),
    ...Object.fromEntries(
      SIDE_TABLES.map((table) => [table, (workload[table] as readonly Row[]).flatMap(split)]),
    ),
    arrivals: workload.arrivals.flatMap(split),
  };
}

function splitClusters(clusters: readonly ClusterInfo[], parts: readonly TenantPart[]): ClusterInfo[] {
  return clusters.flatMap((cluster) => {
    const own = parts.filter((part) => part.cluster === cluster.id);
    const perRequest = cluster.requestShare / Math.max(1, cluster.requests);
    const requests = own.reduce((rest, part) => rest - part.requests, cluster.requests);
    const costPicoUsd = own.reduce((rest, part) => rest - part.costPicoUsd, cluster.costPicoUsd);
    return [
      { ...cluster, requests, requestShare: requests * perRequest, costPicoUsd },
      ...own.map((part) => ({
        ...cluster,
        id: tenantCluster(cluster.id, part.tenant),
        name: tenantCluster(cluster.name, part.tenant),
        requests: part.requests,
        requestShare: part.requests * perRequest,
        costPicoUsd: part.costPicoUsd,
        tenant: part.tenant,
        baseCluster: cluster.id,
      })),
    ];
  });
}

interface Row {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly contextClass?: number;
  readonly batch?: boolean;
}

/** Splits a row over the tenants' clusters and its own by the requests of the cells that it speaks of. */
function splitter(cells: readonly WorkloadCell[], parts: readonly TenantPart[]) {
  const clustersOf = new Map<string, string[]>();
  for (const { cluster, tenant } of parts) {
    clustersOf.set(cluster, [...(clustersOf.get(cluster) ?? []), tenantCluster(cluster, tenant)]);
  }
  const requestsOf = (row: Row, cluster: string): number =>
    cells
      .filter(
        (cell) =>
          cell.cluster === cluster &&
          cell.provider === row.provider &&
          cell.model === row.model &&
          (row.contextClass === undefined || cell.contextClass === row.contextClass) &&
          (row.batch === undefined || cell.batch === row.batch),
      )
      .reduce((sum, cell) => sum + cell.requests, 0);
  return <T extends Row>(row: T): T[] => {
    const tenants = (clustersOf.get(row.cluster) ?? []).map((cluster) => ({
      cluster,
      requests: requestsOf(row, cluster),
    }));
    let left = requestsOf(row, row.cluster) + tenants.reduce((sum, { requests }) => sum + requests, 0);
    let rest = row;
    // One tenant after the other: floor of the part and ceiling of the rest both keep subsets within their totals.
    const split = tenants.flatMap(({ cluster, requests }) => {
      if (requests === 0) return [];
      const part = { ...scaleRow(rest, requests, left), cluster };
      rest = subtractRow(rest, part);
      left -= requests;
      return [part];
    });
    return [rest, ...split];
  };
}

function scaleRow<T extends Row>(row: T, part: number, whole: number): T {
  return mapCounts(row, (count) => Number((BigInt(count) * BigInt(part)) / BigInt(whole)));
}

function subtractRow<T extends Row>(row: T, part: T): T {
  return mapCounts(row, (count, field, index) => {
    const other = part[field as keyof T] as number | readonly number[];
    return count - (typeof other === "number" ? other : other[index]!);
  });
}

function mapCounts<T extends Row>(
  row: T,
  change: (count: number, field: string, index: number) => number,
): T {
  const entries = Object.entries(row).map(([field, value]: [string, unknown]) => {
    if (TERMS.has(field)) return [field, value];
    if (typeof value === "number") return [field, change(value, field, 0)];
    if (!Array.isArray(value)) return [field, value];
    return [field, value.map((count: number, index) => change(count, field, index))];
  });
  return Object.fromEntries(entries) as T;
}
