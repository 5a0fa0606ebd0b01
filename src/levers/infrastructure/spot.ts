import { SPOT_ASSUMPTIONS } from "../../serving/spot.js";
import type { Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, overheadOf } from "../fleet-changes.js";

export type SpotParameters = { readonly share: number };

const SHARES = [0.5, 0.7, 1] as const;

/**
 * Buys a share of the fleet's GPU-hours as spot capacity.
 *
 * Formula: GPU-hours that are not committed cost share x spot x overhead + (1 - share) x on-demand; the overhead counts
 * restarts, over-provision and unobtainable hours (src/serving/spot.ts), with interruptions from the cloud's advisor.
 * Proposed is the largest of 0.5, 0.7 and 1 within the policy: by cost alone no smaller one wins.
 * Source: hardware/gpu-prices.yaml. Evidence: structural, on the condition that interrupted requests are sent again.
 * Interruptions of one zone come together: the rest must be able to carry the load for the minutes of a restart.
 */
export const spot: Lever<SpotParameters> = {
  id: "spot",
  name: "Run on spot capacity",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "medium",
  effort: { setupHours: 24, hoursPerScope: 4 },
  description:
    "A share of the fleet runs on spot instances with fallback to on-demand. Restarts, over-provision and hours in " +
    "which no spot is to be had are counted; the policy limits the share.",

  propose(workload, limits, books) {
    return workload.fleets.flatMap((fleet) => {
      const { spot: price, onDemand } = fleet.rates;
      if (price === null || Number(price) * overheadOf(fleet, books) >= Number(onDemand)) return [];
      const allowed = SHARES.filter((share) => share <= limits.maximumSpotShare && share > fleet.spotShare);
      // Where spot is cheaper at all, more of it always is: how much is right is the policy's to say.
      return allowed.slice(-1).map((share) => fleetProposal(fleet, { share }));
    });
  },

  apply(workload, proposal: FleetProposal<SpotParameters>, books): Effect {
    const { share } = proposal.parameters;
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, spotShare: share, spotOverhead: overheadOf(fleet, books) }),
      {
        assumptions: [
          { text: `Spot: ${SPOT_ASSUMPTIONS}; prices are of one day and change.`, basis: "assumed" },
          { text: "On-demand GPUs can be had when spot ends.", basis: "assumed" },
        ],
        evidence: {
          kind: "structural",
          conditions: [
            "same model, engine and GPU; only how they are bought changes",
            "interrupted requests are sent again, and the rest carries the load meanwhile",
          ],
          attested: proposal.attested ?? false,
        },
      },
    );
  },
};
