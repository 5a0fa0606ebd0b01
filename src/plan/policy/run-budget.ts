import { type Books, type ModelRef, priceCells } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { formatUsd, type PicoUsd } from "../../shared/money.js";
import { usd } from "./economics.js";
import type { Policy } from "./load-policy.js";

/** What of a question decides what its proof costs. */
export interface Proof {
  readonly cluster: string;
  readonly baseline: ModelRef;
  readonly candidate: ModelRef;
  readonly pairsIfAllTie: number;
}

/**
 * List cost of answering the least pairs of a question with both models, at the mean request of the cluster:
 * pairs x (baseline + candidate cost of the observed cells) / their requests. Judges come on top. Estimated.
 */
export function proofCost(
  { cluster, baseline, candidate, pairsIfAllTie }: Proof,
  workload: Workload,
  books: Books,
): PicoUsd {
  const cells = workload.cells.filter(
    (cell) =>
      cell.cluster === cluster && cell.provider === baseline.provider && cell.model === baseline.model,
  );
  const requests = cells.reduce((sum, cell) => sum + cell.requests, 0);
  const live = cells.map((cell) => ({ ...cell, batch: false, serviceTier: null }));
  const onCandidate = live.map((cell) => ({ ...cell, ...candidate }));
  const both = priceCells(live, books, workload.pricedAt) + priceCells(onCandidate, books, workload.pricedAt);
  return (both * BigInt(pairsIfAllTie)) / BigInt(Math.max(1, requests));
}

/** Says so where proving the plan would cost more than the policy lets `run` spend. */
export function runBudgetWarnings(
  proofs: readonly Proof[],
  workload: Workload,
  books: Books,
  { run }: Pick<Policy, "run">,
): string[] {
  const finite = proofs.filter(({ pairsIfAllTie }) => Number.isFinite(pairsIfAllTie));
  const cost = finite.reduce((sum, proof) => sum + proofCost(proof, workload, books), 0n);
  return cost <= usd(run.budgetUsd)
    ? []
    : [
        `proving this plan costs at least ${formatUsd(cost)} in calls (estimated, every pair a tie), more than ` +
          `run.budget_usd of ${formatUsd(usd(run.budgetUsd))}`,
      ];
}
