import type { WorkloadCell } from "../../profile/contract.js";
import { priceCells, sumOf } from "../cells.js";
import type { ClusterProposal, Effect, Lever, ModelRef } from "../contract.js";
import { alternatives, modelScopes, moveRequests } from "./model-move.js";

export type RouteParameters = { readonly candidateProvider: string; readonly candidateModel: string };

/**
 * Sends the requests of one model in one cluster to a cheaper model.
 *
 * Formula: the same tokens at the candidate's rates (`moveRequests` has the rules for caches, batches and windows).
 * Candidates: models that the policy names, models already in use, and cheaper rows of the same capability class; for
 * what a fleet serves only the first and the last, without a price to undercut: leaving saves what the fleet then
 * needs less, which the plan finds out by sizing it again.
 * Evidence: quality, on this cluster, of the candidate against the baseline.
 */
export const route: Lever<RouteParameters> = {
  id: "route",
  name: "Route to a cheaper model",
  layer: "application",
  stage: "model",
  risk: "medium",
  effort: { setupHours: 8, hoursPerScope: 2 },
  description:
    "Requests of a cluster that went to one model go to a cheaper one; the same tokens are priced at its rates. " +
    "Nothing is claimed about quality until `run` has compared both on this cluster.",

  propose(workload, limits, book) {
    return modelScopes(workload).flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      const scope = { cluster, model: { provider, model } };
      const own = { ...workload, cells, prefixReuse: [] };
      return alternatives(cells, workload, limits, book)
        .filter((candidate) => {
          const { before, after } = moveRequests(own, { ...scope, parameters: {} }, candidate, book);
          if (before.some(({ fleet }) => fleet !== undefined)) return true;
          return priceCells(after, book, workload.pricedAt) < priceCells(before, book, workload.pricedAt);
        })
        .map(
          (candidate): ClusterProposal<RouteParameters> => ({
            ...scope,
            parameters: { candidateProvider: candidate.provider, candidateModel: candidate.model },
          }),
        );
    });
  },

  apply(workload, proposal: ClusterProposal<RouteParameters>, book): Effect {
    const candidate = candidateOf(proposal.parameters);
    const { after, includes, prefixReuse, assumptions } = moveRequests(workload, proposal, candidate, book);
    const rest = (cell: WorkloadCell) => !includes(cell);
    return {
      workload: {
        ...workload,
        cells: [...workload.cells.filter(rest), ...after],
        prefixReuse: [...workload.prefixReuse.filter((row) => !includes(row)), ...prefixReuse],
      },
      touchedRequests: sumOf(after, (cell) => cell.requests),
      oneOff: 0n,
      assumptions,
      evidence: { kind: "quality", cluster: proposal.cluster, baseline: proposal.model!, candidate },
    };
  },
};

export function candidateOf({ candidateProvider, candidateModel }: RouteParameters): ModelRef {
  return { provider: candidateProvider, model: candidateModel };
}
