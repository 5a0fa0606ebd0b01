export interface DayCount {
  /** `2026-10-01`, UTC. */
  readonly day: string;
  readonly requests: number;
}

export interface Growth {
  readonly dailyChange: number;
  readonly firstWeekRequests: number;
  readonly lastWeekRequests: number;
  readonly basis: "estimated";
}

const DAY_MS = 86_400_000;
const MINIMUM_DAYS = 14;
/** A first or last day counts as whole when traffic begins, or ends, within this long of midnight. */
const EDGE_MS = 3_600_000;
/** Stands for a day without requests, whose logarithm does not exist. */
const EMPTY_DAY = 0.5;

/**
 * Relative change of daily requests per day: exp(b) - 1 with b the least-squares slope of ln(requests) over whole
 * UTC days, days without traffic included. null for fewer than 14 whole days.
 */
export function fitGrowth(counts: readonly DayCount[], first: string, last: string): Growth | null {
  const days = wholeDays(first, last);
  if (days.length < MINIMUM_DAYS) return null;
  const byDay = new Map(counts.map(({ day, requests }) => [day, requests]));
  const requests = days.map((day) => byDay.get(day) ?? 0);
  return {
    dailyChange: Math.expm1(slopeOf(requests.map((count) => Math.log(Math.max(count, EMPTY_DAY))))),
    firstWeekRequests: sum(requests.slice(0, 7)),
    lastWeekRequests: sum(requests.slice(-7)),
    basis: "estimated",
  };
}

function wholeDays(first: string, last: string): string[] {
  const [start, end] = [Date.parse(first), Date.parse(last)];
  const firstDay = Math.ceil((start - EDGE_MS) / DAY_MS);
  const afterLastDay = Math.floor((end + EDGE_MS) / DAY_MS);
  const length = Math.max(0, afterLastDay - firstDay);
  return Array.from({ length }, (_, at) => new Date((firstDay + at) * DAY_MS).toISOString().slice(0, 10));
}

function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = sum(values) / values.length;
  let [covariance, variance] = [0, 0];
  values.forEach((value, at) => {
    covariance += (at - middle) * (value - mean);
    variance += (at - middle) ** 2;
  });
  return covariance / variance;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
