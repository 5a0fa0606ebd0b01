import type { Effect, FleetProposal, Lever } from "../contract.js";
import { allowedOffers, changeFleet, fleetProposal, placedOn } from "../fleet-changes.js";
import { offerOf } from "./gpu-type.js";

export type RegionParameters = {
  readonly cloud: string;
  readonly region: string;
  readonly instance: string;
};

/**
 * Runs the same GPUs in a cheaper region.
 *
 * Formula: replicas as before at the price of the cheapest allowed region that sells the same GPU in the same number a
 * machine. The policy's regions and data residency decide what is allowed. Egress between regions is not counted.
 * Source: hardware/gpu-prices.yaml. Evidence: structural. A fleet with a commitment stays: it would be paid on.
 */
export const region: Lever<RegionParameters> = {
  id: "region",
  name: "Move to a cheaper region",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "medium",
  effort: { setupHours: 16, hoursPerScope: 4 },
  description:
    "The fleet runs on the same GPUs where they cost less, among the regions that the policy allows. Network time to " +
    "callers and egress are yours to check.",

  propose(workload, limits, books) {
    // New fleets are placed in the cheapest allowed region from the start.
    return workload.fleets
      .filter(({ potential, committed }) => !potential && committed === null)
      .flatMap((fleet) => {
        const same = allowedOffers(books, limits).filter(
          (offer) =>
            offer.gpu === fleet.serving.gpu &&
            offer.gpusPerInstance === fleet.serving.gpusPerReplica &&
            offer.onDemand < fleet.rates.onDemand,
        );
        if (same.length === 0) return [];
        const best = same.reduce((left, right) => (right.onDemand < left.onDemand ? right : left));
        return [fleetProposal(fleet, { cloud: best.cloud, region: best.region, instance: best.instance })];
      });
  },

  apply(workload, proposal: FleetProposal<RegionParameters>, books): Effect {
    const offer = offerOf(proposal.parameters, books);
    return changeFleet(workload, proposal, (fleet) => placedOn(fleet, offer), {
      assumptions: [
        { text: `GPU prices: ${offer.source} (${offer.date}); your own may differ.`, basis: "assumed" },
        { text: "Traffic between regions and its network time are not counted.", basis: "assumed" },
      ],
      evidence: {
        kind: "structural",
        conditions: [
          "same weights, engine and GPU; only the place changes",
          "callers tolerate the network time, and the data may be processed there",
        ],
        attested: proposal.attested ?? false,
      },
    });
  },
};
