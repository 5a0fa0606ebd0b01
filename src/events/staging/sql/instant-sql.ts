import { EARLIEST_TS, LATEST_TS } from "../../contract.js";
import { EPOCH_BOUNDS, type TimestampUnit } from "../../values/timestamp.js";

const SECONDS = String.raw`\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?`;
const UTC = `${SECONDS}(Z|\\+00:00)?`;
const OFFSET = String.raw`${SECONDS}[+-]([01]\d|2[0-3]):[0-5]\d`;
// 15 digits are exact in a double, which is what the reader in TypeScript computes with.
const WHOLE_NUMBER = String.raw`\d{9,15}`;
const FRACTION = String.raw`\d{9,11}\.\d{1,6}`;

/** The usual shapes, known by length: told apart without a regular expression, which would cost a third of the load. */
const COMMON = ["____-__-__T__:__:__Z", "____-__-__T__:__:__.___Z", "____-__-__T__:__:__.______Z"];

const whole = (text: string, pattern: string): string => `regexp_full_match(${text}, '${pattern}')`;

/**
 * The instant that a text stands for, or NULL where it is not one of the forms that both readers are known to read
 * alike: ISO 8601 with seconds, and seconds to microseconds since 1970. The rest is left to `parseTimestamp`.
 */
export function instantFromText(text: string, unit: TimestampUnit | undefined): string {
  const common = COMMON.map((shape) => `WHEN ${shape.length} THEN ${text} LIKE '${shape}'`);
  return `CASE
    WHEN CASE strlen(${text}) ${common.join(" ")} ELSE ${whole(text, UTC)} END THEN TRY_CAST(${text} AS TIMESTAMP)
    WHEN ${whole(text, OFFSET)} THEN CAST(TRY_CAST(${text} AS TIMESTAMPTZ) AS TIMESTAMP)
    WHEN ${whole(text, WHOLE_NUMBER)} THEN ${instantFromInteger(`TRY_CAST(${text} AS BIGINT)`, unit)}
    WHEN ${whole(text, FRACTION)} AND ${unit === undefined || unit === "s"}
      THEN make_timestamp(CAST(floor(TRY_CAST(${text} AS DOUBLE) * 1e6 + 0.5) AS BIGINT))
  END`;
}

export function instantFromInteger(value: string, unit: TimestampUnit | undefined): string {
  const micros: Readonly<Record<TimestampUnit, string>> = {
    s: `${value} * 1000000`,
    ms: `${value} * 1000`,
    us: value,
    ns: `CAST(floor(CAST(${value} AS DOUBLE) * 1e-3 + 0.5) AS BIGINT)`,
  };
  // Bounds keep the multiplication inside 64 bits; what lies outside is no instant in any unit chosen.
  const limit = unit === "s" ? 1e12 : 1e15;
  if (unit !== undefined) {
    return `CASE WHEN ${value} BETWEEN 0 AND ${limit} THEN make_timestamp(${micros[unit]}) END`;
  }
  const byMagnitude = EPOCH_BOUNDS.map(
    ({ below, unit: of }) => `WHEN ${value} < ${below} THEN ${micros[of]}`,
  );
  return `CASE WHEN ${value} BETWEEN 0 AND 1e15 THEN make_timestamp(CASE ${byMagnitude.join(" ")} END) END`;
}

export const isHonestInstant = (instant: string): string =>
  `${instant} BETWEEN TIMESTAMP '${EARLIEST_TS.slice(0, -1)}' AND TIMESTAMP '${LATEST_TS.slice(0, -1)}'`;
