import type { PrefixReuse, SharedPrefix, WorkloadCell } from "../../profile/contract.js";
import { cellKey, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { byModel, changeByRows, isOfModel, lessTokens } from "../remaining.js";

export type SystemPromptParameters = { readonly cutShare: number };

const CUT_SHARES = [0.25, 0.5] as const;
/** A shorter shared prefix holds little that is said twice. A judgement. */
const SHORTEST_PREFIX_TOKENS = 400;

/**
 * Shortens the instructions and tool definitions that every request of an intent begins with.
 *
 * Formula: per cell group, shared prefix x `cutShare` tokens go; of them the part that a prompt cache read already
 * leaves at the cached rate (reads begin at the front, so the shared prefix is read first), the rest is plain input.
 * Replayed prefix reads shrink by as much, and end where the mean prefix falls below the cache's smallest one.
 * Source: `sharedPrefixes` of the workload, leading blocks that at least half of a model's requests begin with: the
 * history of one conversation is none of it. How much of it can go is assumed; only people can tell.
 * Evidence: quality.
 */
export const systemPrompt: Lever<SystemPromptParameters> = {
  id: "system-prompt",
  name: "Shorter system prompt",
  layer: "application",
  stage: "tokens",
  risk: "medium",
  effort: { setupHours: 2, hoursPerScope: 6 },
  description:
    "Instructions and tools that requests share are said once and shorter. The shared prefix is measured from block " +
    "hashes; what of it was read from a prompt cache saves only the cached rate.",

  propose(workload) {
    return byModel(workload.sharedPrefixes).flatMap(({ cluster, model, rows }) => {
      const requests = sumOf(rows, (row) => row.requests);
      if (sumOf(rows, (row) => row.tokens) < SHORTEST_PREFIX_TOKENS * requests) return [];
      return CUT_SHARES.map(
        (cutShare): ClusterProposal<SystemPromptParameters> => ({ cluster, model, parameters: { cutShare } }),
      );
    });
  },

  apply(workload, proposal: ClusterProposal<SystemPromptParameters>): Effect {
    const { cutShare } = proposal.parameters;
    const { cells, touchedRequests, rows } = changeByRows(
      workload,
      proposal,
      workload.sharedPrefixes,
      (group, row) => withShorterPrefix(group, row, cutShare),
    );
    return {
      workload: {
        ...workload,
        cells,
        sharedPrefixes: workload.sharedPrefixes.map((row) =>
          isOfModel(row, proposal) ? { ...row, tokens: row.tokens - cutTokens(row, cutShare) } : row,
        ),
        prefixReuse: workload.prefixReuse.flatMap((row) =>
          shorterReuse(row, rows.get(cellKey(row)), cutShare),
        ),
      },
      touchedRequests,
      oneOff: 0n,
      assumptions: assumptionsOf(cutShare),
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: proposal.model!,
        candidate: proposal.model!,
        variant: `system-prompt:${cutShare}`,
      },
    };
  },
};

const cutTokens = ({ tokens }: SharedPrefix, cutShare: number): number => Math.floor(tokens * cutShare);

function withShorterPrefix(
  cells: readonly WorkloadCell[],
  row: SharedPrefix,
  cutShare: number,
): WorkloadCell[] {
  const cached = sumOf(cells, (cell) => cell.cachedInputTokens);
  const total = cutTokens(row, cutShare);
  const fromCache = Math.min(total, Math.ceil(Math.min(row.tokens, cached) * cutShare));
  return lessTokens(cells, { cachedInput: fromCache, plainInput: total - fromCache });
}

function shorterReuse(row: PrefixReuse, shared: SharedPrefix | undefined, cutShare: number): PrefixReuse[] {
  if (shared === undefined) return [row];
  const less = cutTokens(shared, cutShare);
  const prefixTokens = row.hitTokens + row.writeTokens;
  const perRequest = prefixTokens / Math.max(1, row.requests) - less / Math.max(1, shared.requests);
  if (perRequest < row.minimumTokens) return [];
  return [{ ...row, hitTokens: Math.max(0, row.hitTokens - less) }];
}

function assumptionsOf(cutShare: number): Assumption[] {
  return [
    {
      text: `${cutShare * 100} % of the tokens that requests share at their start can go; your own edit decides how many do.`,
      basis: "assumed",
    },
    { text: "The shared start of requests is as long as it was.", basis: "replayed" },
  ];
}
