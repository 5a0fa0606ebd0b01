import type { Fleet, Precision } from "../../serving/contract.js";
import type { Books, Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, rateOf, typicalShape, WORTH_TRYING } from "../fleet-changes.js";

export type QuantisationParameters = { readonly precision: Precision };

/**
 * Serves the same model with weights in fewer bits.
 *
 * Formula: weights of 1 byte (fp8, int8) or 0.53 bytes (int4, with scales) instead of 2; what that frees holds more
 * requests at once. fp8 computes at the fp8 peak where the GPU has units for it; int8 and int4 are formats of the
 * weights alone and compute in 16 bits. Fewer bits are proposed only where a replica is estimated to carry more.
 * Source: the serving model (src/serving). Evidence: quality, over everything that the fleet answers.
 */
export const quantisation: Lever<QuantisationParameters> = {
  id: "quantisation",
  name: "Quantise the weights",
  layer: "serving",
  stage: "serving",
  risk: "medium",
  effort: { setupHours: 16, hoursPerScope: 8 },
  description:
    "The fleet serves the same model in 8 or 4 bits: weights read faster and leave room for more requests at once. " +
    "Nothing is claimed about quality until `run` has compared both on what the fleet answers.",

  propose(workload, _limits, books) {
    // New fleets exist once for every precision already.
    return workload.fleets
      .filter(({ potential }) => !potential)
      .flatMap((fleet) => {
        const shape = typicalShape(workload, fleet);
        const now = rateOf(fleet, shape, books);
        return coarser(fleet, books)
          .filter(
            (precision) => rateOf(fleet, shape, books, { ...fleet.serving, precision }) > now * WORTH_TRYING,
          )
          .map((precision) => fleetProposal(fleet, { precision }));
      });
  },

  apply(workload, proposal: FleetProposal<QuantisationParameters>): Effect {
    const { precision } = proposal.parameters;
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, serving: { ...fleet.serving, precision } }),
      {
        assumptions: [
          {
            text: `What a replica carries in ${precision} follows from the serving model.`,
            basis: "estimated",
          },
        ],
        evidence: { kind: "fleet-quality", fleet: proposal.fleet, variant: `precision:${precision}` },
      },
    );
  },
};

function coarser({ serving }: Fleet, { hardware }: Books): Precision[] {
  const eight = (hardware.gpu(serving.gpu)?.fp8FlopsPerSecond ?? null) === null ? "int8" : "fp8";
  switch (serving.precision) {
    case "bf16":
      return [eight, "int4"];
    case "fp8":
    case "int8":
      return ["int4"];
    case "int4":
      return [];
  }
}
