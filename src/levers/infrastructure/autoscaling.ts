import type { Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, lagMinutesOf } from "../fleet-changes.js";

export type AutoscalingParameters = {
  readonly floor: number;
  readonly lagMinutes: number;
  readonly spare: number;
};

/** Always one: a fleet at zero lets the first request wait for a whole start. */
const FLOOR = 1;
const LEAST_SPARE = 1;

/**
 * Runs as many replicas as each hour needs.
 *
 * Formula: replicas of an hour = max(floor, ceil(work of its busiest minute / (60 s x target utilisation))) + spares;
 * every increase is paid from `lag` minutes before the hour. Lag: 3 minutes and the weights at 1 GB/s, at least 5
 * (assumed; vLLM starts are reported to take several minutes).
 * Source: arrivals of the profile, the serving model. Evidence: structural, on the condition that scaling is ahead of
 * need, by schedule or forecast; scaling on a queue that has formed is late by the lag.
 */
export const autoscaling: Lever<AutoscalingParameters> = {
  id: "autoscaling",
  name: "Scale with the hour",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "medium",
  effort: { setupHours: 24, hoursPerScope: 4 },
  description:
    "Replicas follow the load hour by hour, with a floor and a spare one, and start as long before they are needed as " +
    "they take to start. Replayed on the hours of your own events.",

  propose(workload, _limits, books) {
    return workload.fleets
      .filter(({ scaling }) => scaling.kind !== "autoscaled")
      .map((fleet) =>
        fleetProposal(fleet, {
          floor: FLOOR,
          lagMinutes: lagMinutesOf(fleet, books),
          spare: Math.max(LEAST_SPARE, fleet.spare),
        }),
      );
  },

  apply(workload, proposal: FleetProposal<AutoscalingParameters>): Effect {
    const { floor, lagMinutes, spare } = proposal.parameters;
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, scaling: { kind: "autoscaled" as const, floor, lagMinutes }, spare }),
      {
        assumptions: [
          { text: `A replica serves ${lagMinutes} minutes after its start.`, basis: "assumed" },
          { text: "GPUs can be had in the hour that needs them.", basis: "assumed" },
        ],
        evidence: {
          kind: "structural",
          conditions: [
            "same model, engine and GPU; only the number of replicas changes",
            "replicas are started ahead of need, by schedule or forecast",
          ],
          attested: proposal.attested ?? false,
        },
      },
    );
  },
};
