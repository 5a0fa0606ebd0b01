import { blendedRate, type FleetLoad, microsecondsPerReplica } from "../../levers/index.js";
import { HOURS_PER_MONTH } from "../../profile/contract.js";
import type { Loads } from "./loads.js";
import type { Row, Term } from "./milp.js";
import { barsProof, type FleetBlock, type FleetConfig, needsProof, type Problem } from "./problem.js";
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
  const { hours } = problem.terms;
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
    const bound = configRows({
      config,
      fed: feeding.map(({ option, variable, unit: own }) => ({
        unit: own,
        variable,
        load: loads.of(option, block.fleet, config)!,
      })),
      observed: () => loads.observed(block.fleet, config),
      cost: fleetVariable(index),
      chosen: configVariable(index, place),
      busy: busyVariable(index),
      replicas: replicaVariable(index, place),
      gpuSpan: toUnits(blendedRate(config.fleet), unit) * hours,
      reserved:
        toUnits(config.fleet.committed?.rate ?? 0n, unit) * hours * (config.fleet.committed?.gpus ?? 0),
      people: (toUnits(config.fleet.operationsPicoUsdMonth, unit) * hours) / HOURS_PER_MONTH,
      perReplica: microsecondsPerReplica(config.fleet),
    });
    rows.push(...bound.rows, ...conflictRows(feeding, block, config, configVariable(index, place)));
    integers.push(...bound.integers);
  });
  return { rows, integers };
}

function conflictRows(
  feeding: readonly Placed[],
  { fleet }: FleetBlock,
  { changes }: FleetConfig,
  variable: string,
): Row[] {
  if (!changes.some(needsProof)) return [];
  return feeding
    .filter(({ option }) => barsProof(option, fleet))
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

interface Fed {
  readonly unit: number;
  readonly variable: string;
  readonly load: FleetLoad;
}

/** One configuration in the programme's terms: amounts in its units over the observed span. */
interface Bounded {
  readonly config: FleetConfig;
  readonly fed: readonly Fed[];
  readonly observed: () => FleetLoad;
  readonly cost: string;
  readonly chosen: string;
  readonly busy: string;
  readonly replicas: string;
  readonly gpuSpan: number;
  readonly reserved: number;
  readonly people: number;
  /** Microseconds of work that one replica takes in a minute at the target utilisation. */
  readonly perReplica: number;
}

interface Bound {
  readonly rows: readonly Row[];
  readonly integers: readonly string[];
}

/** Lower bounds of one configuration's cost, switched off where it is not chosen. */
function configRows(bounded: Bounded): Bound {
  switch (bounded.config.fleet.scaling.kind) {
    case "fixed":
      return fixedRows(bounded);
    case "peak":
      return peakRows(bounded);
    case "autoscaled":
      return elasticRows(bounded);
  }
}

/** The replicas are paid whatever they do, and no hour gives them more than they can take, or than they have today. */
function fixedRows(bounded: Bounded): Bound {
  const { config, fed, observed, gpuSpan, reserved, people, perReplica, chosen } = bounded;
  const { scaling, serving, committed } = config.fleet;
  const today = observed();
  const replicas = scaling.kind === "fixed" ? scaling.replicas : 0;
  const paid =
    Math.max(0, replicas * serving.gpusPerReplica - (committed?.gpus ?? 0)) * gpuSpan + reserved + people;
  const room = busiestHours(fed).map((hour): Row => {
    const highest = mostOf(fed, (load) => load[hour]! / perReplica);
    const limit = Math.max(replicas, Math.ceil(today[hour]! / perReplica));
    return {
      terms: [
        ...fed.map(({ load, variable }): Term => [load[hour]! / perReplica, variable]),
        [highest, chosen],
      ],
      sense: "<=",
      right: limit + highest + 1e-9,
    };
  });
  return { rows: [costRow(bounded, paid, 0, [], paid), ...room], integers: [] };
}

/** As many replicas, a whole number, as the busiest hours need. */
function peakRows(bounded: Bounded): Bound {
  const { config, fed, gpuSpan, reserved, people, perReplica, chosen, replicas, busy } = bounded;
  const gpus = config.fleet.serving.gpusPerReplica;
  const hours = busiestHours(fed);
  const needs = hours.map((hour): Row => {
    const highest = mostOf(fed, (load) => load[hour]!) / perReplica;
    return {
      terms: [
        [1, replicas],
        ...fed.map(({ load, variable }): Term => [-load[hour]! / perReplica, variable]),
        [-highest, chosen],
      ],
      sense: ">=",
      right: -highest - 1e-9,
    };
  });
  const highest =
    Math.ceil(Math.max(0, ...hours.map((hour) => mostOf(fed, (load) => load[hour]!))) / perReplica) + 1;
  const spare = config.fleet.spare * gpus * gpuSpan + people;
  const base = reserved - (config.fleet.committed?.gpus ?? 0) * gpuSpan;
  const size = Math.max(0, base + highest * gpus * gpuSpan + spare);
  const terms: Term[] = [
    [gpus * gpuSpan, replicas],
    [spare, busy],
  ];
  return {
    rows: [commitmentRow(bounded), costRow(bounded, base, 0, terms, size), ...needs],
    integers: [replicas],
  };
}

/** Hour by hour without rounding up to whole replicas, and never less than the floor. */
function elasticRows(bounded: Bounded): Bound {
  const { config, fed, gpuSpan, reserved, people, perReplica, busy } = bounded;
  const { serving, scaling, spare, committed } = config.fleet;
  const gpus = serving.gpusPerReplica;
  const mean = (load: FleetLoad) => load.reduce((sum, work) => sum + work, 0) / (perReplica * load.length);
  const base = reserved - (committed?.gpus ?? 0) * gpuSpan;
  const spares = spare * gpus * gpuSpan + people;
  const size = Math.max(0, base + mostOf(fed, mean) * gpus * gpuSpan + spares);
  const terms: Term[] = [
    ...fed.map(({ load, variable }): Term => [mean(load) * gpus * gpuSpan, variable]),
    [spares, busy],
  ];
  const floor = Math.max(0, base + (scaling.kind === "autoscaled" ? scaling.floor : 0) * gpus * gpuSpan);
  return {
    rows: [
      commitmentRow(bounded),
      costRow(bounded, base, 0, terms, size),
      costRow(bounded, floor, people, [], floor + people),
    ],
    integers: [],
  };
}

/** What is committed is paid in any case. */
function commitmentRow(bounded: Bounded): Row {
  const { reserved, people } = bounded;
  return costRow(bounded, reserved, people, [], reserved + people);
}

/**
 * cost >= base + people while busy + terms, where the configuration is chosen; `size` is the most that the right side
 * can be. A fleet that is not in place owes its base only while it is busy.
 */
function costRow(
  { config, cost, chosen, busy }: Bounded,
  base: number,
  people: number,
  terms: readonly Term[],
  size: number,
): Row {
  const { potential } = config.fleet;
  // A base below 0 is what a commitment takes off: it stays on the right side, where it only lowers the bound.
  const whenBusy = people + (potential && base > 0 ? base : 0);
  const always = potential && base > 0 ? 0 : base;
  return {
    terms: [
      [1, cost],
      ...terms.map(([amount, name]): Term => [-amount, name]),
      [-whenBusy, busy],
      [-size, chosen],
    ],
    sense: ">=",
    right: always - size,
  };
}

/** The most that options of all models together can add up to. */
function mostOf(fed: readonly Fed[], value: (load: FleetLoad) => number): number {
  const byUnit = new Map<number, number>();
  for (const { unit, load } of fed) byUnit.set(unit, Math.max(byUnit.get(unit) ?? 0, value(load)));
  return [...byUnit.values()].reduce((sum, most) => sum + most, 0);
}

function busiestHours(fed: readonly Fed[]): number[] {
  const hours = fed[0]?.load.length ?? 0;
  const total = new Float64Array(hours);
  const peaks = new Set<number>();
  for (const { load } of fed) {
    let best = 0;
    for (let hour = 0; hour < hours; hour += 1) {
      total[hour]! += load[hour]!;
      if (load[hour]! > load[best]!) best = hour;
    }
    peaks.add(best);
  }
  const byTotal = Array.from(total.keys()).sort((a, b) => total[b]! - total[a]! || a - b);
  return [...new Set([...byTotal.slice(0, PEAK_HOURS), ...peaks])].slice(0, 2 * PEAK_HOURS);
}
