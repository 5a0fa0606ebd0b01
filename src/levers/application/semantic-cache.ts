import type { CellKey, SemanticReuse, Workload } from "../../profile/contract.js";
import { clopperPearson } from "../../stats/index.js";
import { cellKey, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { byModel, isOfModel, withoutRequests } from "../remaining.js";

export type SemanticCacheParameters = { readonly threshold: number; readonly ttlSeconds: number };

/** One-sided confidence of the bound on wrong answers. */
const CONFIDENCE = 0.95;

/**
 * Serves the stored answer to an earlier request that is much alike.
 *
 * Formula: every cell loses the requests and the tokens of each kind that the replayed hits were billed for. A hit
 * needs the same context (instructions, earlier turns, tools), a last question at least `threshold` alike, and equal
 * negations, numbers, names and code. Behind an exact cache only what it lets through counts, as replayed behind it.
 * Source: the time-ordered replay in the workload's `semanticReuse`, over prompts on file; no other request hits.
 * Evidence: quality, since alike is not equal. Where answers can be judged, the share of hits that would have served
 * a wrong one is shown with its exact upper bound (Clopper and Pearson, Biometrika 26, 1934).
 */
export const semanticCache: Lever<SemanticCacheParameters> = {
  id: "semantic-cache",
  name: "Semantic response cache",
  layer: "application",
  stage: "demand",
  risk: "high",
  effort: { setupHours: 24, hoursPerScope: 4 },
  description:
    "Requests that are much alike an earlier one are answered from a store and billed nothing. Hits are replayed in " +
    "time order over the prompts on file, with a guard for negations, numbers, names and code; a hit can be wrong.",

  propose(workload, limits) {
    const usable = workload.semanticReuse.filter(
      (row) =>
        row.afterExactTtlSeconds === null &&
        row.hits > 0 &&
        row.ttlSeconds <= limits.exactCacheMaximumTtlSeconds,
    );
    return byModel(usable).flatMap(({ cluster, model, rows }) => {
      const ttlSeconds = Math.max(...rows.map((row) => row.ttlSeconds));
      const hitsAt = (threshold: number) =>
        sumOf(
          rows.filter((row) => row.threshold === threshold && row.ttlSeconds === ttlSeconds),
          (row) => row.hits,
        );
      let most = exactHits(workload, { cluster, model, parameters: {} }, ttlSeconds);
      const proposals: ClusterProposal<SemanticCacheParameters>[] = [];
      // From the strictest on: a laxer threshold, or this cache instead of the exact one, must serve more.
      for (const threshold of [...new Set(rows.map((row) => row.threshold))].sort((a, b) => b - a)) {
        if (hitsAt(threshold) <= most) continue;
        most = hitsAt(threshold);
        proposals.push({ cluster, model, parameters: { threshold, ttlSeconds } });
      }
      return proposals;
    });
  },

  apply(workload, proposal: ClusterProposal<SemanticCacheParameters>): Effect {
    const { threshold, ttlSeconds } = proposal.parameters;
    const rows = workload.semanticReuse.filter(
      (row) =>
        isOfModel(row, proposal) &&
        row.threshold === threshold &&
        row.ttlSeconds === ttlSeconds &&
        row.afterExactTtlSeconds === null &&
        row.hits > 0,
    );
    const left = withoutRequests(
      workload,
      new Map(rows.map(({ hits, ...row }) => [cellKey(row), { ...row, requests: hits }])),
    );
    const requests = ({ cells }: Workload) => sumOf(cells, (cell) => cell.requests);
    const others = <T extends CellKey>(all: readonly T[]) => all.filter((row) => !isOfModel(row, proposal));
    return {
      workload: {
        ...left,
        semanticReuse: others(left.semanticReuse),
        // Exact repeats are among the hits.
        exactReuse: others(left.exactReuse),
      },
      touchedRequests: requests(workload) - requests(left),
      oneOff: 0n,
      assumptions: [falseHits(rows), ...ASSUMPTIONS],
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: proposal.model!,
        candidate: proposal.model!,
        variant: `semantic-cache:${threshold}`,
      },
    };
  },
};

const ASSUMPTIONS: readonly Assumption[] = [
  {
    text: "Likeness is that of words, character by character; another embedding serves other requests. Only requests whose prompt is on file can hit.",
    basis: "replayed",
  },
  {
    text: "Prompt-cache reads shrink by twice the input that the cache takes away, an upper bound.",
    basis: "assumed",
  },
  { text: "Embedding every request and running the store cost nothing.", basis: "assumed" },
];

function exactHits(workload: Workload, proposal: ClusterProposal, ttlSeconds: number): number {
  return sumOf(
    workload.exactReuse.filter((row) => isOfModel(row, proposal) && row.ttlSeconds === ttlSeconds),
    (row) => row.hits,
  );
}

/** What is known of wrong answers, in words. */
function falseHits(rows: readonly SemanticReuse[]): Assumption {
  const judged = sumOf(rows, (row) => row.judgedHits);
  const wrong = sumOf(rows, (row) => row.falseHits);
  if (judged === 0) {
    return {
      text: "No hit can be judged: its prompts carry neither a reference nor a declared intent. How many answers are wrong is not known.",
      basis: "assumed",
    };
  }
  // Two-sided at 2 x 5 % is one-sided at 5 %.
  const { upper } = clopperPearson(wrong, judged, 2 * (1 - CONFIDENCE));
  return {
    text: `Of ${judged} hits that can be judged ${wrong} would have served a wrong answer: at most ${(upper * 100).toFixed(1)} % of such hits are wrong, with ${CONFIDENCE * 100} % confidence.`,
    basis: "replayed",
  };
}
