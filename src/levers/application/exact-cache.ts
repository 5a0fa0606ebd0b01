import type { ExactReuse, Workload } from "../../profile/contract.js";
import { cellKey, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { type Removal, withoutRequests } from "../remaining.js";

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
    const removals = new Map(
      workload.exactReuse
        .filter((row) => row.cluster === cluster && row.ttlSeconds === ttlSeconds && row.hits > 0)
        .map((row) => [cellKey(row), removalOf(row)]),
    );
    const left = withoutRequests(workload, removals);
    const requests = ({ cells }: Workload) => sumOf(cells, (cell) => cell.requests);
    return {
      workload: {
        ...left,
        exactReuse: workload.exactReuse.filter((row) => row.cluster !== cluster),
        prefixReuse: behind(workload.prefixReuse, cluster, ttlSeconds),
        semanticReuse: behind(workload.semanticReuse, cluster, ttlSeconds),
      },
      touchedRequests: requests(workload) - requests(left),
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: { kind: "structural", conditions: CONDITIONS, attested },
    };
  },
};

function removalOf(row: ExactReuse): Removal {
  return {
    requests: row.hits,
    inputTokens: row.hitInputTokens,
    cachedInputTokens: row.hitCachedInputTokens,
    cacheWriteTokens: row.hitCacheWriteTokens,
    cacheWrite1hTokens: row.hitCacheWrite1hTokens,
    outputTokens: row.hitOutputTokens,
    reasoningTokens: row.hitReasoningTokens,
  };
}

/** What another cache sees of the requests that the exact cache lets through: replayed, not scaled. */
function behind<T extends { readonly cluster: string; readonly afterExactTtlSeconds: number | null }>(
  rows: readonly T[],
  cluster: string,
  ttlSeconds: number,
): T[] {
  return rows.flatMap((row) => {
    if (row.cluster !== cluster) return [row];
    return row.afterExactTtlSeconds === ttlSeconds ? [{ ...row, afterExactTtlSeconds: null }] : [];
  });
}
