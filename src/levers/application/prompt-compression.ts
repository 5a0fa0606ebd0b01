import type { CellKey, Workload, WorkloadCell } from "../../profile/contract.js";
import { formatUsd, scale } from "../../shared/money.js";
import { cellKey, groupBy, priceCells, sumOf } from "../cells.js";
import type { Assumption, Books, ClusterProposal, Effect, Lever } from "../contract.js";
import { changeCells, isOfModel, lessTokens } from "../remaining.js";

export type PromptCompressionParameters = { readonly ratio: number };

/** Compressors are published at 2 to 5 times (LLMLingua-2, abstract); more than 3 loses too much to be a default. */
const RATIOS = [2, 3] as const;
/** Tokens a request that are never compressed: instructions and the question itself. A judgement. */
const UNTOUCHED_TOKENS = 200;
/** Shorter context than this is not worth a second model's call. A judgement. */
const SHORTEST_TOKENS = 1000;

/**
 * Shortens long plain context with a small model before the request is sent.
 *
 * Formula: per cell group, compressible = plain input - repeated prefix that no cache reads yet - 200 tokens a
 * request; saved = compressible x (1 - 1 / ratio). Groups with fewer than 1,000 compressible tokens a request stay as
 * they are. Cached and written tokens, and prefixes that repeat, are never touched: a compressed prefix would not
 * match again, and it is billed at a tenth anyway.
 * Source: ratios of LLMLingua-2; an independent check found at most 18 % gain end to end (arXiv 2604.02985). The
 * compressor's own cost is not counted; the price a token at which it eats the saving up is stated.
 * Evidence: quality.
 */
export const promptCompression: Lever<PromptCompressionParameters> = {
  id: "prompt-compression",
  name: "Prompt compression",
  layer: "application",
  stage: "tokens",
  risk: "high",
  effort: { setupHours: 20, hoursPerScope: 4 },
  description:
    "Long context that repeats nowhere is shortened by a small model before it is sent. Cached and repeated prefixes " +
    "stay as they are; the compressor's own cost is not counted, its break-even is stated.",

  propose(workload) {
    const models = groupBy(
      workload.cells.filter((cell) => cell.routedFrom === undefined),
      (cell) => JSON.stringify([cell.cluster, cell.provider, cell.model]),
    );
    return [...models.values()].flatMap((cells) => {
      const long = [...groupBy(cells, cellKey).values()].some((group) => compressible(group, workload) > 0);
      const { cluster, provider, model } = cells[0]!;
      if (!long) return [];
      return RATIOS.map(
        (ratio): ClusterProposal<PromptCompressionParameters> => ({
          cluster,
          model: { provider, model },
          parameters: { ratio },
        }),
      );
    });
  },

  apply(workload, proposal: ClusterProposal<PromptCompressionParameters>, books): Effect {
    const { ratio } = proposal.parameters;
    let touchedRequests = 0;
    let readTokens = 0;
    const cells = changeCells(workload.cells, proposal, (group) => {
      const tokens = compressible(group, workload);
      if (tokens === 0) return group;
      readTokens += tokens;
      touchedRequests += sumOf(group, (cell) => cell.requests);
      return lessTokens(group, { plainInput: Math.floor(tokens * (1 - 1 / ratio)) });
    });
    return {
      workload: { ...workload, cells },
      touchedRequests,
      oneOff: 0n,
      assumptions: [
        breakEven(workload, cells, proposal, readTokens, books),
        {
          text: `Plain input beyond ${UNTOUCHED_TOKENS} tokens a request shrinks ${ratio} times.`,
          basis: "assumed",
        },
        { text: "Answers keep their length.", basis: "assumed" },
      ],
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: proposal.model!,
        candidate: proposal.model!,
        variant: `prompt-compression:${ratio}`,
      },
    };
  },
};

/** Tokens of one key's cells that a compressor would read; 0 where requests are short on average. */
function compressible(cells: readonly WorkloadCell[], workload: Workload): number {
  const requests = sumOf(cells, (cell) => cell.requests);
  const stored = sumOf(cells, (cell) => cell.cachedInputTokens + cell.cacheWriteTokens);
  const plain = sumOf(cells, (cell) => cell.inputTokens) - stored;
  const uncachedPrefix = Math.max(0, repeatedPrefix(cells[0]!, workload) - stored);
  const tokens = plain - uncachedPrefix - UNTOUCHED_TOKENS * requests;
  return tokens < SHORTEST_TOKENS * requests ? 0 : tokens;
}

/** Prefix tokens that any replayed cache would read, or that most requests share. */
function repeatedPrefix(key: CellKey, { prefixReuse, sharedPrefixes }: Workload): number {
  const of = cellKey(key);
  return Math.max(
    0,
    ...prefixReuse
      .filter((row) => row.afterExactTtlSeconds === null && cellKey(row) === of)
      .map((row) => row.hitTokens),
    ...sharedPrefixes.filter((row) => cellKey(row) === of).map((row) => row.tokens),
  );
}

function breakEven(
  workload: Workload,
  after: readonly WorkloadCell[],
  proposal: ClusterProposal,
  readTokens: number,
  books: Books,
): Assumption {
  const costOf = (cells: readonly WorkloadCell[]) =>
    priceCells(
      cells.filter((cell) => isOfModel(cell, proposal)),
      books,
      workload.pricedAt,
    );
  const saved = costOf(workload.cells) - costOf(after);
  const perMillion = readTokens === 0 ? 0n : scale(saved, 1_000_000n, BigInt(readTokens));
  return {
    text: `The compressor's own cost is not counted: it eats the saving up at ${formatUsd(perMillion)} a million tokens that it reads.`,
    basis: "estimated",
  };
}
