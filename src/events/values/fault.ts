import type { ProblemCode } from "../contract.js";

/** Why one value cannot be used. */
export interface Fault {
  readonly code: ProblemCode;
  /** What was found and what was expected; texts by length only. */
  readonly message: string;
}

/** A value as a message may show it: numbers verbatim, everything that could hold a prompt by type and size. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "boolean":
      return `${value}`;
    case "string":
      return value === "" ? "an empty text" : `a text of ${value.length} characters`;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `a list of ${value.length}`;
      return `an object with ${Object.keys(value).length} fields`;
    default:
      return `a ${typeof value}`;
  }
}
