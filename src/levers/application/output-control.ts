import type { OutputTail } from "../../profile/contract.js";
import { cellKey, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { byModel, changeByRows, isOfModel, lessTokens, requestsOfModel } from "../remaining.js";

export type OutputControlParameters = { readonly capTokens: number };

/** A ceiling that damages more of a model's answers than this is left out: no margin allows it. */
const MOST_TRUNCATED = 0.1;

/**
 * Lowers the ceiling of generated tokens.
 *
 * Formula: every cell loses the output tokens beyond the ceiling, visible ones first (they come last). Providers bill
 * what is generated, so an answer within the ceiling saves nothing, and an answer beyond it is cut off: each counts
 * as damaged. Asking for shorter answers is a different change, which no log can show; nothing is claimed for it.
 * Source: `outputTails` of the workload, exact counts at each ceiling.
 * Evidence: quality; the test must count truncated answers as what they are.
 */
export const outputControl: Lever<OutputControlParameters> = {
  id: "output-control",
  name: "Ceiling on generated tokens",
  layer: "application",
  stage: "tokens",
  risk: "high",
  effort: { setupHours: 2, hoursPerScope: 1 },
  description:
    "Answers end at a ceiling of generated tokens. It saves exactly what it cuts off, and every answer that it cuts " +
    "off is damaged. Instructions to be brief are another change, to be measured, and are not counted here.",

  propose(workload) {
    return byModel(workload.outputTails).flatMap(({ cluster, model, rows }) => {
      const requests = requestsOfModel(workload, cluster, model);
      const caps = [...new Set(rows.map((row) => row.capTokens))];
      return caps
        .filter((capTokens) => {
          const truncated = sumOf(
            rows.filter((row) => row.capTokens === capTokens),
            (row) => row.requests,
          );
          return truncated > 0 && truncated <= MOST_TRUNCATED * requests;
        })
        .map(
          (capTokens): ClusterProposal<OutputControlParameters> => ({
            cluster,
            model,
            parameters: { capTokens },
          }),
        );
    });
  },

  apply(workload, proposal: ClusterProposal<OutputControlParameters>): Effect {
    const { capTokens } = proposal.parameters;
    const { cells, touchedRequests, rows } = changeByRows(
      workload,
      proposal,
      workload.outputTails.filter((row) => row.capTokens === capTokens),
      (group, row) => {
        const visible = Math.min(
          row.cutTokens,
          sumOf(group, (cell) => cell.outputTokens - cell.reasoningTokens),
        );
        return lessTokens(group, { visibleOutput: visible, reasoning: row.cutTokens - visible });
      },
    );
    return {
      workload: {
        ...workload,
        cells,
        outputTails: workload.outputTails.flatMap((row) =>
          isOfModel(row, proposal) ? behindCap(row, rows.get(cellKey(row))) : [row],
        ),
      },
      touchedRequests,
      oneOff: 0n,
      assumptions: assumptionsOf(
        capTokens,
        touchedRequests,
        requestsOfModel(workload, proposal.cluster, proposal.model!),
      ),
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: proposal.model!,
        candidate: proposal.model!,
        variant: `output-control:${capTokens}`,
      },
    };
  },
};

/** What a lower ceiling would still find to cut. */
function behindCap(row: OutputTail, cap: OutputTail | undefined): OutputTail[] {
  if (cap === undefined) return [row];
  if (row.capTokens >= cap.capTokens) return [{ ...row, requests: 0, cutTokens: 0 }];
  return [{ ...row, cutTokens: Math.max(0, row.cutTokens - cap.cutTokens) }];
}

function assumptionsOf(capTokens: number, truncated: number, requests: number): Assumption[] {
  const share = ((truncated / Math.max(1, requests)) * 100).toFixed(1);
  return [
    {
      text: `${truncated} of ${requests} answers (${share} %) are longer than ${capTokens} tokens: they would be cut off and count as damaged.`,
      basis: "replayed",
    },
    { text: "Models do not write shorter answers because of a ceiling.", basis: "assumed" },
  ];
}
