import {
  type ConditionResult,
  type EnvironmentCondition,
  FACTS,
  type Fact,
  type FactValues,
  type MatchResult,
  type Template,
} from "../contract.js";
import { type Comparison, holds, type Operator, parseComparisons } from "./comparison.js";

const BY_NAME: ReadonlyMap<string, Fact> = new Map(FACTS.map((fact) => [fact.name, fact]));

/** Holds a template's `environment_match` against the facts. Pure. */
export function matchTemplate(template: Pick<Template, "environmentMatch">, facts: FactValues): MatchResult {
  const conditions = template.environmentMatch.map((condition) => judge(condition, facts));
  const count = (answer: ConditionResult["answer"]): number =>
    conditions.filter((condition) => condition.answer === answer).length;
  const points = count("yes") + count("unknown") / 2;
  return {
    fits: count("no") > 0 ? "no" : count("unknown") > 0 ? "unknown" : "yes",
    score: conditions.length === 0 ? 0 : points / conditions.length,
    conditions,
  };
}

/** What is wrong with a condition, as found and expected; null where it can be judged. */
export function conditionFault({ fact: name, wanted }: EnvironmentCondition): ConditionFault | null {
  const fact = BY_NAME.get(name);
  if (fact?.kind === "list") return mixedFault(entriesOf(wanted));
  if (fact?.kind !== "number") return null;
  const comparisons = parseComparisons(String(wanted));
  if (comparisons === null) {
    return {
      found: `"${String(wanted)}"`,
      expected: 'comparisons such as "< 60%", ">= 1000", ">= 5 and < 50"',
    };
  }
  const isShare = fact.unit === "share";
  const strange = comparisons.find(({ value, isPercentage }) =>
    isShare ? value < 0 || value > 1 : isPercentage,
  );
  if (strange === undefined) return null;
  return isShare
    ? { found: `${strange.value} for a share`, expected: "a percentage, or a number from 0 to 1" }
    : { found: "a percentage", expected: `a number of ${fact.unit}` };
}

export interface ConditionFault {
  readonly found: string;
  readonly expected: string;
}

function mixedFault(entries: readonly string[]): ConditionFault | null {
  const excluded = entries.filter((entry) => entry.startsWith("!"));
  return excluded.length === 0 || excluded.length === entries.length
    ? null
    : { found: "entries with and without !", expected: "any of (no !), or none of (! before each)" };
}

function judge(condition: EnvironmentCondition, facts: FactValues): ConditionResult {
  const fact = BY_NAME.get(condition.fact);
  if (fact === undefined) throw new RangeError(`no such fact: ${condition.fact}`);
  const actual = facts[condition.fact];
  const wanted = describeWanted(condition.wanted, fact);
  if (actual === undefined) {
    return { fact: fact.name, answer: "unknown", reason: `${fact.meaning}: not known; wanted ${wanted}` };
  }
  const isMet = compare(condition.wanted, fact, actual);
  return {
    fact: fact.name,
    answer: isMet ? "yes" : "no",
    reason: `${fact.meaning}: ${describeActual(actual, fact)}, wanted ${wanted}`,
  };
}

function compare(
  wanted: EnvironmentCondition["wanted"],
  fact: Fact,
  actual: NonNullable<FactValues[string]>,
): boolean {
  if (fact.kind === "number" && typeof actual === "number") {
    return (parseComparisons(String(wanted)) ?? []).every((comparison) => holds(actual, comparison));
  }
  if (fact.kind === "flag" && typeof actual === "boolean") return actual === wanted;
  if (fact.kind === "list" && typeof actual === "object") return meets(entriesOf(wanted), actual);
  throw new RangeError(`the fact ${fact.name} is a ${fact.kind}, not ${JSON.stringify(actual)}`);
}

function meets(entries: readonly string[], actual: readonly string[]): boolean {
  const isThere = (pattern: string): boolean => actual.some((value) => fitsPattern(value, pattern));
  return entries[0]?.startsWith("!") === true
    ? entries.every((entry) => !isThere(entry.slice(1).trim()))
    : entries.some(isThere);
}

function entriesOf(wanted: EnvironmentCondition["wanted"]): readonly string[] {
  return typeof wanted === "object" ? wanted : [String(wanted)];
}

/** `*` stands for anything, everything else for itself, case aside. No regular expression: patterns are anyone's. */
function fitsPattern(value: string, pattern: string): boolean {
  const text = value.toLowerCase();
  const [first, ...others] = pattern.toLowerCase().split("*");
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first!)) return false;
  let position = first!.length;
  for (const part of others) {
    const found = text.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}

const WORDS: Readonly<Record<Operator, string>> = {
  "<": "below",
  "<=": "at most",
  ">": "above",
  ">=": "at least",
  "==": "exactly",
  "!=": "other than",
};

function describeWanted(wanted: EnvironmentCondition["wanted"], fact: Fact): string {
  if (fact.kind === "flag") return wanted === true ? "yes" : "no";
  if (fact.kind === "list") {
    const entries = entriesOf(wanted);
    return entries[0]?.startsWith("!") === true
      ? `none of ${entries.map((entry) => entry.slice(1).trim()).join(", ")}`
      : `${entries.length === 1 ? "" : "any of "}${entries.join(", ")}`;
  }
  const words = ({ operator, value }: Comparison): string =>
    `${WORDS[operator]} ${describeNumber(value, fact)}`;
  return (parseComparisons(String(wanted)) ?? []).map(words).join(" and ");
}

function describeActual(actual: NonNullable<FactValues[string]>, fact: Fact): string {
  if (typeof actual === "boolean") return actual ? "yes" : "no";
  if (typeof actual === "number") return describeNumber(actual, fact);
  return actual.length === 0 ? "none" : actual.join(", ");
}

function describeNumber(value: number, { unit }: Fact): string {
  if (unit === "share") return `${Number((value * 100).toFixed(1))} %`;
  const digits = Math.abs(value) < 1 ? 4 : 2;
  return `${value.toLocaleString("en-US", { maximumFractionDigits: digits })} ${unit}`;
}
