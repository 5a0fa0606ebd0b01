import type { Workload, WorkloadCell } from "../profile/contract.js";
import type {
  Capacity,
  Fleet,
  GpuOffer,
  GpuRates,
  RequestShape,
  ServingConfig,
} from "../serving/contract.js";
import { spotOverhead } from "../serving/spot.js";
import type { PicoUsd } from "../shared/money.js";
import { sumOf } from "./cells.js";
import type { Books, Effect, FleetProposal, LeverLimits, LeverParameters } from "./contract.js";
import { shapeOf } from "./fleets.js";

/** What the levers of fleets share: rewriting one fleet, the request it is judged by, and what may be bought where. */

/** Minutes from the decision until a new replica of a small model serves (assumed; 2 to 15 are common). */
const START_MINUTES = 3;
/** Weights read from storage while a replica starts, bytes a second (assumed). */
const LOAD_BYTES_PER_SECOND = 1e9;
const LEAST_LAG_MINUTES = 5;
/** Estimates this close are one: no change is proposed for less. */
export const WORTH_TRYING = 1.05;

/** An effect that rewrites the proposal's fleet and nothing else. */
export function changeFleet(
  workload: Workload,
  { fleet: id }: FleetProposal,
  change: (fleet: Fleet) => Fleet,
  rest: Pick<Effect, "assumptions" | "evidence">,
): Effect {
  return {
    workload: {
      ...workload,
      fleets: workload.fleets.map((fleet) => (fleet.id === id ? change(fleet) : fleet)),
    },
    touchedRequests: sumOf(
      workload.cells.filter((cell) => cell.fleet === id),
      (cell) => cell.requests,
    ),
    oneOff: 0n,
    ...rest,
  };
}

export function fleetProposal<P extends LeverParameters>(fleet: Fleet, parameters: P): FleetProposal<P> {
  return { cluster: null, fleet: fleet.id, model: null, parameters };
}

/** Mean request of what the fleet answers; of what APIs answer, where it answers nothing yet; null: nothing at all. */
export function typicalShape(workload: Workload, fleet: Fleet): RequestShape | null {
  const own = workload.cells.filter((cell) => cell.fleet === fleet.id);
  const isIdle = sumOf(own, (cell) => cell.requests) === 0;
  const cells = isIdle ? workload.cells.filter((cell) => cell.fleet === undefined) : own;
  return meanShape(cells, workload, fleet);
}

/** Mean request of some cells, as the fleet would see it; null: no request. */
export function meanShape(
  cells: readonly WorkloadCell[],
  workload: Workload,
  fleet: Fleet,
): RequestShape | null {
  const busy = cells.filter((cell) => cell.requests > 0);
  const requests = sumOf(busy, (cell) => cell.requests);
  if (requests === 0) return null;
  const shapes = busy.map((cell) => ({
    ...shapeOf(cell, workload, fleet),
    weight: cell.requests / requests,
  }));
  return {
    inputTokens: Math.ceil(sumOf(shapes, ({ inputTokens, weight }) => inputTokens * weight)),
    outputTokens: Math.ceil(sumOf(shapes, ({ outputTokens, weight }) => outputTokens * weight)),
    prefixHitShare:
      Math.floor(100 * sumOf(shapes, ({ prefixHitShare, weight }) => prefixHitShare * weight)) / 100,
  };
}

/** Requests a second of one replica, middle of the estimate; 0 where it cannot serve the typical request. */
export function rateOf(
  fleet: Fleet,
  shape: RequestShape | null,
  books: Books,
  serving: ServingConfig = fleet.serving,
): number {
  const capacity = shape === null ? null : capacityOf(fleet, shape, books, serving);
  return capacity?.fits === true ? capacity.requestsPerSecond.mid : 0;
}

function capacityOf(fleet: Fleet, shape: RequestShape, books: Books, serving: ServingConfig): Capacity {
  const asked = serving.prefixCaching ? shape : { ...shape, prefixHitShare: 0 };
  return books.hardware.capacity(serving, asked, fleet.targets);
}

/** Offers with a price on demand where the policy lets capacity be bought. */
export function allowedOffers(
  { hardware }: Books,
  limits: LeverLimits,
): (GpuOffer & { onDemand: PicoUsd })[] {
  return hardware.offers.filter(
    (offer): offer is GpuOffer & { onDemand: PicoUsd } =>
      offer.onDemand !== null && limits.allowsRegion(offer.cloud, offer.region),
  );
}

export function ratesOf(offer: GpuOffer & { readonly onDemand: PicoUsd }): GpuRates {
  return {
    onDemand: offer.onDemand,
    spot: offer.spot,
    reserved: offer.reserved,
    source: `${offer.source} (${offer.date})`,
    basis: "assumed",
  };
}

/** The fleet on the instances of an offer: one replica an instance, since instances are billed whole. */
export function placedOn(fleet: Fleet, offer: GpuOffer & { readonly onDemand: PicoUsd }): Fleet {
  return {
    ...fleet,
    serving: { ...fleet.serving, gpu: offer.gpu, gpusPerReplica: offer.gpusPerInstance },
    cloud: offer.cloud,
    region: offer.region,
    instance: offer.instance,
    rates: ratesOf(offer),
  };
}

/** Interruptions of the fleet's instances, where the tables know them. */
export function interruptionsOf(
  { cloud, region, instance }: Fleet,
  { hardware }: Books,
): GpuOffer["interruptedPerMonth"] {
  const offer = hardware.offers.find(
    (o) => o.cloud === cloud && o.region === region && o.instance === instance,
  );
  return offer?.interruptedPerMonth ?? null;
}

export function overheadOf(fleet: Fleet, books: Books): number {
  return spotOverhead({
    interruptedPerMonth: interruptionsOf(fleet, books),
    lagMinutes: lagMinutesOf(fleet, books),
  });
}

/** Node start, image, weights and warm-up: larger weights take longer. */
export function lagMinutesOf({ serving, scaling }: Fleet, { hardware }: Books): number {
  if (scaling.kind === "autoscaled") return scaling.lagMinutes;
  const bytes = (hardware.model(serving.model)?.parameters ?? 0) * BYTES[serving.precision];
  return Math.max(LEAST_LAG_MINUTES, Math.ceil(START_MINUTES + bytes / LOAD_BYTES_PER_SECOND / 60));
}

const BYTES = { bf16: 2, fp8: 1, int8: 1, int4: 0.53 } as const;
