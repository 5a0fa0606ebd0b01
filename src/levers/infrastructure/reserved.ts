import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import { ratio } from "../../shared/money.js";
import type { Books, Effect, FleetProposal, Lever, LeverLimits } from "../contract.js";
import { changeFleet, fleetProposal } from "../fleet-changes.js";
import { blendedRate, loadOf, needByHour, shapeOf } from "../fleets.js";

export type ReservedParameters = { readonly gpus: number; readonly termMonths: number };

/** Most points of one fleet; they are neighbours on a convex curve. */
const MOST = { inPlace: 4, potential: 2 } as const;

/**
 * Commits to a number of GPUs for a term.
 *
 * Formula (newsvendor): cost(c) = r c + p E[(D - c)+], D the GPUs that an hour needs, r the committed rate, p what the
 * market asks for the rest. Least where P(D > c) = r / p: the (1 - r/p) quantile of D over the observed hours, which
 * comes in whole replicas, and one replica less. Beside it half and all of the GPUs that every hour needs.
 * Source: `rates.reserved` of the fleet. Evidence: structural. Not counted: that GPU prices fall within the term, and
 * that need may too; both speak for the smaller of two points that cost the same.
 */
export const reserved: Lever<ReservedParameters> = {
  id: "reserved",
  name: "Commit to GPUs",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "medium",
  effort: { setupHours: 8, hoursPerScope: 2 },
  description:
    "A number of GPUs is reserved for a term at a lower rate and paid whether used or not; what exceeds it is bought " +
    "as before. The number follows from how many GPUs the hours need; the policy limits term and sum.",

  propose(workload, limits, books) {
    return workload.fleets
      .filter(({ committed }) => committed === null)
      .flatMap((fleet) => {
        const need = gpusByHour(workload, fleet, books);
        return pointsOf(fleet, need, limits).map((parameters) => fleetProposal(fleet, parameters));
      });
  },

  apply(workload, proposal: FleetProposal<ReservedParameters>): Effect {
    const { gpus, termMonths } = proposal.parameters;
    const change = (fleet: Fleet): Fleet => {
      const term = fleet.rates.reserved.find((one) => one.termMonths === termMonths);
      // Elsewhere, after a change of GPU or region, the term may not be for sale.
      return term === undefined ? fleet : { ...fleet, committed: { gpus, termMonths, rate: term.rate } };
    };
    return changeFleet(workload, proposal, change, {
      assumptions: [
        {
          text: `Need over the next ${termMonths} months is like that of the observed hours.`,
          basis: "assumed",
        },
        { text: "Market prices of the GPU do not fall within the term.", basis: "assumed" },
      ],
      evidence: {
        kind: "structural",
        conditions: ["same model, engine and GPU; only how they are bought changes"],
        attested: proposal.attested ?? false,
      },
    });
  },
};

/**
 * GPUs that each hour needs, spares included; of a new fleet, as if all that it could serve came to it. A fixed number
 * of replicas is no need: what a change to it would leave is what is worth committing to.
 */
function gpusByHour(workload: Workload, fleet: Fleet, books: Books): number[] {
  const cells = workload.cells.flatMap((cell): WorkloadCell[] => {
    if (cell.fleet === fleet.id) return [cell];
    if (!fleet.potential || cell.fleet !== undefined || cell.requests === 0) return [];
    const shape = shapeOf(cell, workload, fleet);
    const { fits } = books.hardware.capacity(fleet.serving, shape, fleet.targets);
    return fits ? [{ ...cell, fleet: fleet.id }] : [];
  });
  const need = needByHour(fleet, loadOf({ ...workload, cells }, fleet, books));
  const peak = Math.max(0, ...need);
  const isFlat = fleet.scaling.kind === "peak" && !fleet.potential;
  const spare = peak > 0 ? fleet.spare : 0;
  return need.map((replicas) => ((isFlat ? peak : replicas) + spare) * fleet.serving.gpusPerReplica);
}

function pointsOf(fleet: Fleet, need: readonly number[], limits: LeverLimits): ReservedParameters[] {
  const sorted = [...need].sort((a, b) => a - b);
  const base = sorted[0] ?? 0;
  const { gpusPerReplica } = fleet.serving;
  const most = fleet.potential ? MOST.potential : MOST.inPlace;
  return fleet.rates.reserved
    .filter(({ termMonths }) => termMonths <= limits.maximumCommitmentMonths)
    .flatMap(({ termMonths, rate }) => {
      const idle = 1 - ratio(rate, blendedRate(fleet));
      if (idle <= 0) return [];
      const best = sorted[Math.min(sorted.length - 1, Math.floor(idle * sorted.length))] ?? 0;
      const wanted = [
        best,
        best - gpusPerReplica,
        base,
        Math.floor(base / 2 / gpusPerReplica) * gpusPerReplica,
      ];
      return [...new Set(wanted)]
        .filter((gpus) => gpus > 0 && isAffordable(BigInt(gpus) * rate))
        .slice(0, most)
        .map((gpus) => ({ gpus, termMonths }));
    });

  function isAffordable(perHour: bigint): boolean {
    const limit = limits.maximumCommitmentPicoUsdMonth;
    return limit === null || perHour * BigInt(HOURS_PER_MONTH) <= limit;
  }
}
