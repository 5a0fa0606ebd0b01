import { compileExpression, type Expression, type Kind, type Value } from "../expressions/compile.js";
import { ExpressionFault } from "../expressions/fault.js";

/** For how long a condition must hold before it counts. */
export type Persistence =
  | { readonly kind: "now" }
  | { readonly kind: "window"; readonly ms: number; readonly text: string }
  | { readonly kind: "consecutive"; readonly count: number };

/** A rollback trigger's condition: what must hold, and for how long. */
export interface Condition {
  readonly text: string;
  readonly expression: Expression;
  readonly persistence: Persistence;
  /** Metrics that a measurement must have to be judged. */
  readonly metrics: readonly string[];
  /** Metrics whose value before the change is needed; the name in the expression, then the metric. */
  readonly baselines: ReadonlyMap<string, string>;
}

export interface Measurement {
  /** Milliseconds since 1970, UTC. */
  readonly atMs: number;
  readonly values: ReadonlyMap<string, number>;
}

export interface ConditionState {
  /** `unknown`: no measurement can be judged, or a baseline is missing. */
  readonly state: "holds" | "does_not_hold" | "unknown";
  readonly reason: string;
  /** Since when it has held without a break, up to the last measurement; null where it does not hold there. */
  readonly sinceMs: number | null;
  /** Measurements that were judged; the others lack a metric of the condition. */
  readonly judged: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

const PERSISTENCE = /\sfor\s+(.*)$/is;
const EXPECTED_PERSISTENCE =
  "for N seconds, minutes, hours or days, or for N consecutive measurements, with N at least 1";

/**
 * Reads `cost_per_token > baseline * 1.1 for 30 minutes` over the names of a template's key metrics.
 *
 * @throws ExpressionFault with the position in `text`.
 */
export function parseCondition(text: string, metrics: readonly string[]): Condition {
  const suffix = PERSISTENCE.exec(text);
  const test = suffix === null ? text : text.slice(0, suffix.index);
  const expression = compileExpression(test, namesOf(metrics));
  if (expression.kind === "number") throw new ExpressionFault(0, "a number", "a comparison, true or false");
  const used = metrics.filter((metric) => expression.names.includes(metric));
  if (used.length === 0) {
    throw new ExpressionFault(0, "no key metric in the condition", `one of ${metrics.join(", ")}`);
  }
  return {
    text,
    expression,
    persistence: suffix === null ? { kind: "now" } : parsePersistence(suffix[1]!, text, suffix.index),
    metrics: used,
    baselines: baselinesOf(expression, used, metrics),
  };
}

/** Each metric, its value before the change, and `baseline` for short. */
function namesOf(metrics: readonly string[]): ReadonlyMap<string, Kind> {
  const names = metrics.flatMap((metric) => [metric, `baseline_${metric}`]);
  return new Map([...names, "baseline"].map((name) => [name, "number"]));
}

function baselinesOf(
  { names, text }: Expression,
  used: readonly string[],
  metrics: readonly string[],
): ReadonlyMap<string, string> {
  const explicit = metrics
    .filter((metric) => names.includes(`baseline_${metric}`))
    .map((metric) => [`baseline_${metric}`, metric] as const);
  if (!names.includes("baseline")) return new Map(explicit);
  if (used.length !== 1) {
    throw new ExpressionFault(
      Math.max(0, text.search(/\bbaseline\b/)),
      `baseline beside ${used.length} metrics`,
      "one metric, or baseline_<metric> for each",
    );
  }
  return new Map([["baseline", used[0]!], ...explicit]);
}

function parsePersistence(words: string, text: string, offset: number): Persistence {
  const match = /^(\d+)\s+(?:(consecutive)\s+measurements?|(second|minute|hour|day)s?)\s*$/i.exec(words);
  const count = Number(match?.[1] ?? 0);
  if (match === null || count < 1 || !Number.isSafeInteger(count * UNIT_MS.day!)) {
    const start = text.toLowerCase().indexOf("for", offset);
    throw new ExpressionFault(start, `"for ${words.trim()}"`, EXPECTED_PERSISTENCE);
  }
  if (match[2] !== undefined) return { kind: "consecutive", count };
  const unit = match[3]!.toLowerCase();
  return { kind: "window", ms: count * UNIT_MS[unit]!, text: `${count} ${unit}${count === 1 ? "" : "s"}` };
}

/**
 * Judges a condition at the last of `measurements`, which stand in time order. One that lacks a metric of the condition,
 * or for which the expression has no value (a division by zero), neither holds nor breaks it: it is left out.
 *
 * @param baselines value of each metric before the change.
 * @throws RangeError where the measurements are not in time order.
 */
export function evaluateCondition(
  condition: Condition,
  measurements: readonly Measurement[],
  baselines: ReadonlyMap<string, number>,
): ConditionState {
  const lacking = [...condition.baselines.values()].find((metric) => !baselines.has(metric));
  if (lacking !== undefined) return unknown(`no value of ${lacking} before the change is known`);
  const fixed = [...condition.baselines].map(([name, metric]) => [name, baselines.get(metric)!] as const);
  const judged = judge(condition, measurements, fixed);
  const last = judged.at(-1);
  if (last === undefined) return unknown(`no measurement has ${condition.metrics.join(" and ")}`);
  const streak = streakOf(judged);
  if (streak.length === 0) {
    return {
      state: "does_not_hold",
      reason: "it does not hold at the last measurement",
      sinceMs: null,
      judged: judged.length,
    };
  }
  const { enough, reason } = persists(condition.persistence, streak);
  return {
    state: enough ? "holds" : "does_not_hold",
    reason,
    sinceMs: streak[0]!.atMs,
    judged: judged.length,
  };
}

interface Judged {
  readonly atMs: number;
  readonly isTrue: boolean;
}

function judge(
  { expression, metrics }: Condition,
  measurements: readonly Measurement[],
  fixed: readonly (readonly [string, number])[],
): Judged[] {
  const judged: Judged[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (const { atMs, values } of measurements) {
    if (atMs < previous) throw new RangeError("measurements are not in time order");
    previous = atMs;
    if (!metrics.every((metric) => values.has(metric))) continue;
    const result = valueAt(expression, new Map([...values, ...fixed]));
    if (typeof result === "boolean") judged.push({ atMs, isTrue: result });
  }
  return judged;
}

function valueAt(expression: Expression, values: ReadonlyMap<string, number>): Value | null {
  try {
    return expression.evaluate(values);
  } catch (error) {
    if (error instanceof ExpressionFault) return null;
    throw error;
  }
}

/** The last measurements at which it held without a break. */
function streakOf(judged: readonly Judged[]): readonly Judged[] {
  const broken = judged.findLastIndex(({ isTrue }) => !isTrue);
  return judged.slice(broken + 1);
}

function persists(persistence: Persistence, streak: readonly Judged[]): { enough: boolean; reason: string } {
  switch (persistence.kind) {
    case "now":
      return { enough: true, reason: "it holds at the last measurement" };
    case "consecutive": {
      const enough = streak.length >= persistence.count;
      return {
        enough,
        reason: `it holds at the last ${streak.length} measurements, ${persistence.count} are asked for`,
      };
    }
    case "window": {
      const lastedMs = streak.at(-1)!.atMs - streak[0]!.atMs;
      const minutes = Math.round(lastedMs / 6000) / 10;
      return {
        enough: lastedMs >= persistence.ms,
        reason: `it has held for ${minutes} minutes without a break, ${persistence.text} are asked for`,
      };
    }
  }
}

const unknown = (reason: string): ConditionState => ({ state: "unknown", reason, sinceMs: null, judged: 0 });
