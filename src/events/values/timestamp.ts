import { EARLIEST_TS, LATEST_TS } from "../contract.js";
import type { Fault } from "./fault.js";

export type TimestampUnit = "s" | "ms" | "us" | "ns";

const MICROS_PER_MILLI = 1000;
export const EARLIEST_MICROS = Date.parse(EARLIEST_TS) * MICROS_PER_MILLI;
export const LATEST_MICROS = Date.parse(LATEST_TS) * MICROS_PER_MILLI;

/** Numbers below each bound are read as that unit: 1e11 s is the year 5138, 1e11 ms is 1973. */
export const EPOCH_BOUNDS = [
  { below: 1e11, unit: "s" },
  { below: 1e14, unit: "ms" },
  { below: 1e17, unit: "us" },
] as const;

const MICROS_PER_UNIT: Readonly<Record<TimestampUnit, number>> = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 };

const DATE = String.raw`(\d{4,6})-(\d\d)-(\d\d)`;
// Hours and seconds of one digit, an empty fraction and 24:00 are no ISO 8601 of today, but the engine reads them.
const TIME = String.raw`([ \t]?\d|[01]\d|2[0-4]):([0-5]\d)(?::([0-5]?\d)(?:\.(\d*))?)?`;
const ZONE = String.raw`(Z|z|UTC|[+-]\d\d(?::?\d\d)?)`;
const ISO = new RegExp(`^${DATE}(?:[Tt ]${TIME} ?${ZONE}?)?$`);
const NUMERIC = /^-?\d+(?:\.\d+)?$/;

const invalid = (found: string): Fault => ({
  code: "invalid_timestamp",
  message: `found ${found}, expected an ISO 8601 instant or seconds, milliseconds, microseconds or nanoseconds since 1970`,
});

/**
 * Microseconds since 1970. Text without a zone is UTC; digits beyond microseconds are cut; a bare date is midnight.
 * Numbers, and text that is a number, are read in `unit`, by magnitude when it is absent. With a unit they may also be
 * offsets from the start of a trace, which many published traces hold: such a trace then begins in 1970.
 */
export function parseTimestamp(value: unknown, unit?: TimestampUnit): { micros: number } | { fault: Fault } {
  const micros =
    typeof value === "number" ? microsOfNumber(value, unit) : microsOfText(String(value).trim(), unit);
  if (micros === null) {
    return {
      fault: invalid(
        typeof value === "number" ? `the number ${value}` : `a text of ${String(value).length} characters`,
      ),
    };
  }
  const earliest = isOffset(value, unit) ? 0 : EARLIEST_MICROS;
  if (micros >= earliest && micros <= LATEST_MICROS) return { micros };
  return {
    fault: {
      code: "out_of_range",
      message: `found the instant ${shown(micros)}, expected one from ${EARLIEST_TS} to ${LATEST_TS}; check the unit`,
    },
  };
}

const isOffset = (value: unknown, unit: TimestampUnit | undefined): boolean =>
  unit !== undefined && (typeof value === "number" || NUMERIC.test(String(value).trim()));

function microsOfNumber(value: number, unit?: TimestampUnit): number | null {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  const chosen = unit ?? EPOCH_BOUNDS.find(({ below }) => size < below)?.unit ?? "ns";
  return Math.floor(value * MICROS_PER_UNIT[chosen] + 0.5);
}

function microsOfText(text: string, unit?: TimestampUnit): number | null {
  if (NUMERIC.test(text)) return microsOfNumber(Number(text), unit);
  const match = ISO.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as number[];
  const date = new Date(Date.UTC(year!, month! - 1, day!));
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day!) return null;
  const offsetMinutes = minutesOfZone(match[8]);
  if (offsetMinutes === null) return null;
  const isMidnight = hour === 24 && minute === 0 && second === 0 && Number(match[7] || 0) === 0;
  if (hour! > 23 && !isMidnight) return null;
  const seconds = date.getTime() / 1000 + hour! * 3600 + (minute! - offsetMinutes) * 60 + second!;
  return seconds * 1e6 + Number((match[7] ?? "").slice(0, 6).padEnd(6, "0"));
}

/** Null for an offset that no zone has: the widest in use is +14:00, and anything from a day on is a mistake. */
function minutesOfZone(zone: string | undefined): number | null {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? "");
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  if (minutes >= 24 * 60 || Number(match[3] ?? 0) > 59) return null;
  return match[1] === "-" ? -minutes : minutes;
}

function shown(micros: number): string {
  const date = new Date(micros / MICROS_PER_MILLI);
  return Number.isNaN(date.getTime()) ? `${micros} microseconds after 1970` : date.toISOString();
}

/** ISO 8601 UTC text with microseconds only where they are not whole milliseconds. */
export function isoFromMicros(micros: number): string {
  const millis = Math.floor(micros / MICROS_PER_MILLI);
  const rest = micros - millis * MICROS_PER_MILLI;
  const text = new Date(millis).toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}
