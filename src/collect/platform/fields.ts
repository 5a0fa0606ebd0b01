import { EARLIEST_TS, LATEST_TS, type Problem, type ProblemCode } from "../../events/contract.js";
import type { Normalised } from "../contract.js";

/**
 * Readers of platforms' records. A value may be written as text (cells of a CSV export, decimals in JSON); null, an
 * absent key and an empty text are all "not said" and read as null, never as 0. A value that is there but cannot be
 * right throws `RecordProblem`, which `normaliseWith` turns into a rejected row.
 */

export type JsonObject = { readonly [key: string]: unknown };

/** Why a record cannot be used. Carries the kind and size of what was found, never its text. */
export class RecordProblem extends Error {
  readonly problem: Omit<Problem, "file" | "line">;

  constructor(code: ProblemCode, field: string | null, message: string) {
    super(message);
    this.problem = { code, field, message };
  }
}

/** Runs a normalisation; what it could not read is the record's problem, not an error. */
export function normaliseWith(read: () => Normalised | null): Normalised | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordProblem) return { problem: error.problem };
    throw error;
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The record as an object; a problem where it is none. */
export function requireObject(value: unknown): JsonObject {
  const record = asObject(value);
  if (record !== null) return record;
  throw new RecordProblem("not_an_object", null, `found ${describe(value)}, expected an object.`);
}

/** An object, or the text of one as CSV exports hold it; null for anything else. */
export function objectIn(value: unknown): JsonObject | null {
  return asObject(jsonIn(value));
}

/** A list, or the text of one as CSV exports hold it; empty for anything else. */
export function listIn(value: unknown): readonly unknown[] {
  const list = jsonIn(value);
  return Array.isArray(list) ? list : [];
}

/** The value of a text that is a JSON object or list; anything else as it is. */
export function jsonIn(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === "";

/** The first of several values that is said at all. */
export function firstOf(...values: readonly unknown[]): unknown {
  return values.find((value) => !isAbsent(value)) ?? null;
}

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** A finite number of any sign; null where it is not said. */
export function readNumber(value: unknown, field: string): number | null {
  if (isAbsent(value)) return null;
  const number =
    typeof value === "string" && DECIMAL.test(value) ? Number(value) : (value as number | string);
  if (typeof number !== "number")
    throw new RecordProblem("wrong_type", field, `found ${describe(value)}, expected a number.`);
  if (!Number.isFinite(number))
    throw new RecordProblem("not_finite", field, "found a number that is not finite.");
  return number;
}

/** A count of tokens or requests; null where it is not said. */
export function readCount(value: unknown, field: string): number | null {
  const number = readNumber(value, field);
  if (number === null) return null;
  const found = `found ${number}, expected a whole number from 0.`;
  if (number < 0) throw new RecordProblem("negative", field, found);
  if (!Number.isInteger(number)) throw new RecordProblem("wrong_type", field, found);
  if (!Number.isSafeInteger(number)) throw new RecordProblem("out_of_range", field, found);
  return number + 0;
}

/**
 * Money or a duration that cannot be below 0; null where it is not said. A negative figure is a known fault of
 * trackers (a cost after more cached than total tokens, a clock set back), and says nothing: null too.
 */
export function readAmount(value: unknown, field: string): number | null {
  const number = readNumber(value, field);
  return number === null || number < 0 ? null : number + 0;
}

/** Seconds as milliseconds, without the dust of binary fractions (0.1 s is 100 ms). */
export function secondsToMs(value: unknown, field: string): number | null {
  const seconds = readAmount(value, field);
  return seconds === null ? null : Number((seconds * 1000).toFixed(6));
}

/** A name or id; a number is taken as its digits. Null where it is not said. */
export function readText(value: unknown, field: string): string | null {
  if (isAbsent(value)) return null;
  if (typeof value === "string") return value.trim() === "" ? null : value;
  if (Number.isSafeInteger(value)) return String(value);
  throw new RecordProblem("wrong_type", field, `found ${describe(value)}, expected a text.`);
}

export function requireText(value: unknown, field: string): string {
  const text = readText(value, field);
  if (text !== null) return text;
  throw new RecordProblem("missing_field", field, "found nothing, expected a text.");
}

/** A truth value, also as CSV writers spell it; null for anything else. */
export function readFlag(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  const word =
    typeof value === "string" ? value.trim().toLowerCase() : value === 1 || value === 0 ? `${value}` : "";
  if (["true", "t", "1"].includes(word)) return true;
  return ["false", "f", "0"].includes(word) ? false : null;
}

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i;
const EARLIEST_MS = Date.parse(EARLIEST_TS);
const LATEST_MS = Date.parse(LATEST_TS);

/**
 * An instant as milliseconds since 1970; null where it is not said. ISO 8601 with `T` or a space; without a zone it
 * is UTC, as the databases behind these platforms store it. Digits below milliseconds are cut.
 */
export function readInstant(value: unknown, field: string): number | null {
  if (isAbsent(value)) return null;
  const match = typeof value === "string" ? INSTANT.exec(value.trim()) : null;
  const parsed = match === null ? Number.NaN : Date.parse(isoOf(match));
  if (Number.isNaN(parsed))
    throw new RecordProblem(
      "invalid_timestamp",
      field,
      `found ${describe(value)}, expected an ISO 8601 instant.`,
    );
  if (parsed >= EARLIEST_MS && parsed < LATEST_MS) return parsed;
  throw new RecordProblem("out_of_range", field, `found the year ${new Date(parsed).getUTCFullYear()}.`);
}

function isoOf([, date, time, fraction = "", zone = "Z"]: RegExpExecArray): string {
  const offset = /^[+-]/.test(zone)
    ? zone.replace(/^(...):?(\d\d)?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`)
    : "Z";
  return `${date}T${time!.padEnd(8, ":00")}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`;
}

export function requireInstant(value: unknown, field: string): number {
  const instant = readInstant(value, field);
  if (instant !== null) return instant;
  throw new RecordProblem("missing_field", field, "found nothing, expected an ISO 8601 instant.");
}

/** Milliseconds from a start to an end that is given as an instant; null where it is not said or lies before. */
export function msBetween(startMs: number, end: unknown, field: string): number | null {
  const endMs = readInstant(end, field);
  return endMs === null || endMs < startMs ? null : endMs - startMs;
}

/** A ceiling of tokens among an application's own parameters; anything but a count above 0 says nothing. */
export function readCeiling(value: unknown): number | null {
  const count = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  return Number.isSafeInteger(count) && count > 0 ? count : null;
}

/** Host of a URL; null where there is none to read. Paths and queries are left out: they can hold names and keys. */
export function hostIn(value: unknown): string | null {
  if (typeof value !== "string" || value === "") return null;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  return URL.canParse(text) ? new URL(text).host || null : null;
}

/** Outcome of a call by its HTTP status; null where the status says nothing. */
export function statusOfHttp(status: number | null): "ok" | "error" | "timeout" | "rate_limited" | null {
  if (status === null || status <= 0) return null;
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 504) return "timeout";
  return status < 400 ? "ok" : "error";
}

/** Type and size of a value; numbers verbatim, texts never. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
