import { type Books, type ModelRef, route } from "../levers/index.js";
import type { Workload } from "../profile/contract.js";
import { type PicoUsd, ratio } from "../shared/money.js";
import { allTiePairs } from "../stats/index.js";
import { costOf, toMonth } from "./cost.js";
import type { Policy } from "./policy/load-policy.js";
import { readRules } from "./policy/rules.js";
import { allotMargins } from "./search/margins.js";

/** One model replaced by one cheaper model everywhere, at list prices. Nothing is claimed about quality. */
export interface WhatIfRow {
  readonly baseline: ModelRef;
  readonly candidate: ModelRef;
  readonly requests: number;
  /** Of all requests, 0..1. */
  readonly requestShare: number;
  readonly baselinePicoUsdMonth: PicoUsd;
  readonly savingPicoUsdMonth: PicoUsd;
  /** Of the whole baseline list cost, 0..1. */
  readonly savingShare: number;
  /** Loss on these requests that the quality budget allows for this one change. */
  readonly margin: number;
  /** Least pairs that certify it; Infinity where the policy allows no loss. */
  readonly pairsIfAllTie: number;
  /** List cost of answering that many samples with both models; null where no number is enough. */
  readonly proofPicoUsd: PicoUsd | null;
}

const FLEET = "fleet";

/** What each model seen would cost on each default candidate, largest saving first. Uncertified by nature. */
export function whatIfRows(workload: Workload, book: Books, policy: Policy): WhatIfRow[] {
  const fleet: Workload = {
    ...workload,
    cells: workload.cells.map((cell) => ({ ...cell, cluster: FLEET })),
    exactReuse: [],
    prefixReuse: [],
  };
  const { limits } = readRules(policy, workload, book, []);
  const total = costOf(fleet, book).amount;
  const allRequests = fleet.cells.reduce((sum, cell) => sum + cell.requests, 0);
  const { budget, alpha, maximumMargin } = policy.quality;
  const rows = route.propose(fleet, limits, book).map((proposal): WhatIfRow => {
    const effect = route.apply(fleet, proposal, book);
    const baseline = proposal.model!;
    const own = fleet.cells.filter(
      (cell) => cell.provider === baseline.provider && cell.model === baseline.model,
    );
    const before = costOf({ ...fleet, cells: own }, book).amount;
    const saving = total - costOf(effect.workload, book).amount;
    const requestShare = effect.touchedRequests / Math.max(1, allRequests);
    const margin = allotMargins([{ share: requestShare, floor: 0, ceiling: maximumMargin }], budget)[0]!;
    const pairs = allTiePairs({ margin, alpha });
    const bothModels = before + (before - saving);
    return {
      baseline,
      candidate: {
        provider: proposal.parameters.candidateProvider,
        model: proposal.parameters.candidateModel,
      },
      requests: effect.touchedRequests,
      requestShare,
      baselinePicoUsdMonth: toMonth(before, workload.hours),
      savingPicoUsdMonth: toMonth(saving, workload.hours),
      savingShare: ratio(saving, total),
      margin,
      pairsIfAllTie: pairs,
      proofPicoUsd: Number.isFinite(pairs)
        ? (bothModels * BigInt(pairs)) / BigInt(Math.max(1, effect.touchedRequests))
        : null,
    };
  });
  return rows.sort((a, b) => (a.savingPicoUsdMonth > b.savingPicoUsdMonth ? -1 : 1));
}
