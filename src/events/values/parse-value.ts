import { COST_BASES, EVENT_STATUSES, GRAINS } from "../contract.js";
import { type ColumnKind, MAX_COST_USD } from "./event-columns.js";
import { describeValue, type Fault } from "./fault.js";
import { parseJsonLine } from "./lenient-json.js";
import { isoFromMicros, parseTimestamp, type TimestampUnit } from "./timestamp.js";

/** How a source writes values, where it differs from canonical JSON. */
export interface Reading {
  /** CSV and Parquet: numbers and flags may be text, and an empty text is absent. */
  readonly textual: boolean;
  /** Columns that the user mapped, and Parquet: a whole number may stand where text is expected (a customer number). */
  readonly integersAsText: boolean;
  readonly tsUnit?: TimestampUnit;
}

export type Parsed = { readonly value: unknown } | { readonly fault: Fault };

const fault = (code: Fault["code"], value: unknown, expected: string): Parsed => ({
  fault: { code, message: `found ${describeValue(value)}, expected ${expected}` },
});

const NUMERIC = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i;

/** Parses one value that is present. Absent ones (null, undefined, empty cells) are the caller's to judge. */
export const PARSERS: Readonly<Record<ColumnKind, (value: unknown, reading: Reading) => Parsed>> = {
  instant: (value, { tsUnit }) => {
    if (typeof value !== "string" && typeof value !== "number")
      return fault("wrong_type", value, "an instant");
    const parsed = parseTimestamp(value, tsUnit);
    return "fault" in parsed ? parsed : { value: isoFromMicros(parsed.micros) };
  },
  text: (value, { integersAsText }) => {
    if (integersAsText && Number.isSafeInteger(value)) return { value: String(value) };
    if (typeof value !== "string") return fault("wrong_type", value, "a text");
    return value === "" ? fault("invalid_value", value, "a text or null") : { value };
  },
  count: (value, reading) => parseNumber(value, reading, "a whole number of 0 or more", true),
  amount: (value, reading) => parseNumber(value, reading, "a number of 0 or more"),
  score: (value, reading) => atMost(1, parseNumber(value, reading, "a number from 0 to 1")),
  money: (value, reading) => atMost(MAX_COST_USD, parseNumber(value, reading, "an amount in USD")),
  flag: (value, { textual }) => {
    if (typeof value === "boolean") return { value };
    const word = textual ? String(value).trim().toLowerCase() : "";
    if (word === "true" || word === "1") return { value: true };
    if (word === "false" || word === "0") return { value: false };
    return fault("wrong_type", value, "true or false");
  },
  status: (value) => oneOf(EVENT_STATUSES, value),
  basis: (value) => oneOf(COST_BASES, value),
  grain: (value) => oneOf(GRAINS, value),
  hashes: parseHashes,
  labels: parseLabels,
};

function parseNumber(value: unknown, { textual }: Reading, expected: string, whole = false): Parsed {
  const trimmed = textual && typeof value === "string" ? value.trim() : null;
  if (
    typeof value !== "number" &&
    (trimmed === null || !(NUMERIC.test(trimmed) || NOT_FINITE.test(trimmed)))
  ) {
    return fault("wrong_type", value, expected);
  }
  const number = trimmed === null ? (value as number) : Number(trimmed);
  if (!Number.isFinite(number)) {
    return {
      fault: { code: "not_finite", message: `found a number that is not finite, expected ${expected}` },
    };
  }
  if (number < 0) return fault("negative", number, expected);
  // Adding 0 turns -0 into 0.
  if (!whole) return { value: number + 0 };
  if (!Number.isInteger(number)) return fault("wrong_type", number, expected);
  if (!Number.isSafeInteger(number)) return fault("out_of_range", number, "at most 9007199254740991");
  return { value: number + 0 };
}

function atMost(limit: number, parsed: Parsed): Parsed {
  if ("fault" in parsed || (parsed.value as number) <= limit) return parsed;
  return fault("out_of_range", parsed.value, `at most ${limit}`);
}

function oneOf(words: readonly string[], value: unknown): Parsed {
  if (typeof value !== "string") return fault("wrong_type", value, `one of ${words.join(", ")}`);
  return words.includes(value) ? { value } : fault("invalid_value", value, `one of ${words.join(", ")}`);
}

function parseHashes(value: unknown, { textual }: Reading): Parsed {
  const expected = "a list of texts or whole numbers";
  const list = textual && typeof value === "string" ? parsedText(value) : value;
  if (!Array.isArray(list)) return fault("wrong_type", value, expected);
  const wrong = list.find((item) => (typeof item === "string" ? item === "" : !Number.isSafeInteger(item)));
  if (wrong !== undefined) return fault(wrong === "" ? "invalid_value" : "wrong_type", wrong, expected);
  return list.includes(undefined) ? fault("wrong_type", value, expected) : { value: list };
}

function parseLabels(value: unknown, { textual }: Reading): Parsed {
  const labels = textual && typeof value === "string" ? parsedText(value) : value;
  const isObject = typeof labels === "object" && labels !== null && !Array.isArray(labels);
  return isObject ? { value: labels } : fault("wrong_type", value, "an object");
}

function parsedText(text: string): unknown {
  const parsed = parseJsonLine(text);
  return "fault" in parsed ? undefined : parsed.value;
}
