import { blendedRate } from "../../levers/index.js";
import type { Loads } from "./loads.js";
import type { Row, Term } from "./milp.js";
import { type FleetBlock, type FleetConfig, needsProof, type Problem } from "./problem.js";
import {
  busyVariable,
  configVariable,
  fleetVariable,
  type Placed,
  replicaVariable,
  toUnits,
} from "./variables.js";

/** Hours of which each is the busiest for some option: enough to bound the peak from below. */
const PEAK_HOURS = 6;

export function fleetRows(
  problem: Problem,
  loads: Loads,
  placed: readonly Placed[],
  block: FleetBlock,
  index: number,
  unit: number,
): { readonly rows: readonly Row[]; readonly integers: readonly string[] } {
  const feeding = placed.filter(({ option }) => option.feeds.includes(block.fleet));
  const rows: Row[] = [];
  const integers: string[] = [];
  for (const unitIndex of new Set(feeding.map((place) => place.unit))) {
    const own = feeding.filter((place) => place.unit === unitIndex);
    rows.push({
      terms: [...own.map(({ variable }): Term => [1, variable]), [-1, busyVariable(index)]],
      sense: "<=",
      right: 0,
    });
  }
  block.configs.forEach((config, place) => {
    const bound = configRows(problem, loads, feeding, block.fleet, config, index, place, unit);
    rows.push(...bound.rows, ...conflictRows(feeding, block, config, configVariable(index, place)));
    integers.push(...bound.integers);
  });
  return { rows, integers };
}

/** Certificates of two changes to the same answers do not add up, and nothing joins a fleet that is being proven. */
function conflictRows(
  feeding: readonly Placed[],
  { fleet }: FleetBlock,
  { changes }: FleetConfig,
  variable: string,
): Row[] {
  if (!changes.some(needsProof)) return [];
  return feeding
    .filter(({ option }) => option.changes.some(needsProof) || option.joins.includes(fleet))
    .map(
      (place): Row => ({
        terms: [
          [1, place.variable],
          [1, variable],
        ],
        sense: "<=",
        right: 1,
      }),
    );
}

/** Lower bounds of one configuration's cost, switched off where it is not chosen. */
function configRows(
  { terms: { hours } }: Problem,
  loads: Loads,
  feeding: readonly Placed[],
  fleet: string,
  config: FleetConfig,
  fleetIndex: number,
  place: number,
  unit: number,
): { rows: Row[]; integers: string[] } {
  const { scaling, spare, utilisation, committed, serving, potential } = config.fleet;
  const chosen = configVariable(fleetIndex, place);
  const cost = fleetVariable(fleetIndex);
  const busy = busyVariable(fleetIndex);
  const gpuSpan = toUnits(blendedRate(config.fleet), unit) * hours;
  const reserved = toUnits(committed?.rate ?? 0n, unit) * hours * (committed?.gpus ?? 0);
  const people = (toUnits(config.fleet.operationsPicoUsdMonth, unit) * hours) / 730;
  const gpus = serving.gpusPerReplica;
  const rows: Row[] = [];
  const integers: string[] = [];
  // Every row reads: cost >= base + sum(terms) - most * (1 - chosen).
  const atLeast = (base: number, terms: readonly Term[], most: number) =>
    rows.push({
      terms: [[1, cost], ...terms.map(([size, name]): Term => [-size, name]), [-most, chosen]],
      sense: ">=",
      right: base - most,
    });
  const always = potential ? 0 : 1;
  const whenBusy = potential ? 1 : 0;
  if (scaling.kind === "fixed") {
    const paid = Math.max(0, scaling.replicas * gpus - (committed?.gpus ?? 0)) * gpuSpan + reserved + people;
    atLeast(always * paid, [[whenBusy * paid, busy]], paid);
    return { rows, integers };
  }
  const perReplica = Math.max(1, Math.floor(60_000_000 * utilisation));
  const options = feeding.map((own) => ({ ...own, load: loads.of(own.option, fleet, config)! }));
  const most = (value: (load: Float64Array) => number) =>
    [...new Set(options.map((own) => own.unit))].reduce(
      (sum, own) => sum + Math.max(0, ...options.filter((o) => o.unit === own).map((o) => value(o.load))),
      0,
    );
  const spareCost = spare * gpus * gpuSpan;
  const offset = (committed?.gpus ?? 0) * gpuSpan - reserved;
  const commitmentAlone = reserved + 0;
  if (committed !== null)
    atLeast(
      always * commitmentAlone,
      [[whenBusy * commitmentAlone + people, busy]],
      commitmentAlone + people,
    );
  if (scaling.kind === "peak") {
    const replicas = replicaVariable(fleetIndex, place);
    integers.push(replicas);
    for (const hour of busiestHours(options.map(({ load }) => load))) {
      const highest = most((load) => load[hour]!) / perReplica;
      rows.push({
        terms: [
          [1, replicas],
          ...options.map(({ load, variable }): Term => [-load[hour]! / perReplica, variable]),
          [-highest, chosen],
        ],
        sense: ">=",
        right: -highest - 1e-9,
      });
    }
    const highest =
      Math.ceil(
        Math.max(
          0,
          ...busiestHours(options.map(({ load }) => load)).map((hour) => most((load) => load[hour]!)),
        ) / perReplica,
      ) + 1;
    atLeast(
      -offset,
      [
        [gpus * gpuSpan, replicas],
        [spareCost + people, busy],
      ],
      Math.max(0, highest * gpus * gpuSpan + spareCost + people - offset),
    );
    return { rows, integers };
  }
  const bins = options[0]?.load.length ?? 1;
  const mean = (load: Float64Array) => load.reduce((sum, work) => sum + work, 0) / (perReplica * bins);
  const highest = most(mean);
  atLeast(
    -offset,
    [
      ...options.map(({ load, variable }): Term => [mean(load) * gpus * gpuSpan, variable]),
      [spareCost + people, busy],
    ],
    Math.max(0, highest * gpus * gpuSpan + spareCost + people - offset),
  );
  const floor = Math.max(0, scaling.floor * gpus * gpuSpan - offset);
  atLeast(always * floor, [[whenBusy * floor + people, busy]], floor + people);
  return { rows, integers };
}

function busiestHours(loads: readonly Float64Array[]): number[] {
  const hours = loads[0]?.length ?? 0;
  const total = new Float64Array(hours);
  const peaks = new Set<number>();
  for (const load of loads) {
    let best = 0;
    for (let hour = 0; hour < hours; hour += 1) {
      total[hour]! += load[hour]!;
      if (load[hour]! > load[best]!) best = hour;
    }
    if (hours > 0) peaks.add(best);
  }
  const byTotal = Array.from(total.keys()).sort((a, b) => total[b]! - total[a]! || a - b);
  return [...new Set([...byTotal.slice(0, PEAK_HOURS), ...peaks])].slice(0, 2 * PEAK_HOURS);
}
