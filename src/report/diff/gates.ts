import { UsageError } from "../../shared/errors.js";
import { toUsd } from "../../shared/money.js";
import { nearest } from "../../shared/nearest.js";
import type { CostComparison } from "./compare.js";

type Unit = "%" | "usd" | "";

/** A figure that a gate may limit. */
interface Metric {
  readonly name: string;
  readonly meaning: string;
  readonly units: readonly Unit[];
  /** In the unit; null where it cannot be told (a share of nothing). */
  value(comparison: CostComparison, unit: Unit): number | null;
}

/** Growth of a count as a percentage; no growth from nothing to nothing. */
const growth = (from: number, to: number): number | null =>
  from === 0 ? (to === 0 ? 0 : null) : ((to - from) / from) * 100;

const METRICS: readonly Metric[] = [
  {
    name: "cost-increase",
    meaning: "optimized less baseline, as a share of the baseline or in USD a month",
    units: ["%", "usd"],
    value: ({ baseline, optimized, change }, unit) =>
      unit === "usd" ? toUsd(change) : growth(toUsd(baseline.cost), toUsd(optimized.cost)),
  },
  {
    name: "cost",
    meaning: "cost of optimized, USD a month",
    units: ["usd"],
    value: ({ optimized }) => toUsd(optimized.cost),
  },
  {
    name: "cost-per-request-increase",
    meaning: "growth of the mean cost of a request",
    units: ["%"],
    value: ({ baseline, optimized }) => {
      if (baseline.requests === 0 || optimized.requests === 0) return null;
      return growth(toUsd(baseline.cost) / baseline.requests, toUsd(optimized.cost) / optimized.requests);
    },
  },
  {
    name: "requests-increase",
    meaning: "growth of requests",
    units: ["%"],
    value: ({ baseline, optimized }) => growth(baseline.requests, optimized.requests),
  },
  {
    name: "input-tokens-increase",
    meaning: "growth of input tokens",
    units: ["%"],
    value: ({ baseline, optimized }) => growth(baseline.inputTokens, optimized.inputTokens),
  },
  {
    name: "output-tokens-increase",
    meaning: "growth of output tokens",
    units: ["%"],
    value: ({ baseline, optimized }) => growth(baseline.outputTokens, optimized.outputTokens),
  },
  {
    name: "row-cost-increase",
    meaning: "greatest growth of one line's cost, USD a month",
    units: ["usd"],
    value: ({ rows }) => rows.reduce((most, { change }) => Math.max(most, toUsd(change)), 0),
  },
];

/** What may follow `--fail-on`, for help and messages. */
export const GATE_METRICS = METRICS.map(({ name, meaning, units }) => ({ name, meaning, units }));

export interface Gate {
  readonly text: string;
  readonly metric: string;
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly limit: number;
  readonly unit: Unit;
}

export interface GateResult extends Gate {
  /** The figure that was compared; null where it cannot be told, and then the gate does not hold. */
  readonly value: number | null;
  /** Whether what is forbidden did not happen. */
  readonly holds: boolean;
}

const GATE = /^\s*([a-z-]+)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(%|usd)?\s*$/i;

/** Reads `cost-increase>5%`: what must not happen. Throws TOP-DIFF-GATE for anything else. */
export function parseGate(text: string): Gate {
  const match = GATE.exec(text);
  if (match === null) throw badGate(text, "It is not a metric, a comparison and a number.");
  const [, name = "", comparison, limit, given = ""] = match;
  const metric = METRICS.find((candidate) => candidate.name === name.toLowerCase());
  const names = METRICS.map((candidate) => candidate.name);
  if (metric === undefined) {
    const close = nearest(name, names);
    throw badGate(text, `There is no metric "${name}"${close === null ? "" : `; did you mean "${close}"?`}`);
  }
  const unit = given === "" && metric.units.length === 1 ? metric.units[0]! : (given.toLowerCase() as Unit);
  if (!metric.units.includes(unit))
    throw badGate(text, `"${metric.name}" is limited in ${metric.units.join(" or ")}.`);
  return {
    text: text.trim(),
    metric: metric.name,
    comparison: comparison as Gate["comparison"],
    limit: Number(limit),
    unit,
  };
}

/** Judges each gate. A figure that cannot be told fails its gate: silence is no proof that a limit was kept. */
export function judgeGates(gates: readonly Gate[], comparison: CostComparison): GateResult[] {
  return gates.map((gate) => {
    const metric = METRICS.find(({ name }) => name === gate.metric)!;
    const exact = metric.value(comparison, gate.unit);
    // Without the dust of binary fractions: a growth of 6 % is not 5.9999999999 %.
    const value = exact === null ? null : Number(exact.toFixed(9));
    return { ...gate, value, holds: value !== null && !happened(value, gate) };
  });
}

function happened(value: number, { comparison, limit }: Gate): boolean {
  if (comparison === ">") return value > limit;
  if (comparison === ">=") return value >= limit;
  return comparison === "<" ? value < limit : value <= limit;
}

function badGate(text: string, found: string): UsageError {
  return new UsageError({
    code: "TOP-DIFF-GATE",
    message: `--fail-on "${text}" cannot be read.`,
    found,
    fix: `Example: --fail-on 'cost-increase>5%'. Metrics: ${METRICS.map(({ name }) => name).join(", ")}.`,
  });
}
