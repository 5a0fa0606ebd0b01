import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBTypeId } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../shared/log.js";
import type { Engine, EngineValue } from "../contract.js";
import { openDuckDb } from "./index.js";
import { TYPE } from "./type-ids.js";
import { microsFromIso, scaledDecimal } from "./write-values.js";

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenop-engine-"));
  engine = await openDuckDb(
    { scratchDir: join(folder, "scratch"), threads: 1 },
    { log: silentLogger, signal: new AbortController().signal },
  );
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

describe("values that leave the engine", () => {
  it.each<[string, EngineValue]>([
    ["true", true],
    ["42::INTEGER", 42],
    ["4200000000::BIGINT", 4_200_000_000],
    ["170141183460469231731687303715884105727::HUGEINT", 170141183460469231731687303715884105727n],
    ["1::HUGEINT", 1n],
    ["0.5::DOUBLE", 0.5],
    ["47.608895000000::DECIMAL(18,12)", "47.608895000000"],
    ["'text'", "text"],
    ["TIMESTAMP '2026-03-14 10:00:00'", "2026-03-14T10:00:00.000Z"],
    ["TIMESTAMP '2023-11-16 18:17:03.979960'", "2023-11-16T18:17:03.979960Z"],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", "1969-12-31T23:59:59.999999Z"],
    ["TIMESTAMPTZ '2026-03-14 10:00:00+02'", "2026-03-14T08:00:00.000Z"],
    ["TIMESTAMP_MS '2026-03-14 10:00:00.123'", "2026-03-14T10:00:00.123Z"],
    ["TIMESTAMP_NS '2026-03-14 10:00:00.123456789'", "2026-03-14T10:00:00.123456Z"],
    ["TIMESTAMP_S '2026-03-14 10:00:00'", "2026-03-14T10:00:00.000Z"],
    ["DATE '2026-03-14'", "2026-03-14"],
    ["[1, NULL, 3]::BIGINT[]", [1, null, 3]],
    ["{'a': 1::BIGINT, 'b': ['x']}", { a: 1, b: ["x"] }],
    ["MAP {'k': 2::BIGINT}", { k: 2 }],
    ["NULL::BIGINT", null],
  ])("gives %s by the contract's rules", async (expression, expected) => {
    const rows = await engine.rows(`SELECT ${expression} AS value`);

    expect(rows).toEqual([{ value: expected }]);
  });

  it("refuses a 64-bit value that no JavaScript number can hold", async () => {
    await expect(engine.rows("SELECT 9007199254740993::BIGINT AS n")).rejects.toMatchObject({
      code: "TOP-ENGINE-RANGE",
    });
  });

  it("spells the driver's type ids as the driver does", () => {
    for (const [name, id] of Object.entries(TYPE)) expect(DuckDBTypeId[id]).toBe(name);
  });
});

describe("values that enter the engine", () => {
  it("come back as they were appended", async () => {
    await engine.run(`CREATE TABLE sample (
      flag BOOLEAN, n BIGINT, big HUGEINT, x DOUBLE, money DECIMAL(18,12), name VARCHAR, ts TIMESTAMP, tags VARCHAR[]
    )`);
    const columns = ["flag", "n", "big", "x", "money", "name", "ts", "tags"];
    const row = [
      true,
      7,
      10n ** 30n,
      0.25,
      "1.000000000001",
      "grüß\u0000e",
      "2026-03-14T10:00:00.000001Z",
      ["a"],
    ];
    const nothing = columns.map(() => null);

    await engine.append("sample", columns, [row, nothing]);

    const rows = await engine.rows("SELECT * FROM sample");
    expect(rows.map((found) => columns.map((column) => found[column]))).toEqual([row, nothing]);
  });

  it("crosses the driver's chunk size", async () => {
    await engine.run("CREATE TABLE numbers (n BIGINT)");

    const appended = await engine.append(
      "numbers",
      ["n"],
      Array.from({ length: 5000 }, (_, n) => [n]),
    );

    expect(appended).toBe(5000);
    expect(await engine.rows("SELECT count(*) AS n, sum(n) AS total FROM numbers")).toEqual([
      { n: 5000, total: 12_497_500n },
    ]);
  });

  it("are refused when the columns are not the table's", async () => {
    await engine.run("CREATE TABLE pair (a BIGINT, b BIGINT)");

    await expect(engine.append("pair", ["b", "a"], [[1, 2]])).rejects.toMatchObject({
      code: "TOP-ENGINE-COLUMNS",
    });
  });

  it("bind whole numbers as integers and others as doubles", async () => {
    const rows = await engine.rows("SELECT typeof($a) AS a, typeof($b) AS b, typeof($c) AS c, $d AS d", {
      parameters: { a: 3, b: 0.5, c: 3n, d: null },
    });

    expect(rows).toEqual([{ a: "BIGINT", b: "DOUBLE", c: "HUGEINT", d: null }]);
  });

  it("refuses an instant or a decimal that it would have to round", () => {
    expect(() => microsFromIso("2026-03-14T10:00:00.0000001Z")).toThrow(RangeError);
    expect(() => scaledDecimal("0.001", 2)).toThrow(RangeError);
    expect(scaledDecimal("-1.50", 1)).toBe(-15n);
  });
});
