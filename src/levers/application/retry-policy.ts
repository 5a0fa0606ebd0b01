import type { RetryTail, Workload } from "../../profile/contract.js";
import { cellKey, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Evidence, Lever } from "../contract.js";
import { byModel, isOfModel, type Removal, requestsOfModel, withoutRequests } from "../remaining.js";

export type RetryPolicyParameters = { readonly maximumRetries: number };

/** A limit that leaves more of a model's requests without an answer than this is no policy but an outage. */
const MOST_LOST = 0.1;

/**
 * Stops repeating a call after so many retries.
 *
 * Formula: every cell loses the requests that were the n-th retry of their chain, n > `maximumRetries`, with the
 * tokens that they were billed; failed attempts that were not billed save nothing. Chains are followed through the
 * log's own links and numbered in time order.
 * Source: `retries` of the workload; nothing where the log names no retries.
 * Evidence: structural where no request would have lost its answer in the log; else quality, since a lost answer is
 * the worst one: how many there were is stated.
 */
export const retryPolicy: Lever<RetryPolicyParameters> = {
  id: "retry-policy",
  name: "Limit on retries",
  layer: "application",
  stage: "demand",
  risk: "medium",
  effort: { setupHours: 6, hoursPerScope: 1 },
  description:
    "A call is repeated at most so many times, with growing pauses. What later retries were billed is replayed from " +
    "the log's chains; where only such a retry brought the answer, that answer is counted as lost.",

  propose(workload) {
    return byModel(workload.retries).flatMap(({ cluster, model, rows }) => {
      const requests = requestsOfModel(workload, cluster, model);
      const limits = [...new Set(rows.map((row) => row.maximumRetries))].sort((a, b) => b - a);
      const proposals = limits.map((maximumRetries) => {
        const at = rows.filter((row) => row.maximumRetries === maximumRetries);
        return {
          proposal: { cluster, model, parameters: { maximumRetries } },
          retries: sumOf(at, (row) => row.requests),
          lost: sumOf(at, (row) => row.lostAnswers),
        };
      });
      // Of the limits that lose no answer the tightest saves most.
      const harmless = proposals.filter(({ lost }) => lost === 0).at(-1);
      return proposals
        .filter((point) => point.retries > 0 && (point.lost > 0 || point === harmless))
        .filter(({ lost }) => lost <= MOST_LOST * requests)
        .map(({ proposal }): ClusterProposal<RetryPolicyParameters> => proposal);
    });
  },

  apply(workload, proposal: ClusterProposal<RetryPolicyParameters>): Effect {
    const { maximumRetries } = proposal.parameters;
    const rows = workload.retries.filter(
      (row) => isOfModel(row, proposal) && row.maximumRetries === maximumRetries,
    );
    const removals = new Map<string, Removal>(rows.map((row) => [cellKey(row), row]));
    const left = withoutRequests(workload, removals);
    const requests = ({ cells }: Workload) => sumOf(cells, (cell) => cell.requests);
    const lost = sumOf(rows, (row) => row.lostAnswers);
    return {
      workload: { ...left, retries: left.retries.filter((row) => !isOfModel(row, proposal)) },
      touchedRequests: requests(workload) - requests(left),
      oneOff: 0n,
      assumptions: [lostAnswers(rows, lost), ...ASSUMPTIONS],
      evidence: evidenceOf(proposal, lost),
    };
  },
};

const ASSUMPTIONS: readonly Assumption[] = [
  { text: "Calls fail and are repeated as they were over the observed period.", basis: "replayed" },
  { text: "Behind a cache, retries are spread over its hits and misses alike.", basis: "assumed" },
];

function lostAnswers(rows: readonly RetryTail[], lost: number): Assumption {
  const stopped = sumOf(rows, (row) => row.requests);
  return {
    text:
      lost === 0
        ? `None of the ${stopped} retries that would have been stopped was the first of its chain to be answered.`
        : `Of ${stopped} retries that would have been stopped ${lost} brought the only answer: those requests would have failed.`,
    basis: "replayed",
  };
}

function evidenceOf(
  { cluster, model, parameters, attested = false }: ClusterProposal,
  lost: number,
): Evidence {
  if (lost > 0) {
    const variant = `retry-policy:${parameters.maximumRetries}`;
    return { kind: "quality", cluster, baseline: model!, candidate: model!, variant };
  }
  return {
    kind: "structural",
    conditions: ["same model and request; only retries that brought no new answer in the log are stopped"],
    attested,
  };
}
