import type { ConversationWindow, Workload, WorkloadCell } from "../../profile/contract.js";
import { cellKey } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { byModel, changeByRows, isOfModel } from "../remaining.js";
import { allot, joinTokens, splitTokens } from "../token-kinds.js";

export type ContextWindowParameters = { readonly keepTurns: number };

/**
 * Sends the first turn and the last turns of a conversation, and leaves out what lies between.
 *
 * Formula: every cell loses the replayed tokens of turns older than the last `keepTurns`. A window that moves with
 * every request breaks the provider's prompt cache behind the first turn: cache reads and writes beyond it that are
 * not cut become plain input, so the change may cost more than it saves. Replayed prefix reads are lessened by all
 * input behind the first turn of the shortened requests.
 * Source: `conversations` of the workload; nothing where the log names no conversations or callers trim already.
 * Evidence: quality, since an answer may need what was cut.
 */
export const contextWindow: Lever<ContextWindowParameters> = {
  id: "context-window",
  name: "Sliding window over conversations",
  layer: "application",
  stage: "tokens",
  risk: "medium",
  effort: { setupHours: 10, hoursPerScope: 2 },
  description:
    "Only the first turn and the last turns of a conversation are sent. What older turns cost is replayed turn by " +
    "turn; cache reads behind the first turn end, since the window moves with every request.",

  propose(workload) {
    return byModel(workload.conversations).flatMap(({ cluster, model, rows }) =>
      [...new Set(rows.filter((row) => row.cutTokens > 0).map((row) => row.keepTurns))].map(
        (keepTurns): ClusterProposal<ContextWindowParameters> => ({
          cluster,
          model,
          parameters: { keepTurns },
        }),
      ),
    );
  },

  apply(workload, proposal: ClusterProposal<ContextWindowParameters>): Effect {
    const { keepTurns } = proposal.parameters;
    const { cells, touchedRequests, rows } = changeByRows(
      workload,
      proposal,
      workload.conversations.filter((row) => row.keepTurns === keepTurns),
      shortened,
    );
    return {
      workload: {
        ...workload,
        cells,
        conversations: workload.conversations.filter((row) => !isOfModel(row, proposal)),
        prefixReuse: workload.prefixReuse.map((row) => withoutMovedPrefix(row, rows.get(cellKey(row)))),
      },
      touchedRequests,
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: proposal.model!,
        candidate: proposal.model!,
        variant: `context-window:${keepTurns}`,
      },
    };
  },
};

const ASSUMPTIONS: readonly Assumption[] = [
  {
    text: "Conversations are as long as they were; where callers trimmed already, only what they left counts.",
    basis: "replayed",
  },
  { text: "Visible answers are carried into the next turn, hidden reasoning is not.", basis: "assumed" },
  { text: "Prompt-cache reads behind the first turn of a shortened request end.", basis: "assumed" },
];

/** Reads and writes that end become plain input first; the cut is taken from plain input then. */
function shortened(cells: readonly WorkloadCell[], row: ConversationWindow): WorkloadCell[] {
  const kinds = cells.map(splitTokens);
  const lost = {
    cachedInput: allot(
      row.lostCachedTokens,
      kinds.map((cell) => cell.cachedInput),
    ),
    shortWrite: allot(
      row.lostCacheWriteTokens - row.lostCacheWrite1hTokens,
      kinds.map((cell) => cell.shortWrite),
    ),
    longWrite: allot(
      row.lostCacheWrite1hTokens,
      kinds.map((cell) => cell.longWrite),
    ),
  };
  const plain = kinds.map(
    (cell, at) => cell.plainInput + lost.cachedInput[at]! + lost.shortWrite[at]! + lost.longWrite[at]!,
  );
  const cut = allot(row.cutTokens, plain);
  return cells.map((cell, at) => ({
    ...cell,
    ...joinTokens({
      ...kinds[at]!,
      plainInput: plain[at]! - cut[at]!,
      cachedInput: kinds[at]!.cachedInput - lost.cachedInput[at]!,
      shortWrite: kinds[at]!.shortWrite - lost.shortWrite[at]!,
      longWrite: kinds[at]!.longWrite - lost.longWrite[at]!,
    }),
  }));
}

function withoutMovedPrefix(
  row: Workload["prefixReuse"][number],
  window: ConversationWindow | undefined,
): Workload["prefixReuse"][number] {
  if (window === undefined) return row;
  return { ...row, hitTokens: Math.max(0, row.hitTokens - window.shiftedTokens) };
}
