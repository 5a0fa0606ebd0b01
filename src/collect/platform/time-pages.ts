import { asObject, readInstant } from "./fields.js";

const SECOND_MS = 1000;

/** Where reading by time goes on. */
export interface TimePlace {
  /** A whole second: where the next page begins, in the direction of reading. */
  readonly atMs: number;
  /** Records to pass over at that second; above 0 only where it alone holds more than a page. */
  readonly offset: number;
  /** What was read already and may come again: ids with their instants. */
  readonly seen: readonly Seen[];
  /** Records read before, for their ordinals. */
  readonly before: number;
}

type Seen = readonly [id: string, ms: number | null];

/** How a platform's records are told apart and ordered. */
export interface TimeOrder {
  readonly direction: "ascending" | "descending";
  readonly pageSize: number;
  readonly id: string;
  readonly instant: string;
}

/** From the first moment of the window, or from its last. */
export function firstPlace({ direction }: TimeOrder, window: { since: Date; until: Date }): TimePlace {
  const atMs =
    direction === "ascending" ? floorToSecond(window.since.getTime()) : ceilToSecond(window.until.getTime());
  return { atMs, offset: 0, seen: [], before: 0 };
}

/** What of a page was not read before. */
export function unseen(place: TimePlace, page: readonly unknown[], order: TimeOrder): readonly unknown[] {
  const seen = new Set(place.seen.map(([id]) => id));
  return page.filter((record) => !seen.has(idOf(record, order)));
}

/**
 * The place after a page; null after the last one. For platforms that filter by time to the second and have no cursor:
 * paging by offset alone would slow down with every page and be moved by what arrives or goes meanwhile. Each page
 * begins with the last second of the one before, and what was read of it is left out.
 */
export function placeAfter(place: TimePlace, page: readonly unknown[], order: TimeOrder): TimePlace | null {
  if (page.length < order.pageSize) return null;
  const fresh = unseen(place, page, order);
  const before = place.before + fresh.length;
  const read: Seen[] = fresh.map((record) => [idOf(record, order), timeOf(record, order)]);
  const atMs = nextSecond(place, page, order);
  const isBehind = ([, ms]: Seen): boolean =>
    ms !== null && (order.direction === "ascending" ? ms < atMs : ms > atMs);
  const seen = [...place.seen, ...read].filter((entry) => !isBehind(entry));
  return { atMs, offset: atMs === place.atMs ? place.offset + order.pageSize : 0, seen, before };
}

/** The last second of a page, both of its ends included; that of the place where the page ends in it. */
function nextSecond({ atMs }: TimePlace, page: readonly unknown[], order: TimeOrder): number {
  const times = page.map((record) => timeOf(record, order)).filter((time) => time !== null);
  return order.direction === "ascending"
    ? Math.max(atMs, floorToSecond(Math.max(...times)))
    : Math.min(atMs, floorToSecond(Math.min(...times)) + SECOND_MS);
}

export const floorToSecond = (ms: number): number => Math.floor(ms / SECOND_MS) * SECOND_MS;
export const ceilToSecond = (ms: number): number => Math.ceil(ms / SECOND_MS) * SECOND_MS;

const idOf = (record: unknown, { id }: TimeOrder): string => String(asObject(record)?.[id]);

/** Null for a record without a readable time, which its normalisation then names. */
function timeOf(record: unknown, { instant }: TimeOrder): number | null {
  try {
    return readInstant(asObject(record)?.[instant], instant);
  } catch {
    return null;
  }
}
