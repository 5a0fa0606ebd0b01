import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asObject } from "./fields.js";
import { ceilToSecond, firstPlace, floorToSecond, placeAfter, type TimeOrder, unseen } from "./time-pages.js";

const window = { since: new Date("2026-11-20T00:00:00.250Z"), until: new Date("2026-11-20T00:00:12.750Z") };

interface Call {
  readonly id: string;
  readonly at: string;
}

/** A platform that filters to the second, sorts by time, and takes an offset. */
function pageOf(calls: readonly Call[], atMs: number, offset: number, order: TimeOrder): readonly Call[] {
  const isAscending = order.direction === "ascending";
  const from = isAscending ? atMs : floorToSecond(window.since.getTime());
  const to = isAscending ? ceilToSecond(window.until.getTime()) : atMs;
  return calls
    .filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to)
    .toSorted((one, other) => (isAscending ? 1 : -1) * (Date.parse(one.at) - Date.parse(other.at)))
    .slice(offset, offset + order.pageSize);
}

describe.each(["ascending", "descending"] as const)("pages by time, %s", (direction) => {
  it("give every record of the window exactly once, however many share a moment", () => {
    const offsets = fc.array(fc.oneof(fc.integer({ min: 250, max: 12_749 }), fc.constant(5000)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(offsets, fc.integer({ min: 1, max: 7 }), (milliseconds, pageSize) => {
        const start = floorToSecond(window.since.getTime());
        const calls = milliseconds.map((ms, index) => ({
          id: `c${index}`,
          at: new Date(start + ms).toISOString(),
        }));
        const order: TimeOrder = { direction, pageSize, id: "id", instant: "at" };
        const read: string[] = [];
        for (let place = firstPlace(order, window), pages = 0; ; pages += 1) {
          expect(pages).toBeLessThan(500);
          const page = pageOf(calls, place.atMs, place.offset, order);
          expect(place.before).toBe(read.length);
          read.push(...unseen(place, page, order).map((record) => String(asObject(record)?.id)));
          const next = placeAfter(place, page, order);
          if (next === null) break;
          place = next;
        }
        expect(read.toSorted()).toEqual(calls.map(({ id }) => id).toSorted());
      }),
    );
  });

  it("go on past records whose time cannot be read", () => {
    const order: TimeOrder = { direction, pageSize: 2, id: "id", instant: "at" };
    const first = firstPlace(order, window);
    const next = placeAfter(first, [{ id: "a", at: "?" }, { id: "b" }], order);
    expect(next).toEqual({
      atMs: first.atMs,
      offset: 2,
      before: 2,
      seen: [
        ["a", null],
        ["b", null],
      ],
    });
  });
});
