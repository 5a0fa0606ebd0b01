import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../profile/contract.js";
import type { ArrivalCurve, Fleet, RequestShape } from "../serving/contract.js";
import { type PicoUsd, scale } from "../shared/money.js";
import { cellKey } from "./cells.js";
import type { Books } from "./contract.js";

/**
 * Work that arrives at a fleet in the busiest minute of each observed hour: microseconds of one replica's time, whole
 * numbers, so that sums do not depend on their order. 60,000,000 keep one replica busy for that minute.
 */
export type FleetLoad = Float64Array;

const MICROSECONDS_PER_MINUTE = 60_000_000;
/** A request that no replica can take within the targets: dear enough never to be chosen, small enough to sum. */
const UNSERVABLE_MICROSECONDS = 100_000_000_000;

/** The workload with what a fleet in place answers marked as its own, by the names that events use. */
export function placeOnFleets(workload: Workload, fleets: readonly Fleet[]): Workload {
  if (fleets.length === 0) return workload;
  const byName = new Map(fleets.map((fleet) => [`${fleet.provider}\0${fleet.model}`, fleet.id]));
  return {
    ...workload,
    fleets: [...workload.fleets, ...fleets],
    cells: workload.cells.map((cell) => {
      const fleet = byName.get(`${cell.provider}\0${cell.model}`);
      return fleet === undefined ? cell : { ...cell, fleet };
    }),
  };
}

/**
 * Load of one fleet: sum over its cells of arrivals in the busiest minute x share of the curve that the cell is x
 * replica time of a request of the cell's mean shape (1 / requests per second, see the serving model). Cells are
 * sized at their own shape; that mixing them on one replica does not change it is assumed. Busiest minutes of
 * different clusters are added as if they fell together, which errs towards more replicas.
 */
export function loadOf(workload: Workload, fleet: Fleet, books: Books): FleetLoad {
  const hours = hoursObserved(workload);
  const load = new Float64Array(hours);
  for (const cell of workload.cells) {
    if (cell.fleet === fleet.id && cell.requests > 0) addCell(load, cell, workload, fleet, books);
  }
  return load;
}

/** Hours of the arrival curves; without curves, of the observed span. */
export function hoursObserved(workload: Workload): number {
  return workload.arrivals[0]?.requests.length ?? Math.max(1, Math.ceil(workload.hours));
}

function addCell(load: FleetLoad, cell: WorkloadCell, workload: Workload, fleet: Fleet, books: Books): void {
  const work = requestMicroseconds(fleet, shapeOf(cell, workload, fleet), books);
  const curve = curveOf(cell, workload);
  if (curve === null) {
    // Without a curve arrivals are taken as even.
    const perMinute = cell.requests / (load.length * 60);
    for (let hour = 0; hour < load.length; hour += 1) load[hour]! += Math.ceil(perMinute * work);
    return;
  }
  const share = cell.requests / curve.total;
  for (let hour = 0; hour < load.length; hour += 1) {
    const peak = curve.peakMinuteRequests[hour]!;
    if (peak > 0) load[hour]! += Math.ceil(peak * share * work);
  }
}

/** Replica time that one request takes when replicas are as full as the latency targets allow. */
export function requestMicroseconds(fleet: Fleet, shape: RequestShape, books: Books): number {
  const capacity = books.hardware.capacity(fleet.serving, shape, fleet.targets);
  return capacity.fits
    ? Math.min(UNSERVABLE_MICROSECONDS, Math.ceil(1e6 / capacity.requestsPerSecond.mid))
    : UNSERVABLE_MICROSECONDS;
}

/** Mean tokens of a cell's requests, whole, so that equal shapes are recognised. */
export function shapeOf(cell: WorkloadCell, workload: Workload, fleet: Fleet): RequestShape {
  const inputTokens = Math.max(1, Math.ceil(cell.inputTokens / cell.requests));
  const outputTokens = Math.max(1, Math.ceil(cell.outputTokens / cell.requests));
  return {
    inputTokens,
    outputTokens,
    prefixHitShare: fleet.serving.prefixCaching ? prefixHitShare(cell, workload) : 0,
  };
}

/** Share of the cell's input tokens that the longest replayed lifetime would find in a prefix cache; in hundredths. */
function prefixHitShare(cell: WorkloadCell, { prefixReuse }: Workload): number {
  if (cell.inputTokens === 0 || prefixReuse.length === 0) return 0;
  const hits = mostHits(prefixReuse).get(cellKey(cell)) ?? 0;
  return Math.floor((Math.min(hits, cell.inputTokens) / cell.inputTokens) * 100) / 100;
}

const hitsOf = new WeakMap<Workload["prefixReuse"], ReadonlyMap<string, number>>();

/** Hit tokens of the longest lifetime by cell key; computed once for a table, which every cell asks for. */
function mostHits(rows: Workload["prefixReuse"]): ReadonlyMap<string, number> {
  const known = hitsOf.get(rows);
  if (known !== undefined) return known;
  const hits = new Map<string, number>();
  for (const row of rows) {
    if (row.afterExactTtlSeconds !== null) continue;
    const key = cellKey(row);
    hits.set(key, Math.max(hits.get(key) ?? 0, row.hitTokens));
  }
  hitsOf.set(rows, hits);
  return hits;
}

interface Curve extends ArrivalCurve {
  readonly total: number;
}

const curvesOf = new WeakMap<readonly ArrivalCurve[], ReadonlyMap<string, Curve>>();

/** The curve that the cell's requests arrive on: that of the model which they went to when they were observed. */
function curveOf(cell: WorkloadCell, { arrivals }: Workload): Curve | null {
  let curves = curvesOf.get(arrivals);
  if (curves === undefined) {
    curves = new Map(
      arrivals.map((curve) => [
        `${curve.cluster}\0${curve.provider}/${curve.model}`,
        { ...curve, total: curve.requests.reduce((sum, requests) => sum + requests, 0) },
      ]),
    );
    curvesOf.set(arrivals, curves);
  }
  return curves.get(`${cell.cluster}\0${cell.routedFrom ?? `${cell.provider}/${cell.model}`}`) ?? null;
}

/** What a fleet costs over the observed span, and how it is sized. */
export interface FleetCost {
  readonly amount: PicoUsd;
  /** What `amount` is the sum of: GPU-hours at market rates, commitments, and the people who run a new fleet. */
  readonly parts: { readonly market: PicoUsd; readonly committed: PicoUsd; readonly people: PicoUsd };
  /** Replicas that the busiest minute needs at the target utilisation, before spares. */
  readonly peakNeed: number;
  /** Most replicas that are paid at once. */
  readonly peakReplicas: number;
  /** GPU-hours paid for. */
  readonly gpuHours: number;
  /** Of those, committed ones. */
  readonly committedGpuHours: number;
}

/**
 * Cost of a fleet under a load: replicas by hour x GPUs a replica x rate, plus the people who run a new fleet.
 *
 * Need of an hour = ceil(load / (60 s x utilisation)). `fixed` pays its replicas whatever the need; `peak` pays the
 * largest need always; `autoscaled` pays each hour's need, no less than the floor, and a lag's worth of every
 * increase ahead of time. Commitments are paid for every hour; what exceeds them at the blend of on-demand and spot.
 * Monotone: more load never costs less.
 */
export function costFleet(fleet: Fleet, load: FleetLoad, hours: number): FleetCost {
  const need = needByHour(fleet, load);
  const peakNeed = Math.max(0, ...need);
  if (fleet.potential && peakNeed === 0) return IDLE;
  const replicas = replicasByHour(fleet, need, peakNeed);
  const { gpusPerReplica } = fleet.serving;
  const committed = fleet.committed?.gpus ?? 0;
  // In GPU-minutes: whole numbers, so that the same plan never costs two amounts.
  const wanted = replicas.reduce(
    (sum, count) => sum + Math.max(0, count * gpusPerReplica - committed) * 60,
    0,
  );
  const ahead = startMinutes(fleet, replicas) * gpusPerReplica;
  const bins = load.length;
  const market = scale(
    blendedRate(fleet) * BigInt(wanted + ahead) * secondsOf(hours),
    1n,
    BigInt(60 * bins * 3600),
  );
  const paid = scale((fleet.committed?.rate ?? 0n) * BigInt(committed) * secondsOf(hours), 1n, 3600n);
  const people = scale(fleet.operationsPicoUsdMonth * secondsOf(hours), 1n, BigInt(HOURS_PER_MONTH * 3600));
  return {
    amount: market + paid + people,
    parts: { market, committed: paid, people },
    peakNeed,
    peakReplicas: Math.max(0, ...replicas),
    gpuHours: ((wanted + ahead) / 60) * (hours / bins) + committed * hours,
    committedGpuHours: committed * hours,
  };
}

/** A fleet that is not in place and has nothing to do. */
const IDLE: FleetCost = {
  amount: 0n,
  parts: { market: 0n, committed: 0n, people: 0n },
  peakNeed: 0,
  peakReplicas: 0,
  gpuHours: 0,
  committedGpuHours: 0,
};

function secondsOf(hours: number): bigint {
  return BigInt(Math.max(1, Math.round(hours * 3600)));
}

/** Work that one replica takes in a minute at the utilisation that sizing aims at. */
export function microsecondsPerReplica({ utilisation }: Fleet): number {
  return Math.max(1, Math.floor(MICROSECONDS_PER_MINUTE * utilisation));
}

export function needByHour(fleet: Fleet, load: FleetLoad): number[] {
  const perReplica = microsecondsPerReplica(fleet);
  return Array.from(load, (work) => Math.ceil(work / perReplica));
}

/**
 * Whether a fixed number of replicas would get more than it can take. A fleet that the estimate calls short already
 * may stay as it is, since it serves its load today; it may not get more.
 *
 * @param observed load of what is on the fleet today, under the same configuration.
 */
export function isOverloaded(fleet: Fleet, load: FleetLoad, observed: FleetLoad): boolean {
  if (fleet.scaling.kind !== "fixed") return false;
  const before = needByHour(fleet, observed);
  const { replicas } = fleet.scaling;
  return needByHour(fleet, load).some((need, hour) => need > Math.max(replicas, before[hour]!));
}

function replicasByHour({ scaling, spare }: Fleet, need: readonly number[], peakNeed: number): number[] {
  const extra = peakNeed > 0 ? spare : 0;
  switch (scaling.kind) {
    case "fixed":
      return need.map(() => scaling.replicas);
    case "peak":
      return need.map(() => peakNeed + extra);
    case "autoscaled":
      return need.map((count) => Math.max(scaling.floor, count) + extra);
  }
}

/** Minutes in which replicas already run and wait for the hour that needs them. */
function startMinutes({ scaling }: Fleet, replicas: readonly number[]): number {
  if (scaling.kind !== "autoscaled") return 0;
  // More than the hour before the increase cannot be charged: that hour would already be paid in full.
  const lag = Math.min(60, Math.ceil(scaling.lagMinutes));
  return replicas.reduce((sum, count, hour) => {
    const before = hour === 0 ? count : replicas[hour - 1]!;
    return sum + Math.max(0, count - before) * lag;
  }, 0);
}

/** Pico-USD a GPU-hour of what is not committed. */
export function blendedRate({ rates, spotShare, spotOverhead }: Fleet): PicoUsd {
  if (rates.spot === null || spotShare === 0) return rates.onDemand;
  const spot = Number(rates.spot) * spotOverhead * spotShare;
  return BigInt(Math.round(spot + Number(rates.onDemand) * (1 - spotShare)));
}
