import type { Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal } from "../fleet-changes.js";

export type RightSizeParameters = { readonly spare: number };

/** The loss of one replica must not fail the targets. */
const LEAST_SPARE = 1;

/**
 * Runs as many replicas as the busiest minute needs, instead of a fixed number.
 *
 * Formula: replicas = max over hours of ceil(work of the busiest minute / (60 s x target utilisation)) + spares, where a
 * request's work is 1 / (requests a second of a replica at the latency targets). A commitment is paid on.
 * Source: arrivals of the profile, the serving model. Evidence: structural. A log shorter than the business's own
 * season cannot show its peak.
 */
export const rightSize: Lever<RightSizeParameters> = {
  id: "right-size",
  name: "Right-size the fleet",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "low",
  effort: { setupHours: 8, hoursPerScope: 2 },
  description:
    "The fleet keeps as many replicas as its busiest observed minute needs at the target utilisation, and a spare one, " +
    "instead of a number that was chosen once. Fewer where there were too many, more where there were too few.",

  propose(workload) {
    return workload.fleets
      .filter(({ scaling }) => scaling.kind === "fixed")
      .map((fleet) => fleetProposal(fleet, { spare: Math.max(LEAST_SPARE, fleet.spare) }));
  },

  apply(workload, proposal: FleetProposal<RightSizeParameters>): Effect {
    const { spare } = proposal.parameters;
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, scaling: { kind: "peak" as const }, spare }),
      {
        assumptions: [
          { text: "The busiest minute to come is like the busiest observed one.", basis: "assumed" },
          {
            text: "What a replica carries follows from the serving model, or from your benchmark.",
            basis: "estimated",
          },
        ],
        evidence: {
          kind: "structural",
          conditions: ["same model, engine and GPU; only the number of replicas changes"],
          attested: proposal.attested ?? false,
        },
      },
    );
  },
};
