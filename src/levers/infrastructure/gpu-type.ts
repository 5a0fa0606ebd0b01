import type { Fleet, GpuOffer, RequestShape } from "../../serving/contract.js";
import { type PicoUsd, toUsd } from "../../shared/money.js";
import type { Books, Effect, FleetProposal, Lever, LeverLimits } from "../contract.js";
import {
  allowedOffers,
  changeFleet,
  fleetProposal,
  placedOn,
  rateOf,
  typicalShape,
} from "../fleet-changes.js";
import { cheapestByGpu } from "../serving/potential-fleets.js";

export type GpuTypeParameters = {
  readonly cloud: string;
  readonly region: string;
  readonly instance: string;
};

/** Beyond these a fleet's choices multiply and none of them wins. */
const MOST = { inPlace: 3, potential: 1 } as const;

type Offer = GpuOffer & { readonly onDemand: PicoUsd };

/**
 * Serves the same model on other GPUs, or another number of them.
 *
 * Formula: a replica on each allowed instance whose GPUs hold the model within the targets (one replica an instance,
 * since instances are billed whole; of one GPU type and number the cheapest). Judged by two figures, price of a replica
 * an hour and price of its capacity: (USD an hour) / (requests a second). Proposed are those that no other beats in both
 * and that beat the present one in one.
 * Source: hardware/gpu-prices.yaml, the serving model. Evidence: structural. A fleet with a commitment stays where it is:
 * what is committed would be paid on.
 */
export const gpuType: Lever<GpuTypeParameters> = {
  id: "gpu-type",
  name: "Change the GPU type",
  layer: "infrastructure",
  stage: "infrastructure",
  risk: "medium",
  effort: { setupHours: 24, hoursPerScope: 8 },
  description:
    "The fleet serves the same model on other GPUs or another number of them, where memory holds it, targets are met " +
    "and a request costs less. GPUs that do not fit are never proposed.",

  propose(workload, limits, books) {
    return workload.fleets
      .filter(({ committed }) => committed === null)
      .flatMap((fleet) => {
        const shape = typicalShape(workload, fleet);
        const most = fleet.potential ? MOST.potential : MOST.inPlace;
        return worthwhile(fleet, shape, limits, books)
          .slice(0, most)
          .map(({ cloud, region, instance }) => fleetProposal(fleet, { cloud, region, instance }));
      });
  },

  apply(workload, proposal: FleetProposal<GpuTypeParameters>, books): Effect {
    const offer = offerOf(proposal.parameters, books);
    return changeFleet(workload, proposal, (fleet) => placedOn(fleet, offer), {
      assumptions: [
        { text: `GPU prices: ${offer.source} (${offer.date}); your own may differ.`, basis: "assumed" },
        {
          text: `What a replica carries on ${offer.gpu} follows from the serving model.`,
          basis: "estimated",
        },
      ],
      evidence: {
        kind: "structural",
        conditions: ["same weights, precision, engine and sampling parameters; only the GPU changes"],
        attested: proposal.attested ?? false,
      },
    });
  },
};

/** Proposals name offers of the book that they were made from. */
export function offerOf({ cloud, region, instance }: GpuTypeParameters, { hardware }: Books): Offer {
  const offer = hardware.offers.find(
    (o) => o.cloud === cloud && o.region === region && o.instance === instance && o.onDemand !== null,
  );
  if (offer === undefined) throw new RangeError(`no offer of ${cloud} ${instance} in ${region}`);
  return { ...offer, onDemand: offer.onDemand! };
}

interface Judged {
  readonly offer: Offer;
  readonly hourly: number;
  readonly perRequest: number;
}

function worthwhile(fleet: Fleet, shape: RequestShape | null, limits: LeverLimits, books: Books): Offer[] {
  const now = judged(fleet, shape, books);
  const others = cheapestByGpu(allowedOffers(books, limits)).flatMap((offer): Judged[] => {
    const { serving } = fleet;
    if (offer.gpu === serving.gpu && offer.gpusPerInstance === serving.gpusPerReplica) return [];
    const one = judged(placedOn(fleet, offer), shape, books);
    return one === null ? [] : [{ offer, ...one }];
  });
  const beats = (a: Omit<Judged, "offer">, b: Omit<Judged, "offer">) =>
    a.hourly <= b.hourly &&
    a.perRequest <= b.perRequest &&
    (a.hourly < b.hourly || a.perRequest < b.perRequest);
  return (
    others
      .filter((one) => now === null || one.hourly < now.hourly || one.perRequest < now.perRequest)
      .filter((one) => !others.some((other) => beats(other, one)))
      // A new fleet stands on what carries all traffic for least: beside it, what carries little for least.
      .sort((left, right) =>
        fleet.potential ? left.hourly - right.hourly : left.perRequest - right.perRequest,
      )
      .map(({ offer }) => offer)
  );
}

/** USD an hour of a replica, and USD for what it serves; null: it cannot serve the request. */
function judged(
  fleet: Fleet,
  shape: RequestShape | null,
  books: Books,
): { readonly hourly: number; readonly perRequest: number } | null {
  const rate = rateOf(fleet, shape, books);
  if (rate === 0) return null;
  const hourly = toUsd(fleet.rates.onDemand) * fleet.serving.gpusPerReplica;
  return { hourly, perRequest: hourly / rate };
}
