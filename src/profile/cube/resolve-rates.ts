import { LATEST_TS } from "../../events/contract.js";
import {
  type PriceBook,
  type PriceRow,
  type PriceTerms,
  RATE_COLUMNS,
  rateColumnsAt,
} from "../../pricing/index.js";

/** One combination of price terms in the workload, and the first and last instant at which it occurs. */
export interface PriceKey extends PriceTerms {
  readonly provider: string;
  readonly model: string;
  readonly firstTs: string;
  readonly lastTs: string;
}

/** Rates that hold from `validFrom` until `validUntil`, in the UTC hours of the day `hourFrom` until `hourUntil`. */
export interface RatePeriod {
  readonly validFrom: string;
  readonly validUntil: string;
  readonly hourFrom: number;
  readonly hourUntil: number;
  readonly row: PriceRow;
}

/** Before any event: a trace with offsets for times begins in 1970. */
const BEGINNING = "1970-01-01T00:00:00Z";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Turns the book's rows over time into the periods that one workload needs. Built once per book. */
export function createRateResolver(prices: PriceBook): (key: PriceKey) => RatePeriod[] {
  const bounds = prices.rows.flatMap(({ from, until }) => [from, until]).filter((bound) => bound !== null);
  const cuts = [...new Set(bounds.map((bound) => new Date(bound).toISOString()))].sort();
  // Rates that change by the hour are rare, so the other models are asked once a period and not 24 times.
  const hourly = new Set(prices.rows.filter((row) => row.hoursUtc !== undefined).map(nameOf));
  return (key) => {
    const first = `${key.firstTs.slice(0, 13)}:00:00.000Z`;
    const starts = [first, ...cuts.filter((cut) => cut > first && cut <= key.lastTs)];
    return starts.flatMap((start, at) => {
      const validFrom = at === 0 ? BEGINNING : start;
      const validUntil = starts[at + 1] ?? LATEST_TS;
      return periodsWithin(prices, key, start, hourly).map((period) => ({
        ...period,
        validFrom,
        validUntil,
      }));
    });
  };
}

const nameOf = (row: PriceRow): string => `${row.provider}/${row.model}`;

function periodsWithin(
  prices: PriceBook,
  { provider, model }: PriceKey,
  start: string,
  hourly: ReadonlySet<string>,
): Pick<RatePeriod, "hourFrom" | "hourUntil" | "row">[] {
  const rowAt = (at: Date): PriceRow | null => prices.find({ provider, model, at })?.row ?? null;
  const row = rowAt(new Date(start));
  if (row !== null && !hourly.has(nameOf(row))) return [{ hourFrom: 0, hourUntil: 24, row }];
  if (row === null) return [];
  const day = start.slice(0, 10);
  return HOURS.flatMap((hour) => {
    // The rate at the hour's first minute stands for the hour: the cube is no finer.
    const atHour = rowAt(new Date(`${day}T${String(hour).padStart(2, "0")}:00:00Z`));
    return atHour === null ? [] : [{ hourFrom: hour, hourUntil: hour + 1, row: atHour }];
  });
}

/** Columns of the engine's `price_rates` table, in its order. */
export const PRICE_RATES_COLUMNS = [
  "key_id",
  "valid_from",
  "valid_until",
  "hour_from",
  "hour_until",
  ...RATE_COLUMNS,
] as const;

export function rateValues(
  keyId: number,
  terms: PriceTerms,
  { validFrom, validUntil, hourFrom, hourUntil, row }: RatePeriod,
): (string | number | bigint)[] {
  return [keyId, validFrom, validUntil, hourFrom, hourUntil, ...rateColumnsAt(row, terms)];
}
