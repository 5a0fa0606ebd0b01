import type { Workload, WorkloadCell } from "../../profile/contract.js";
import { isBatch, rowOf, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";

export type BatchParameters = { readonly completionWindow: "24h" };

const CONDITIONS = [
  "same model and request, sent through the provider's batch interface",
  "callers tolerate an answer within 24 hours",
] as const;

const ASSUMPTIONS: readonly Assumption[] = [
  {
    text: "Batched requests get no prompt-cache reads: their cached and written tokens are billed as plain input.",
    basis: "assumed",
  },
  {
    text: "Every batched request is answered within the window; none falls back to the live price.",
    basis: "assumed",
  },
];

/**
 * Sends the requests of a cluster that can wait through the provider's batch interface.
 *
 * Formula: the same tokens at the batch multiplier of the price row (typically one half); cells of models without a
 * batch price stay as they are. Prompt-cache hits inside a batch are best effort at every provider, so none is
 * counted; that makes the saving smaller where the live requests read from a cache.
 * Source: `batchDiscount` of the price row. Evidence: structural; the policy attests the delay by naming the intent.
 */
export const batchApi: Lever<BatchParameters> = {
  id: "batch-api",
  name: "Batch interface",
  layer: "application",
  stage: "price",
  risk: "low",
  effort: { setupHours: 6, hoursPerScope: 1 },
  description:
    "Requests that tolerate a day of delay are sent in batches at the provider's batch price. Same model, same " +
    "request, same answer; no prompt-cache benefit is counted inside a batch.",

  propose(workload, limits) {
    return workload.clusters
      .filter((cluster) => limits.batchTolerantClusters.has(cluster.id))
      .map(
        (cluster): ClusterProposal<BatchParameters> => ({
          cluster: cluster.id,
          model: null,
          parameters: { completionWindow: "24h" },
          attested: true,
        }),
      );
  },

  apply(workload, { cluster, attested = false }, book): Effect {
    const moves = (cell: WorkloadCell): boolean =>
      cell.cluster === cluster &&
      cell.fleet === undefined &&
      !isBatch(cell) &&
      (rowOf(book, cell, workload.pricedAt)?.batchDiscount ?? null) !== null;
    const cells = workload.cells.map((cell) => (moves(cell) ? toBatch(cell) : cell));
    return {
      workload: { ...workload, cells, prefixReuse: workload.prefixReuse.filter((row) => !moved(row)) },
      touchedRequests: sumOf(workload.cells.filter(moves), (cell) => cell.requests),
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: { kind: "structural", conditions: CONDITIONS, attested },
    };

    function moved(row: Workload["prefixReuse"][number]): boolean {
      return (
        row.cluster === cluster &&
        !row.batch &&
        (rowOf(book, row, workload.pricedAt)?.batchDiscount ?? null) !== null
      );
    }
  },
};

function toBatch(cell: WorkloadCell): WorkloadCell {
  return {
    ...cell,
    batch: true,
    serviceTier: null,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
  };
}
