import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requireReadOnly } from "../../warehouse/sql-text.js";
import { explainVarying, fitColumns, quotedName, type VaryingColumn } from "./sql-text.js";

const upper = (part: string): string => part.toUpperCase();

describe("a name in the settings", () => {
  it("is quoted part by part; plain parts as the platform resolves them", () => {
    expect(quotedName('db."My Schema".calls', upper, '"')).toBe('"DB"."My Schema"."CALLS"');
    expect(quotedName("main.`a``b`.t", (part) => part, "`")).toBe("`main`.`a``b`.`t`");
  });

  it.each([
    "",
    "a.",
    ".a",
    "a b",
    "count(*)",
    "a;drop table b",
    "a--",
    "1a",
    "a'b",
    '"a',
    "a:b",
    "(select 1)",
  ])("is refused where it is no name: %s", (name) => {
    expect(() => quotedName(name, upper, '"')).toThrow(
      expect.objectContaining({ code: "TOP-COLLECT-NAME", exitCode: 2 }),
    );
  });

  it("can never end its own quotes, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom('"', "`"), (text, quote) => {
        const given = `"${text.replaceAll('"', '""')}"`;
        fc.pre(text !== "");
        const made = quotedName(given, upper, quote as '"');
        expect(made.slice(1, -1).replaceAll(quote + quote, "")).not.toContain(quote);
        expect(made.slice(1, -1).replaceAll(quote + quote, quote)).toBe(text);
        if (!/[\\$]/.test(text)) expect(() => requireReadOnly(`SELECT 1 FROM ${made}`)).not.toThrow();
      }),
    );
  });
});

const VARYING: readonly VaryingColumn[] = [
  { column: "u.latency_ms", instead: [{ has: "duration_ms", sql: "u.duration_ms" }], type: "DOUBLE" },
  { column: "u.tag", type: "STRING" },
];
const SQL = "SELECT u.latency_ms AS latency_ms, u.tag AS tag, u.tag_2 FROM t AS u ORDER BY u.latency_ms";

describe("a statement for a table of another generation", () => {
  it("stays as its file has it where all columns are there", () => {
    expect(fitColumns(SQL, VARYING, new Set(["latency_ms", "tag"]))).toBe(SQL);
  });

  it("reads a substitute or NULL in place of what is not there", () => {
    expect(fitColumns(SQL, VARYING, new Set(["duration_ms"]))).toBe(
      "SELECT u.duration_ms AS latency_ms, CAST(NULL AS STRING) AS tag, u.tag_2 FROM t AS u ORDER BY u.duration_ms",
    );
    expect(fitColumns(SQL, VARYING, new Set())).toContain("CAST(NULL AS DOUBLE) AS latency_ms");
  });

  it("says beforehand what it may read instead", () => {
    expect(explainVarying(VARYING)).toEqual([
      "  where the table has no u.latency_ms: u.duration_ms, else NULL",
      "  where the table has no u.tag: NULL",
    ]);
  });
});
