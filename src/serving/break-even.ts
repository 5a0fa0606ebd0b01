import { type PicoUsd, toUsd } from "../shared/money.js";
import type { Capacity } from "./contract.js";

const SECONDS_PER_DAY = 86_400;
const HOURS_PER_DAY = 24;

/** What an API charges for one request of the shape that the capacity was computed for, and what a fleet costs. */
export interface BreakEvenInput {
  readonly capacity: Capacity;
  readonly gpusPerReplica: number;
  /** Pico-USD a GPU-hour. */
  readonly gpuHour: PicoUsd;
  /** People who keep the fleet running, pico-USD a day. */
  readonly operationsPerDay: PicoUsd;
  /** Pico-USD a request at the API. */
  readonly apiRequest: PicoUsd;
}

/** A figure with the interval that the capacity's gives it. */
export interface Range {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

export interface BreakEven {
  /** Share of one replica's capacity that must be used, people not counted; above 1: never at these prices. */
  readonly utilisation: Range;
  /** Fewest requests a day at which whole replicas, people included, cost no more than the API; null: never. */
  readonly requestsPerDay: {
    readonly low: number | null;
    readonly mid: number | null;
    readonly high: number | null;
  };
}

/**
 * Where self-hosting costs the same as the API.
 *
 * Formula: u* = GPU-hour x GPUs / (3600 x requests a second x API price a request). Requests a day: the smallest n with
 * replicas(n) x GPU-day + people <= n x API price and replicas(n) = ceil(n / (86,400 x requests a second)), an even load.
 * More requests a second lower both, so the ends of the interval change places. null where the model does not fit.
 */
export function breakEven(input: BreakEvenInput): BreakEven | null {
  if (!input.capacity.fits) return null;
  const { low, mid, high } = input.capacity.requestsPerSecond;
  return {
    utilisation: {
      low: utilisation(input, high),
      mid: utilisation(input, mid),
      high: utilisation(input, low),
    },
    requestsPerDay: { low: requests(input, high), mid: requests(input, mid), high: requests(input, low) },
  };
}

function utilisation({ gpuHour, gpusPerReplica, apiRequest }: BreakEvenInput, perSecond: number): number {
  if (apiRequest <= 0n) return Number.POSITIVE_INFINITY;
  return (toUsd(gpuHour) * gpusPerReplica) / (3600 * perSecond * toUsd(apiRequest));
}

function requests(input: BreakEvenInput, perSecond: number): number | null {
  const { gpuHour, gpusPerReplica, apiRequest, operationsPerDay } = input;
  const replicaDay = toUsd(gpuHour) * gpusPerReplica * HOURS_PER_DAY;
  const price = toUsd(apiRequest);
  const perReplica = SECONDS_PER_DAY * perSecond;
  // With full replicas each earns this much a day; without it more of them never pay for the people.
  const surplus = perReplica * price - replicaDay;
  if (surplus <= 0) return null;
  const replicas = Math.max(1, Math.ceil(toUsd(operationsPerDay) / surplus));
  return (replicas * replicaDay + toUsd(operationsPerDay)) / price;
}
