import { ENGINES, type Engine, type Fleet } from "../../serving/contract.js";
import type { Books, Effect, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, rateOf, typicalShape, WORTH_TRYING } from "../fleet-changes.js";

export type EngineParameters = { readonly engine: Engine };

const CONDITIONS = [
  "same weights, precision, chat template and sampling parameters",
  "both engines' kernels agree up to rounding",
] as const;

/**
 * Serves the same model with another engine.
 *
 * Formula: capacity with the efficiency fitted for that engine on its published points. Proposed is the engine that is
 * estimated to carry most, where that is above 5 % more than now; an engine without any point never is.
 * Source: src/serving/fitted-efficiency.ts. Evidence: structural; engines differ in rounding only, which is a condition.
 */
export const engine: Lever<EngineParameters> = {
  id: "engine",
  name: "Switch the inference engine",
  layer: "serving",
  stage: "serving",
  risk: "medium",
  effort: { setupHours: 24, hoursPerScope: 8 },
  description:
    "The fleet serves the same weights with another engine, where its measured efficiency on this kind of GPU " +
    "promises more requests a second. Same model, same precision.",

  propose(workload, _limits, books) {
    return workload.fleets.flatMap((fleet) => {
      const shape = typicalShape(workload, fleet);
      const rate = (to: Engine) => rateOf(fleet, shape, books, { ...fleet.serving, engine: to });
      const best = measuredEngines(fleet, books).reduce((left, right) =>
        rate(right) > rate(left) ? right : left,
      );
      return rate(best) > rate(fleet.serving.engine) * WORTH_TRYING
        ? [fleetProposal(fleet, { engine: best })]
        : [];
    });
  },

  apply(workload, proposal: FleetProposal<EngineParameters>): Effect {
    const { engine: to } = proposal.parameters;
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, serving: { ...fleet.serving, engine: to } }),
      {
        assumptions: [
          {
            text: `What a replica carries with ${to} follows from that engine's published points.`,
            basis: "estimated",
          },
        ],
        evidence: { kind: "structural", conditions: CONDITIONS, attested: proposal.attested ?? false },
      },
    );
  },
};

/** TensorRT-LLM and the others of the fit run on NVIDIA GPUs; ONNX Runtime has no measured point. */
function measuredEngines({ serving }: Fleet, { hardware }: Books): readonly Engine[] {
  const isNvidia = hardware.gpu(serving.gpu)?.name.startsWith("AMD") !== true;
  return ENGINES.filter((name) => name !== "onnxruntime" && (isNvidia || name !== "tensorrt-llm"));
}
