import { type Folding, normaliseText } from "./text.js";

export interface LeafOptions extends Folding {
  /** Lists in order, or as multisets: an element then matches whole or not at all. */
  readonly arrays: "ordered" | "multiset";
  /** A text that is a JSON number and nothing else equals that number. */
  readonly number_text: boolean;
}

/** Numbers are compared at this many significant digits, so that 0.1 + 0.2 is 0.3. */
const SIGNIFICANT_DIGITS = 12;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/**
 * Share of the reference's leaves that the answer has at the same path. Fields that the reference does not name are
 * ignored; elements of a list beyond the reference's own count as wrong, since a list that holds everything would
 * otherwise match anything. An empty object or list is one leaf.
 */
export function leafMatch(answer: unknown, reference: unknown, options: LeafOptions): number {
  const count = { leaves: 0, equal: 0 };
  const miss = (value: unknown): void => {
    count.leaves += leavesOf(value);
  };
  const visit = (expected: unknown, found: unknown): void => {
    if (Array.isArray(expected) && expected.length > 0) {
      const others: readonly unknown[] = Array.isArray(found) ? found : [];
      if (options.arrays === "multiset") {
        matchMultiset(expected, others, options, count);
        return;
      }
      for (const [index, value] of expected.entries()) visit(value, others[index]);
      for (const value of others.slice(expected.length)) miss(value);
      return;
    }
    if (isRecord(expected) && Object.keys(expected).length > 0) {
      const other = isRecord(found) ? found : {};
      for (const [key, value] of Object.entries(expected))
        visit(value, Object.hasOwn(other, key) ? other[key] : undefined);
      return;
    }
    count.leaves += 1;
    if (canonicalKey(expected, options) === canonicalKey(found, options)) count.equal += 1;
  };
  visit(reference, answer);
  return count.equal / count.leaves;
}

function matchMultiset(
  expected: readonly unknown[],
  found: readonly unknown[],
  options: LeafOptions,
  count: { leaves: number; equal: number },
): void {
  const left = new Map<string, unknown[]>();
  for (const value of found) {
    const key = canonicalKey(value, options);
    left.set(key, [...(left.get(key) ?? []), value]);
  }
  for (const value of expected) {
    const leaves = leavesOf(value);
    count.leaves += leaves;
    if (left.get(canonicalKey(value, options))?.pop() !== undefined) count.equal += leaves;
  }
  // The lightest of them: the order in which an answer lists its elements must not matter.
  const unmatched = [...left.values()]
    .flat()
    .map(leavesOf)
    .sort((a, b) => a - b);
  for (const leaves of unmatched.slice(0, Math.max(0, found.length - expected.length)))
    count.leaves += leaves;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function leavesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const inside = Object.values(value).reduce((sum: number, part: unknown) => sum + leavesOf(part), 0);
  return Math.max(1, inside);
}

/** Equal for values that count as equal: keys in any order, numbers and texts normalised, multisets sorted. */
function canonicalKey(value: unknown, options: LeafOptions): string {
  if (typeof value === "number") return numberKey(value);
  if (typeof value === "string") {
    const text = normaliseText(value, options);
    return options.number_text && JSON_NUMBER.test(text) ? numberKey(Number(text)) : JSON.stringify(text);
  }
  if (Array.isArray(value)) {
    const keys = value.map((part) => canonicalKey(part, options));
    return `[${(options.arrays === "multiset" ? keys.sort() : keys).join()}]`;
  }
  if (isRecord(value)) {
    const fields = Object.entries(value).map(
      ([key, part]) => `${JSON.stringify(key)}:${canonicalKey(part, options)}`,
    );
    return `{${fields.sort().join()}}`;
  }
  // Nothing in JSON reads "undefined", so an absent field equals no value.
  return String(value);
}

// Adding zero turns minus zero into zero.
const numberKey = (value: number): string => String(Number(value.toPrecision(SIGNIFICANT_DIGITS)) + 0);
