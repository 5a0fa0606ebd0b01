import type { Workload } from "../../profile/contract.js";
import type { LatencyTargets } from "../../serving/contract.js";
import type { ClusterRules } from "./clusters.js";
import type { Policy } from "./load-policy.js";

/** Share of a p95 limit that the first token may take where the policy sets none: assumed, prompts read fast. */
const FIRST_TOKEN_SHARE = 0.25;
/** 95th percentile over mean of an exponential distribution, ln 20: for lengths of which only the mean is known. */
const P95_OVER_MEAN = Math.log(20);
const TAIL = 0.05;

/**
 * Targets of self-hosted serving. A limit on whole answers becomes one a token: p95 = first token + output tokens x
 * time per token, at the 95th percentile of output tokens of the cluster with the longest answers. That percentile is
 * read from the output tails; where there is none it is assumed to be ln 20 times the mean. Clusters whose callers
 * tolerate minutes or a day do not count.
 */
export function servingTargets(
  { latency: { p95Ms, ttftMs, tpotMs } }: Policy,
  workload: Workload,
  clusters: ClusterRules,
): LatencyTargets {
  if (p95Ms === null) return { ttftMs, tpotMs };
  const first = Math.min(ttftMs ?? p95Ms * FIRST_TOKEN_SHARE, p95Ms);
  const longest = Math.max(
    1,
    ...workload.clusters
      .filter(({ id }) => !clusters.batchTolerant.has(id) && !clusters.flexTolerant.has(id))
      .map(({ id }) => longOutput(workload, id)),
  );
  return { ttftMs: first, tpotMs: Math.min(tpotMs ?? Number.POSITIVE_INFINITY, (p95Ms - first) / longest) };
}

function longOutput({ cells, outputTails }: Workload, cluster: string): number {
  const own = cells.filter((cell) => cell.cluster === cluster);
  const requests = own.reduce((sum, cell) => sum + cell.requests, 0);
  const tails = outputTails.filter((tail) => tail.cluster === cluster);
  const within = [...new Set(tails.map(({ capTokens }) => capTokens))].filter((cap) => {
    const beyond = tails
      .filter(({ capTokens }) => capTokens === cap)
      .reduce((sum, tail) => sum + tail.requests, 0);
    return beyond <= TAIL * requests;
  });
  if (within.length > 0) return Math.min(...within);
  return (own.reduce((sum, cell) => sum + cell.outputTokens, 0) / Math.max(1, requests)) * P95_OVER_MEAN;
}
