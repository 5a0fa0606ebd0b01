import type { Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, rateOf, typicalShape, WORTH_TRYING } from "../fleet-changes.js";

export type PrefixCachingParameters = { readonly prefixCaching: true };

const CONDITIONS = [
  "same weights, request and sampling parameters; the engine's prefix cache keys on the whole prefix",
  "tenants that must not share a cache do not share a replica",
] as const;

/**
 * Lets replicas keep the keys and values of prompt prefixes.
 *
 * Formula: input tokens x (1 - hit share) are prefilled, the hit share replayed in time order for the longest lifetime
 * (prefix reuse of the profile). Hits count for compute and time to the first token, never for memory. More than one
 * replica needs requests of one prefix to reach the same one, which is assumed.
 * Source: the serving model; the replayed reuse. Evidence: structural.
 */
export const prefixCaching: Lever<PrefixCachingParameters> = {
  id: "prefix-caching",
  name: "Keep prompt prefixes on the GPU",
  layer: "serving",
  stage: "serving",
  risk: "low",
  effort: { setupHours: 4, hoursPerScope: 1 },
  description:
    "Replicas keep the keys and values of prompt prefixes that come again, so that they are not computed again. The " +
    "hit share is replayed on your own events; answers are the same.",

  propose(workload, _limits, books) {
    return workload.fleets
      .filter(({ serving }) => !serving.prefixCaching)
      .filter((fleet) => {
        const serving = { ...fleet.serving, prefixCaching: true };
        const shape = typicalShape(workload, { ...fleet, serving });
        return rateOf(fleet, shape, books, serving) > rateOf(fleet, shape, books) * WORTH_TRYING;
      })
      .map((fleet) => fleetProposal(fleet, { prefixCaching: true }));
  },

  apply(workload, proposal: FleetProposal<PrefixCachingParameters>): Effect {
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, serving: { ...fleet.serving, prefixCaching: true } }),
      {
        assumptions: [
          { text: "Requests that share a prefix reach the replica that holds it.", basis: "assumed" },
          { text: "Hit share of prefixes as replayed over the observed events.", basis: "replayed" },
        ],
        evidence: { kind: "structural", conditions: CONDITIONS, attested: proposal.attested ?? false },
      },
    );
  },
};
