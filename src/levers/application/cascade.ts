import type { WorkloadCell } from "../../profile/contract.js";
import { priceCells, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { joinTokens, splitTokens, TOKEN_KINDS, type TokenKinds } from "../token-kinds.js";
import { alternatives, modelScopes, moveRequests, nameOf } from "./model-move.js";
import { candidateOf, type RouteParameters } from "./route.js";

export type CascadeParameters = RouteParameters & {
  /** Share of requests that the first model's answer does not settle, 0..1. */
  readonly escalatedShare: number;
};

/** Assumed until `run` has measured it: easy, mixed and hard requests. */
const ESCALATED_SHARES = [0.1, 0.3, 0.5] as const;

/** First models tried; more would ask the same question of dearer ones. */
const FIRST_MODELS = 2;

/**
 * Asks a cheap model first and the model of today only where the cheap answer is not accepted.
 *
 * Formula: cost = cheap model on all requests + today's model on the escalated share e, of every kind of token,
 * rounded up. Calls grow by the share e: escalated requests are asked twice. Worth it only where cheap < (1 - e) x
 * today's cost, so only such points are proposed.
 * Source: the cost of a cascade, Chen, Zaharia and Zou, "FrugalGPT" (arXiv 2305.05176), section 3; the scorer there has
 * a cost of its own, here deciding is assumed to be free (a rule, a check of format, the model's own confidence).
 * Evidence: quality of the cascade as a whole against today's model; e itself is assumed until `run` measures it.
 */
export const cascade: Lever<CascadeParameters> = {
  id: "cascade",
  name: "Cascade: cheap model first",
  layer: "application",
  stage: "model",
  risk: "medium",
  effort: { setupHours: 24, hoursPerScope: 6 },
  description:
    "A cheap model answers first; a share of requests is asked again of the model of today. Both calls are counted. " +
    "The share is assumed, and quality unproven, until `run` has tried the cascade on this cluster.",

  propose(workload, limits, book) {
    return modelScopes(workload).flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      // What a fleet answers has no price that a first call could undercut.
      if (cells.some(({ fleet }) => fleet !== undefined)) return [];
      const own = { ...workload, cells, prefixReuse: [] };
      const today = priceCells(cells, book, workload.pricedAt);
      const costs = alternatives(cells, workload, limits, book)
        .map((candidate) => {
          const scope = { cluster, model: { provider, model } };
          const proposalOf = (escalatedShare: number): ClusterProposal<CascadeParameters> => ({
            ...scope,
            parameters: {
              candidateProvider: candidate.provider,
              candidateModel: candidate.model,
              escalatedShare,
            },
          });
          const costOf = (proposal: ClusterProposal<CascadeParameters>) =>
            priceCells(cascaded(own, proposal, book).cells, book, workload.pricedAt);
          return { proposalOf, costOf, first: costOf(proposalOf(ESCALATED_SHARES[0])) };
        })
        .sort((a, b) => (a.first === b.first ? 0 : a.first < b.first ? -1 : 1));
      return costs
        .slice(0, FIRST_MODELS)
        .flatMap(({ proposalOf, costOf }) =>
          ESCALATED_SHARES.map(proposalOf).filter((proposal) => costOf(proposal) < today),
        );
    });
  },

  apply(workload, proposal: ClusterProposal<CascadeParameters>, book): Effect {
    const { parameters, model: baseline } = proposal;
    const { move, cells } = cascaded(workload, proposal, book);
    return {
      workload: {
        ...workload,
        cells,
        prefixReuse: [...workload.prefixReuse.filter((row) => !move.includes(row)), ...move.prefixReuse],
      },
      touchedRequests: sumOf(move.before, (cell) => cell.requests),
      oneOff: 0n,
      assumptions: [...cascadeAssumptions(parameters.escalatedShare), ...move.assumptions],
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: baseline!,
        candidate: candidateOf(parameters),
        variant: `cascade:${parameters.escalatedShare}`,
      },
    };
  },
};

function cascaded(
  workload: Parameters<typeof moveRequests>[0],
  proposal: ClusterProposal<CascadeParameters>,
  book: Parameters<typeof moveRequests>[3],
) {
  const move = moveRequests(workload, proposal, candidateOf(proposal.parameters), book);
  const stays = workload.cells.filter((cell) => !move.includes(cell));
  const routedFrom = nameOf(proposal.model!);
  const escalated = move.before.map((cell) => ({
    ...shareOf(cell, proposal.parameters.escalatedShare),
    routedFrom,
  }));
  return { move, cells: [...stays, ...move.after, ...escalated] };
}

/** Part of a cell, every kind of token rounded up: hundredths, so that 0.1 of 30 is 3 and not 4. */
function shareOf(cell: WorkloadCell, share: number): WorkloadCell {
  const part = (count: number) => Math.ceil((count * Math.round(share * 100)) / 100);
  const kinds = splitTokens(cell);
  const parts = Object.fromEntries(TOKEN_KINDS.map((kind) => [kind, part(kinds[kind])]));
  return { ...cell, requests: part(cell.requests), ...joinTokens(parts as unknown as TokenKinds) };
}

function cascadeAssumptions(share: number): Assumption[] {
  return [
    {
      text: `${Number((share * 100).toFixed(0))} of 100 requests are escalated; those are asked twice, and wait for both answers.`,
      basis: "assumed",
    },
    { text: "Escalated requests are like all others of the cluster in their tokens.", basis: "assumed" },
    { text: "Deciding whether to escalate costs nothing.", basis: "assumed" },
  ];
}
