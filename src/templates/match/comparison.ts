/** A comparison with a fixed number, as `environment_match` and metric thresholds write it. */
export interface Comparison {
  readonly operator: Operator;
  /** A percentage is kept as a share: 60 % is 0.6. */
  readonly value: number;
  readonly isPercentage: boolean;
}

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";

const PATTERN = /^(<=|>=|==|!=|<|>)?\s*(-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(%?)$/;

/**
 * Reads `"< 60%"`, `">= 1_000"`, `"4"` (equal), and several joined by `and`, all of which must hold; null where the
 * text is something else.
 */
export function parseComparisons(text: string): readonly Comparison[] | null {
  const parts = text.split(/\s+and\s+/i).map((part) => parseComparison(part.trim()));
  return parts.every((part) => part !== null) ? parts : null;
}

function parseComparison(text: string): Comparison | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const isPercentage = match[3] === "%";
  const value = Number(match[2]!.replaceAll("_", "")) / (isPercentage ? 100 : 1);
  if (!Number.isFinite(value)) return null;
  return { operator: (match[1] ?? "==") as Operator, value, isPercentage };
}

export function holds(actual: number, { operator, value }: Comparison): boolean {
  switch (operator) {
    case "<":
      return actual < value;
    case "<=":
      return actual <= value;
    case ">":
      return actual > value;
    case ">=":
      return actual >= value;
    case "==":
      return actual === value;
    case "!=":
      return actual !== value;
  }
}
