import type { Workload } from "../../profile/contract.js";
import type { Fleet, GpuOffer, ModelSpec, Precision, RequestShape } from "../../serving/contract.js";
import { type PicoUsd, toUsd } from "../../shared/money.js";
import { groupBy, rowOf, sumOf } from "../cells.js";
import type { Books, LeverLimits, ModelRef } from "../contract.js";
import { allowedOffers, placedOn, rateOf, ratesOf, typicalShape } from "../fleet-changes.js";

export const SELF_HOSTED = "self-hosted";

const PRECISIONS: readonly Precision[] = ["bf16", "fp8", "int4"];
/** Each fleet multiplies what the plan weighs; the cheapest few of a class are the ones that could win. */
const MOST_PER_CLASS = 3;
/** Load of the busiest minute over capacity: room for what comes within the minute (judged). */
const UTILISATION = 0.7;
const MAXIMUM_BATCH = 256;
/** A replica more than needed, so that the loss of one does not fail the targets. */
const SPARE = 1;

/**
 * Fleets that a change could start: for each open-weight model that the policy allows and each precision in which it
 * fits, on the allowed offer that carries all of the API traffic for least. Nothing where the policy wants no new fleet.
 *
 * Models: those that the policy names; else those of the capability class of an API model in use, or its own weights
 * (a judgement that finds candidates; `run` must compare them). Cost of an offer: ceil(busiest minute's requests a
 * second / (requests a second of a replica x 0.7)) + 1 spare, times the instance's price. A lower precision that does
 * not cost less than a higher one is left out, and of each capability class the cheapest three stay.
 */
export function potentialFleets(workload: Workload, limits: LeverLimits, books: Books): Fleet[] {
  if (!limits.selfHost.allowed) return [];
  const offers = cheapestByGpu(allowedOffers(books, limits));
  const perSecond = peakRequestsPerSecond(workload);
  const models = candidateModels(workload, limits, books);
  if (offers.length === 0 || models.length === 0 || perSecond === 0) return [];
  // New fleets all keep prefixes, so the typical request is the same for each.
  const shape = typicalShape(workload, blankFleet(models[0]!, "bf16", limits, offers[0]!));
  const found = models.flatMap((model) => {
    let cheapest = Number.POSITIVE_INFINITY;
    return precisionsOf(model).flatMap((precision) => {
      const blank = blankFleet(model, precision, limits, offers[0]!);
      const best = bestPlacement(blank, shape, offers, perSecond, books);
      if (best === null || best.cost >= cheapest) return [];
      cheapest = best.cost;
      return [best];
    });
  });
  found.sort((left, right) => left.cost - right.cost || (left.fleet.id < right.fleet.id ? -1 : 1));
  const classOf = ({ fleet }: Placement) => books.hardware.model(fleet.serving.model)?.capabilityClass ?? "";
  return [...groupBy(found, classOf).values()]
    .flatMap((alike) => alike.slice(0, MOST_PER_CLASS))
    .map(({ fleet }) => fleet);
}

function precisionsOf({ publishedPrecision }: ModelSpec): readonly Precision[] {
  return publishedPrecision === null ? PRECISIONS : [publishedPrecision];
}

/** Requests of the busiest minute over 60, if all that APIs answer came together. */
export function peakRequestsPerSecond({ cells, arrivals, hours }: Workload): number {
  const api = cells.filter((cell) => cell.fleet === undefined);
  const names = new Set(api.map((cell) => `${cell.cluster}\0${cell.provider}\0${cell.model}`));
  const curves = arrivals.filter((curve) => names.has(`${curve.cluster}\0${curve.provider}\0${curve.model}`));
  if (curves.length === 0) return sumOf(api, (cell) => cell.requests) / (hours * 3600);
  const peaks = curves[0]!.peakMinuteRequests.map((_, hour) =>
    sumOf(curves, (c) => c.peakMinuteRequests[hour] ?? 0),
  );
  return Math.max(...peaks) / 60;
}

type Offer = GpuOffer & { readonly onDemand: PicoUsd };

/** One offer for each GPU type and number a machine: the cheapest. */
export function cheapestByGpu(offers: readonly Offer[]): Offer[] {
  const best = new Map<string, Offer>();
  for (const offer of offers) {
    const key = `${offer.gpu} ${offer.gpusPerInstance}`;
    const known = best.get(key);
    if (known === undefined || offer.onDemand < known.onDemand) best.set(key, offer);
  }
  return [...best.values()];
}

function blankFleet(model: ModelSpec, precision: Precision, limits: LeverLimits, offer: Offer): Fleet {
  const name = precision === "bf16" ? model.id : `${model.id}-${precision}`;
  return {
    id: `${SELF_HOSTED}/${name}`,
    provider: SELF_HOSTED,
    model: name,
    serving: {
      model: model.id,
      engine: "vllm",
      gpu: offer.gpu,
      gpusPerReplica: offer.gpusPerInstance,
      precision,
      kvPrecision: "bf16",
      prefixCaching: true,
      maximumBatch: MAXIMUM_BATCH,
    },
    cloud: offer.cloud,
    region: offer.region,
    instance: offer.instance,
    rates: ratesOf(offer),
    scaling: { kind: "peak" },
    spare: SPARE,
    utilisation: UTILISATION,
    targets: limits.selfHost.targets,
    spotShare: 0,
    spotOverhead: 1,
    committed: null,
    potential: true,
    operationsPicoUsdMonth: limits.selfHost.operationsPicoUsdMonth,
  };
}

interface Placement {
  readonly fleet: Fleet;
  /** USD an hour. */
  readonly cost: number;
}

function bestPlacement(
  blank: Fleet,
  shape: RequestShape | null,
  offers: readonly Offer[],
  perSecond: number,
  books: Books,
): Placement | null {
  let best: Placement | null = null;
  for (const offer of offers) {
    const fleet = placedOn(blank, offer);
    const cost = hourlyCost(fleet, shape, perSecond, books);
    if (cost !== null && (best === null || cost < best.cost)) best = { fleet, cost };
  }
  return best;
}

/** USD an hour for the replicas that a load needs, spares included; null: it cannot serve the request. */
export function hourlyCost(
  fleet: Fleet,
  shape: RequestShape | null,
  perSecond: number,
  books: Books,
): number | null {
  const rate = rateOf(fleet, shape, books);
  if (rate === 0) return null;
  const replicas = Math.max(1, Math.ceil(perSecond / (rate * fleet.utilisation))) + fleet.spare;
  return replicas * fleet.serving.gpusPerReplica * toUsd(fleet.rates.onDemand);
}

function candidateModels(workload: Workload, { selfHost }: LeverLimits, books: Books): ModelSpec[] {
  const { hardware } = books;
  if (selfHost.models !== null) return selfHost.models.flatMap((name) => hardware.model(name) ?? []);
  const api = workload.cells.filter((cell) => cell.fleet === undefined);
  const refs = [...groupBy(api, (cell) => `${cell.provider}\0${cell.model}`).values()].map(
    (cells) => cells[0]!,
  );
  return hardware.models.filter((model) => refs.some((ref) => isAlike(ref, model, workload, books)));
}

/** Whether an open-weight model is what an API serves, or of the class that it is held to be of. */
export function isAlike(ref: ModelRef, model: ModelSpec, { pricedAt }: Workload, books: Books): boolean {
  if (books.hardware.model(ref.model)?.id === model.id) return true;
  return (
    model.capabilityClass !== null && rowOf(books, ref, pricedAt)?.capabilityClass === model.capabilityClass
  );
}
