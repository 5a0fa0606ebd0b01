import type { PriceRow } from "../../pricing/contract.js";
import { contextClassOf } from "../../pricing/price-usage.js";
import type { PrefixReuse, WorkloadCell } from "../../profile/contract.js";
import { cellKey, groupBy, rowOf, sumOf } from "../cells.js";
import type { Assumption, Books, ClusterProposal, Effect, Lever } from "../contract.js";
import { joinTokens, splitTokens, TOKEN_KINDS, type TokenKinds } from "../token-kinds.js";
import { modelScopes } from "./model-move.js";

export type LongContextParameters = {
  /** Most that is cut from one request, share of its input tokens. */
  readonly trimShare: number;
};

const TRIM_SHARES = [0.1, 0.25] as const;

const ASSUMPTIONS: readonly Assumption[] = [
  {
    text:
      "At least 1 - (mean excess over the threshold) / (largest excess that the cut removes) of the long requests can " +
      "be brought below it (Markov's inequality): the log's sums say no more.",
    basis: "estimated",
  },
  {
    text: "Tokens that are cut are not counted as saved: what the log has above the threshold stays with the other requests.",
    basis: "assumed",
  },
];

/**
 * Trims requests that lie just above a long-context threshold, so that the whole request is billed at the lower tier.
 *
 * Formula: of the requests of a cell, above a threshold T of their model's price row, those with at most T / (1 - s)
 * input tokens come below T by cutting a share s. Sums do not show how many those are; with a mean excess x over T and
 * c = T s / (1 - s), at least 1 - x / c of them have an excess below c (Markov). So many move, with T input tokens and
 * the mean output each, to the rates below T. The remaining requests keep all other tokens, so none vanishes and the
 * true saving, which adds the tokens that were cut, is larger.
 * Source: tiers of the price row, which hold for the whole request. Nothing where the row has one tier, or on a fleet.
 * Evidence: quality, of the trimmed request against the whole one, on the same model.
 */
export const longContextTier: Lever<LongContextParameters> = {
  id: "long-context-tier",
  name: "Stay below the long-context price",
  layer: "application",
  stage: "tokens",
  risk: "medium",
  effort: { setupHours: 12, hoursPerScope: 4 },
  description:
    "Requests just above a long-context threshold are trimmed below it, so that all their tokens are billed at the " +
    "lower rate. How many there are is a lower bound from their mean length; what is cut needs a quality test.",

  propose(workload, _limits, book) {
    return modelScopes(workload).flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      return TRIM_SHARES.filter((trimShare) =>
        cells.some((cell) => reach(cell, trimShare, book, workload.pricedAt) !== null),
      ).map(
        (trimShare): ClusterProposal<LongContextParameters> => ({
          cluster,
          model: { provider, model },
          parameters: { trimShare },
        }),
      );
    });
  },

  apply(workload, proposal: ClusterProposal<LongContextParameters>, book): Effect {
    const { cluster, model } = proposal;
    const { trimShare } = proposal.parameters;
    const isOwn = (cell: WorkloadCell) =>
      cell.cluster === cluster && cell.provider === model!.provider && cell.model === model!.model;
    const reaches = new Map(
      workload.cells
        .filter(isOwn)
        .map((cell) => [cell, reach(cell, trimShare, book, workload.pricedAt)] as const),
    );
    const cells = workload.cells.flatMap((cell) => {
      const reached = reaches.get(cell) ?? null;
      return reached === null ? [cell] : trimmed(cell, reached, book);
    });
    return {
      workload: { ...workload, cells, prefixReuse: withoutMoved(workload.prefixReuse, reaches) },
      touchedRequests: sumOf([...reaches.values()], (reached) => reached?.requests ?? 0),
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: {
        kind: "quality",
        cluster,
        baseline: model!,
        candidate: model!,
        variant: `trim-long:${trimShare}`,
      },
    };
  },
};

interface Reach {
  /** Input tokens above which the dearer rates hold. */
  readonly threshold: number;
  readonly requests: number;
}

/** Requests of a cell that surely come below its threshold; null where none does. */
function reach(cell: WorkloadCell, trimShare: number, book: Books, at: Date): Reach | null {
  if (cell.fleet !== undefined || cell.requests === 0) return null;
  const row = rowOf(book, cell, at);
  const threshold = row === null ? 0 : thresholdOf(row, cell.contextClass);
  if (threshold === 0) return null;
  const meanExcess = cell.inputTokens / cell.requests - threshold;
  const largestExcess = (threshold * trimShare) / (1 - trimShare);
  const requests = Math.floor(cell.requests * (1 - meanExcess / largestExcess));
  return requests > 0 && meanExcess > 0 ? { threshold, requests } : null;
}

/** Threshold of the tier that the class falls in; 0 for the base tier. */
function thresholdOf({ tiers }: PriceRow, contextClass: number): number {
  return Math.max(0, ...tiers.map((tier) => tier.aboveInputTokens).filter((above) => above <= contextClass));
}

/** The requests that stay long, and those at the threshold. */
function trimmed(cell: WorkloadCell, { threshold, requests }: Reach, book: Books): WorkloadCell[] {
  const kinds = splitTokens(cell);
  const part = (count: number, over: number, under: number) =>
    Number((BigInt(count) * BigInt(over)) / BigInt(Math.max(1, under)));
  const moved = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [
      kind,
      kind === "visibleOutput" || kind === "reasoning"
        ? part(kinds[kind], requests, cell.requests)
        : part(kinds[kind], requests * threshold, cell.inputTokens),
    ]),
  ) as unknown as TokenKinds;
  const rest = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [kind, kinds[kind] - moved[kind]]),
  ) as unknown as TokenKinds;
  return [
    { ...cell, requests: cell.requests - requests, ...joinTokens(rest) },
    {
      ...cell,
      requests,
      contextClass: contextClassOf(threshold, book.thresholds),
      ...joinTokens(moved),
    },
  ];
}

/** Reuse of requests that are cut is not claimed: their prefixes are no longer those that were replayed. */
function withoutMoved(
  rows: readonly PrefixReuse[],
  reaches: ReadonlyMap<WorkloadCell, Reach | null>,
): PrefixReuse[] {
  const groups = groupBy([...reaches.keys()], cellKey);
  return rows.map((row) => {
    const group = groups.get(cellKey(row)) ?? [];
    const requests = sumOf(group, (cell) => cell.requests);
    const moved = sumOf(group, (cell) => reaches.get(cell)?.requests ?? 0);
    if (moved === 0) return row;
    const left = (count: number) =>
      Number((BigInt(count) * BigInt(requests - moved)) / BigInt(Math.max(1, requests)));
    return {
      ...row,
      requests: left(row.requests),
      hitTokens: left(row.hitTokens),
      writeTokens: left(row.writeTokens),
    };
  });
}
