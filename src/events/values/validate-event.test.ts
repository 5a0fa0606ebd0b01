import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventSchema } from "../contract.js";
import { event } from "../fixtures/workbench.js";
import { COLUMN_NAMES } from "./event-columns.js";
import { parseJsonLine } from "./lenient-json.js";
import { isoFromMicros, parseTimestamp } from "./timestamp.js";
import { validateEvent } from "./validate-event.js";

const anyValue = fc.oneof(
  fc.constant(null),
  fc.constant(undefined),
  fc.boolean(),
  fc.integer({ min: -5, max: 300 }),
  fc.double({ noNaN: false }),
  fc.string({ maxLength: 8 }),
  fc.constantFrom("ok", "error", "billed", "list_price", "2026-06-01T10:00:00Z", "", "12"),
  fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }),
);

const anyEvent = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom(...COLUMN_NAMES), anyValue), {
      selector: ([name]) => name,
      maxLength: 5,
    }),
    fc.boolean(),
  )
  .map(([changes, complete]) => {
    const all = complete ? Object.fromEntries(COLUMN_NAMES.slice(0, 12).map((name) => [name, null])) : {};
    return { ...all, ...event({ id: "x" }), ...Object.fromEntries(changes) };
  });

describe("a judged event", () => {
  it("fits the published schema whenever it is accepted", () => {
    fc.assert(
      fc.property(anyEvent, (value) => {
        const verdict = validateEvent(value);
        if ("problem" in verdict) return;
        expect(eventSchema.safeParse({ ...verdict.event, id: verdict.event.id ?? "derived" }).success).toBe(
          true,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("is accepted whenever it fits the schema and is complete, dated and consistent", () => {
    fc.assert(
      fc.property(anyEvent, (value) => {
        const parsed = eventSchema.safeParse(value);
        if (!parsed.success) return;
        const verdict = validateEvent(value);
        if ("event" in verdict) return;
        const allowed = [
          "missing_field",
          "invalid_timestamp",
          "out_of_range",
          "subset_exceeds_total",
          "invalid_value",
        ];
        expect(allowed).toContain(verdict.problem.code);
        if (verdict.problem.code === "out_of_range")
          expect(["ts", "cost_usd"]).toContain(verdict.problem.field);
        if (verdict.problem.code === "invalid_value") expect(verdict.problem.field).toBe("request_count");
      }),
      { numRuns: 3000 },
    );
  });

  it("may lack an id, and any column that says nothing about cost", () => {
    expect(validateEvent(event())).toMatchObject({ event: { id: null, intent: null, tenant: null } });
  });

  it.each([
    { request_count: 1 },
    { request_count: 1, grain: "request" },
    { request_count: 40, grain: "bucket" },
    { request_count: 0, grain: "bucket" },
    { grain: "bucket" },
  ])("may stand for %j", (fields) => {
    expect(validateEvent(event(fields))).toMatchObject({ event: fields });
  });

  it.each([{ request_count: 40 }, { request_count: 0 }, { request_count: 2, grain: "request" }])(
    "is one request and cannot stand for %j",
    (fields) => {
      expect(validateEvent(event(fields))).toMatchObject({
        problem: { code: "invalid_value", field: "request_count" },
      });
    },
  );

  it.each([null, 4, "text", [event()]])("is an object, not %j", (value) => {
    expect(validateEvent(value)).toMatchObject({ problem: { code: "not_an_object", field: null } });
  });

  it("names numbers in full and texts by length", () => {
    const messageOf = (fields: Record<string, unknown>) => {
      const verdict = validateEvent(event(fields));
      return "problem" in verdict ? verdict.problem.message : null;
    };
    expect(messageOf({ turn: -3 })).toBe("found -3, expected a whole number of 0 or more");
    expect(messageOf({ turn: "a secret" })).toBe(
      "found a text of 8 characters, expected a whole number of 0 or more",
    );
    expect(messageOf({ turn: { a: 1 } })).toBe(
      "found an object with 1 fields, expected a whole number of 0 or more",
    );
    expect(messageOf({ reasoning_tokens: 11 })).toBe(
      "found 11 reasoning_tokens, expected at most the 10 output_tokens that include them",
    );
  });
});

describe("an instant", () => {
  const read = (value: unknown, unit?: "s" | "ms" | "us" | "ns") => {
    const parsed = parseTimestamp(value, unit);
    return "micros" in parsed ? isoFromMicros(parsed.micros) : parsed.fault.code;
  };

  it("in any zone is the same instant in UTC", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2016-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
        fc.integer({ min: -23 * 60, max: 23 * 60 }),
        (date, offset) => {
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
          const [sign, minutes] = [offset < 0 ? "-" : "+", Math.abs(offset)];
          const zone = `${sign}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
          expect(read(`${local}${zone}`)).toBe(date.toISOString());
        },
      ),
    );
  });

  it("as a number means the same in every unit", () => {
    const seconds = 1_780_308_000;
    const expected = "2026-06-01T10:00:00.000Z";
    expect([seconds, seconds * 1e3, seconds * 1e6, seconds * 1e9].map((value) => read(value))).toEqual(
      [1, 2, 3, 4].map(() => expected),
    );
    expect([
      read(seconds, "s"),
      read(seconds * 1e3, "ms"),
      read(`${seconds * 1e6}`, "us"),
      read(seconds * 1e9, "ns"),
    ]).toEqual([1, 2, 3, 4].map(() => expected));
  });

  it.each([
    ["2026-06-01T24:00:00Z", "2026-06-02T00:00:00.000Z"],
    ["2026-06-01T24:00:01Z", "invalid_timestamp"],
    ["2026-06-01T10:00:00 UTC", "2026-06-01T10:00:00.000Z"],
    ["2026-06-01T10:00:00+24:00", "invalid_timestamp"],
    ["2026-06-01T10:00:00 Europe/Berlin", "invalid_timestamp"],
    ["2026/06/01", "invalid_timestamp"],
    ["2015-01-01T00:00:00Z", "2015-01-01T00:00:00.000Z"],
    ["2014-12-31T23:59:59Z", "out_of_range"],
    ["", "invalid_timestamp"],
    [Number.NaN, "invalid_timestamp"],
    [0, "out_of_range"],
  ])("%s reads as %s", (value, expected) => {
    expect(read(value)).toBe(expected);
  });
});

describe("a line of JSON", () => {
  it("is what JSON says, wherever it is JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJsonLine(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  it("may hold numbers that are none, and a last comma", () => {
    expect(parseJsonLine('{"a":NaN,"b":[-Infinity,inf,],"c":"NaN, Infinity,]",}')).toEqual({
      value: { a: Number.NaN, b: [-Infinity, Infinity], c: "NaN, Infinity,]" },
    });
  });

  it.each([
    ['{"a":1', "truncated_line"],
    ['{"a":"text', "truncated_line"],
    ['{"a":"te\\"', "truncated_line"],
    ['{"a":[1,{"b":', "truncated_line"],
    ["{a:1}", "invalid_json"],
    ['{"a":1}}', "invalid_json"],
    ["nonsense", "invalid_json"],
    ["[1", "invalid_json"],
  ])("%s is %s", (text, code) => {
    expect(parseJsonLine(text)).toMatchObject({ fault: { code } });
  });

  it("is truncated at every place where an object could be cut", () => {
    const line = JSON.stringify(event({ tenant: 'a "b" \\ c', attributes: { list: [1, { deep: true }] } }));
    for (let end = 1; end < line.length; end += 1) {
      expect(parseJsonLine(line.slice(0, end))).toMatchObject({ fault: { code: "truncated_line" } });
    }
  });
});
