import { describe, expect, it } from "vitest";
import {
  firstOf,
  hostIn,
  listIn,
  msBetween,
  normaliseWith,
  objectIn,
  readAmount,
  readCeiling,
  readCount,
  readFlag,
  readInstant,
  readText,
  requireInstant,
  requireObject,
  requireText,
  secondsToMs,
  statusOfHttp,
} from "./fields.js";

const problemOf = (read: () => unknown) => {
  const made = normaliseWith(() => read() as null);
  return made !== null && typeof made === "object" && "problem" in made ? made.problem : null;
};

describe("fields of a platform's record", () => {
  it.each([undefined, null, ""])("that say nothing (%j) are null, never 0", (value) => {
    expect([readCount(value, "n"), readAmount(value, "a"), readText(value, "t")]).toEqual([null, null, null]);
    expect(readInstant(value, "at")).toBeNull();
    expect(firstOf(value, 0, 5)).toBe(0);
  });

  it("may be numbers written as text", () => {
    expect([readCount("1200", "n"), readAmount("3.1e-5", "a"), readCount(7, "n")]).toEqual([
      1200, 0.000031, 7,
    ]);
  });

  it.each([
    ["a negative count", () => readCount(-1, "n"), "negative"],
    ["half a token", () => readCount(0.5, "n"), "wrong_type"],
    ["more than can be counted", () => readCount(2 ** 60, "n"), "out_of_range"],
    ["a text for a count", () => readCount("secret words", "n"), "wrong_type"],
    ["no instant", () => requireInstant(null, "at"), "missing_field"],
    ["a text for an instant", () => readInstant("secret words", "at"), "invalid_timestamp"],
    ["an instant before any usage", () => readInstant("1970-01-01T00:00:00Z", "at"), "out_of_range"],
    ["no text", () => requireText("", "t"), "missing_field"],
    ["an object for a text", () => readText({ secret: 1 }, "t"), "wrong_type"],
    ["a list for a record", () => requireObject(["secret"]), "not_an_object"],
  ])("refuse %s, without quoting it", (_, read, code) => {
    expect(problemOf(read)?.code).toBe(code);
    expect(JSON.stringify(problemOf(read))).not.toContain("secret");
  });

  it("let errors that are not the record's pass", () => {
    expect(() =>
      normaliseWith(() => {
        throw new TypeError("a mistake of ours");
      }),
    ).toThrow("a mistake of ours");
  });

  it("take a negative amount for unknown", () => {
    expect(readAmount(-0.02, "cost")).toBeNull();
  });

  it("turn seconds into milliseconds without binary dust", () => {
    expect([secondsToMs(0.1, "s"), secondsToMs("1.8", "s"), secondsToMs(1.005, "s")]).toEqual([
      100, 1800, 1005,
    ]);
  });

  it.each([
    ["2026-11-20T05:01:02Z", "2026-11-20T05:01:02.000Z"],
    ["2026-11-20T05:01:02.123456+00:00", "2026-11-20T05:01:02.123Z"],
    ["2026-11-20 07:01:02.1", "2026-11-20T07:01:02.100Z"],
    ["2026-11-20 07:01:02+02", "2026-11-20T05:01:02.000Z"],
    ["2026-11-20 07:01:02.5 UTC", "2026-11-20T07:01:02.500Z"],
    ["2026-11-20T07:01", "2026-11-20T07:01:00.000Z"],
  ])("read the instant %s as %s", (text, instant) => {
    expect(new Date(readInstant(text, "at")!).toISOString()).toBe(instant);
  });

  it("tell a duration by its ends, and nothing where the end is missing or first", () => {
    const start = Date.parse("2026-11-20T05:00:00Z");
    const ends = ["2026-11-20T05:00:01.5Z", null, "2026-11-20T04:00:00Z"];
    expect(ends.map((end) => msBetween(start, end, "end"))).toEqual([1500, null, null]);
  });

  it("take a ceiling of tokens from parameters of any kind, where it is one", () => {
    expect([512, "512", 0, -1, 1.5, "all", null, undefined].map(readCeiling)).toEqual([
      512,
      512,
      ...Array.from({ length: 6 }, () => null),
    ]);
  });

  it("read objects and lists that a table holds as text", () => {
    expect(objectIn('{"team":"a"}')).toEqual({ team: "a" });
    expect(objectIn("{broken")).toBeNull();
    expect(objectIn("[1]")).toBeNull();
    expect(listIn('["a"]')).toEqual(["a"]);
    expect(listIn("a")).toEqual([]);
  });

  it("read truth values as databases and spreadsheets write them", () => {
    expect(["True", "t", 1, true].map(readFlag)).toEqual([true, true, true, true]);
    expect(["FALSE", "f", 0, false].map(readFlag)).toEqual([false, false, false, false]);
    expect(["", "maybe", null, 2].map(readFlag)).toEqual([null, null, null, null]);
  });

  it("keep the host of a URL and neither its path nor its query", () => {
    expect(hostIn("https://api.openai.com/v1/chat?key=1")).toBe("api.openai.com");
    expect(hostIn("eu.example.com:8080/v1")).toBe("eu.example.com:8080");
    expect([hostIn(""), hostIn("https://"), hostIn(7)]).toEqual([null, null, null]);
  });

  it("tell the outcome of a call by its HTTP status", () => {
    expect([200, 429, 504, 500, 0, -3, null].map(statusOfHttp)).toEqual([
      "ok",
      "rate_limited",
      "timeout",
      "error",
      null,
      null,
      null,
    ]);
  });
});
