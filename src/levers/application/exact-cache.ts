import type { ExactReuse, Workload, WorkloadCell } from "../../profile/contract.js";
import { cellKey, groupBy, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { allot, joinTokens, splitTokens, TOKEN_KINDS, type TokenKinds } from "../token-kinds.js";

export type ExactCacheParameters = { readonly ttlSeconds: number };

const CONDITIONS = [
  "the key is the whole request: messages, tools, parameters and tenant",
  "temperature is 0",
  "the answer depends on no time, user or tool state",
] as const;

const ASSUMPTIONS: readonly Assumption[] = [
  { text: "Requests repeat as they did over the observed period.", basis: "replayed" },
  { text: "A repeat that arrives before the first answer is ready counts as a hit.", basis: "assumed" },
  { text: "Running the cache itself costs nothing.", basis: "assumed" },
];

/**
 * Serves the stored answer to a request that was seen before, whole and unchanged, within the time-to-live.
 *
 * Formula: every cell loses the requests and the tokens of each kind (input, cached, written, output, reasoning) that
 * the replayed hits were billed for. Where cells share a model and context class and differ in endpoint, region,
 * status or service tier only, hits are split between them in proportion, in whole tokens.
 * Source: the time-ordered replay in the workload's `exactReuse`; nothing where requests carry no hash.
 * Evidence: structural; attested only for clusters that the policy names.
 */
export const exactCache: Lever<ExactCacheParameters> = {
  id: "exact-cache",
  name: "Exact response cache",
  layer: "application",
  stage: "demand",
  risk: "low",
  effort: { setupHours: 12, hoursPerScope: 1 },
  description:
    "Requests whose whole text was seen within the time-to-live are answered from a store and billed nothing. " +
    "Hits and their tokens are replayed in time order from request hashes; similar requests never count.",

  propose(workload, limits) {
    const proposals = new Map<string, ClusterProposal<ExactCacheParameters>>();
    for (const row of workload.exactReuse) {
      if (row.hits === 0 || row.ttlSeconds > limits.exactCacheMaximumTtlSeconds) continue;
      proposals.set(`${row.cluster}\0${row.ttlSeconds}`, {
        cluster: row.cluster,
        model: null,
        parameters: { ttlSeconds: row.ttlSeconds },
        attested: limits.exactCacheClusters.has(row.cluster),
      });
    }
    return [...proposals.values()];
  },

  apply(workload, proposal: ClusterProposal<ExactCacheParameters>): Effect {
    const { cluster, attested = false } = proposal;
    const { ttlSeconds } = proposal.parameters;
    const rows = workload.exactReuse.filter(
      (row) => row.cluster === cluster && row.ttlSeconds === ttlSeconds && row.hits > 0,
    );
    const hitsByKey = new Map(rows.map((row) => [cellKey(row), row]));
    const inCluster = groupBy(
      workload.cells.filter((cell) => cell.cluster === cluster),
      cellKey,
    );
    const remaining = [...inCluster].flatMap(([key, cells]) => {
      const hits = hitsByKey.get(key);
      return hits === undefined ? cells : withoutHits(cells, hits);
    });
    const before = sumOf([...inCluster.values()].flat(), (cell) => cell.requests);
    return {
      workload: {
        ...workload,
        cells: [...workload.cells.filter((cell) => cell.cluster !== cluster), ...remaining],
        exactReuse: workload.exactReuse.filter((row) => row.cluster !== cluster),
        prefixReuse: prefixReuseBehind(workload, cluster, ttlSeconds),
      },
      touchedRequests: before - sumOf(remaining, (cell) => cell.requests),
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: { kind: "structural", conditions: CONDITIONS, attested },
    };
  },
};

function withoutHits(cells: readonly WorkloadCell[], hits: ExactReuse): WorkloadCell[] {
  const hitKinds = splitTokens({
    inputTokens: hits.hitInputTokens,
    cachedInputTokens: hits.hitCachedInputTokens,
    cacheWriteTokens: hits.hitCacheWriteTokens,
    cacheWrite1hTokens: hits.hitCacheWrite1hTokens,
    outputTokens: hits.hitOutputTokens,
    reasoningTokens: hits.hitReasoningTokens,
  });
  const kinds = cells.map(splitTokens);
  const removed = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [
      kind,
      allot(
        hitKinds[kind],
        kinds.map((cell) => cell[kind]),
      ),
    ]),
  ) as Record<keyof TokenKinds, number[]>;
  const requests = allot(
    hits.hits,
    cells.map((cell) => cell.requests),
  );
  return cells.map((cell, index) => ({
    ...cell,
    requests: cell.requests - requests[index]!,
    ...joinTokens(
      Object.fromEntries(
        TOKEN_KINDS.map((kind) => [kind, kinds[index]![kind] - removed[kind][index]!]),
      ) as unknown as TokenKinds,
    ),
  }));
}

/** What a provider's prompt cache sees of the requests that the exact cache lets through. */
function prefixReuseBehind(workload: Workload, cluster: string, ttlSeconds: number): Workload["prefixReuse"] {
  return workload.prefixReuse.flatMap((row) => {
    if (row.cluster !== cluster) return [row];
    return row.afterExactTtlSeconds === ttlSeconds ? [{ ...row, afterExactTtlSeconds: null }] : [];
  });
}
