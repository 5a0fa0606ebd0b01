import type { PriceBook, ServiceTier } from "../../pricing/contract.js";
import { tierOf } from "../../pricing/price-usage.js";
import type { WorkloadCell } from "../../profile/contract.js";
import { isBatch, rowOf, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";

export type ServiceTierParameters = { readonly tier: "standard" | "flex" };

const CONDITIONS = {
  standard: [
    "same model and request, on the standard tier",
    "callers do not need what the priority tier promises on latency",
  ],
  flex: [
    "same model and request, on the flex tier",
    "callers tolerate minutes, and a retry where the tier has no capacity",
  ],
} as const;

const FLEX_ASSUMPTIONS: readonly Assumption[] = [
  { text: "No request falls back to the standard tier for want of flex capacity.", basis: "assumed" },
];

/**
 * Sends requests on a slower tier of service: priority to standard, standard and priority to flex.
 *
 * Formula: the same tokens at the tier's multiple of the row's rates; cells stay where their model has no priced tier
 * to leave or to go to, in a batch, and on a fleet.
 * Source: `serviceTiers` of the price row; figures that are second-hand are named in the plan's price fallbacks.
 * Evidence: structural, same model and request. Flex is proposed only for intents that the policy calls tolerant, and
 * is attested by that; leaving the priority tier is proposed for all, and attested only for those.
 */
export const serviceTier: Lever<ServiceTierParameters> = {
  id: "service-tier",
  name: "Slower tier of service",
  layer: "application",
  stage: "price",
  risk: "low",
  effort: { setupHours: 2, hoursPerScope: 1 },
  description:
    "Requests leave the priority tier, or go to the flex tier where callers tolerate minutes. Same model, same " +
    "request, same answer, priced at the tier's multiple of the standard rates.",

  propose(workload, limits, book) {
    return workload.clusters.flatMap(({ id: cluster }) => {
      const tolerant = limits.flexTolerantClusters.has(cluster);
      const tiers: ServiceTierParameters["tier"][] = tolerant ? ["standard", "flex"] : ["standard"];
      return tiers
        .filter((tier) =>
          workload.cells.some(
            (cell) => cell.cluster === cluster && changes(cell, tier, book, workload.pricedAt),
          ),
        )
        .map(
          (tier): ClusterProposal<ServiceTierParameters> => ({
            cluster,
            model: null,
            parameters: { tier },
            attested: tolerant,
          }),
        );
    });
  },

  apply(workload, { cluster, parameters: { tier }, attested = false }, book): Effect {
    const moves = (cell: WorkloadCell): boolean =>
      cell.cluster === cluster && changes(cell, tier, book, workload.pricedAt);
    return {
      workload: {
        ...workload,
        cells: workload.cells.map((cell) =>
          moves(cell) ? { ...cell, serviceTier: tier === "standard" ? null : tier } : cell,
        ),
      },
      touchedRequests: sumOf(workload.cells.filter(moves), (cell) => cell.requests),
      oneOff: 0n,
      assumptions: tier === "flex" ? FLEX_ASSUMPTIONS : [],
      evidence: { kind: "structural", conditions: CONDITIONS[tier], attested },
    };
  },
};

/** Whether the cell would be billed less on the tier. */
function changes(
  cell: WorkloadCell,
  tier: ServiceTierParameters["tier"],
  book: PriceBook,
  at: Date,
): boolean {
  if (cell.fleet !== undefined || isBatch(cell)) return false;
  const row = rowOf(book, cell, at);
  if (row === null) return false;
  const timesOf = (name: ServiceTier | null): number | null => {
    const terms = row.serviceTiers?.find((known) => known.tier === name);
    if (terms !== undefined) return Number(terms.numerator) / Number(terms.denominator);
    // A tier without a price is billed as standard here; nothing is gained by leaving it.
    return name === null || name === "priority" ? 1 : null;
  };
  const wanted = timesOf(tier === "standard" ? null : tier);
  return wanted !== null && wanted < (timesOf(tierOf(cell.serviceTier)) ?? 1);
}
