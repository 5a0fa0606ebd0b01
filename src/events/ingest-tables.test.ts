import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ColumnMapping, SourceFile } from "./contract.js";
import {
  batchesOf,
  event,
  jsonLines,
  NO_MAPPING,
  openWorkbench,
  smallPriceBook,
  type Workbench,
} from "./fixtures/workbench.js";
import { ingest } from "./index.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

async function ingestFiles(files: readonly SourceFile[], mapping: ColumnMapping = NO_MAPPING) {
  const { engine, workspace, context } = bench;
  const deps = { engine, workspace, prices: smallPriceBook(), context, eventsFormat: "parquet" } as const;
  const result = await ingest(batchesOf(files, mapping), deps);
  expect(result.read).toBe(result.valid + result.rejected + result.duplicate);
  const events =
    result.valid === 0 ? [] : await engine.rows(`SELECT * FROM read_parquet('${workspace.events}')`);
  return { result, events };
}

const codes = ({ problems }: { problems: readonly { line: number; field: string | null; code: string }[] }) =>
  problems.map(({ line, field, code }) => [line, field, code]);

const HEADER = "id,ts,model,input_tokens,output_tokens,tenant,cost_usd,batch";

describe("CSV", () => {
  it("reads numbers, flags and empty cells from text, compressed or not", async () => {
    const text = `\uFEFF${HEADER}\r\na,2026-06-01 10:00:00,gpt-4o,100,10,"Miller, Inc.",0.25,true\r\n,1780308000,gpt-4o,12.0,3,,,0`;
    for (const file of [await bench.put("a.csv", text), await bench.put("a.csv.gz", gzipSync(text))]) {
      const { result, events } = await ingestFiles([file]);

      expect(result).toMatchObject({ read: 2, valid: 2 });
      expect(events).toMatchObject([
        {
          id: "a",
          ts: "2026-06-01T10:00:00.000Z",
          input_tokens: 100,
          tenant: "Miller, Inc.",
          cost_usd: "0.250000000000",
          batch: true,
        },
        {
          ts: "2026-06-01T10:00:00.000Z",
          input_tokens: 12,
          tenant: null,
          cost_basis: "list_price",
          batch: false,
        },
      ]);
    }
  });

  it("names a record by its first line, also behind quoted line breaks", async () => {
    const rows = [
      'a,2026-06-01,m,1,1,"two\nlines",,',
      "b,2026-06-01,m,-1,1,t,,",
      'c,2026-06-01,m,1,1,"x\n\ny",,',
      "d,2026-06-01,m,NaN,1,t,,",
      "e,2026-06-01,m,1,many,t,,",
    ];
    const { result } = await ingestFiles([await bench.put("a.csv", [HEADER, ...rows].join("\n"))]);

    expect(codes(result)).toEqual([
      [4, "input_tokens", "negative"],
      [8, "input_tokens", "not_finite"],
      [9, "output_tokens", "wrong_type"],
    ]);
  });

  it("rejects ragged records and keeps the others", async () => {
    const rows = [
      "a,2026-06-01,m,1,1,t,,",
      "b,2026-06-01,m",
      "c,2026-06-01,m,1,1,t,,,,",
      "d,2026-06-01,m,1,1,t,,",
    ];
    const { result, events } = await ingestFiles([await bench.put("a.csv", [HEADER, ...rows].join("\n"))]);

    expect(codes(result)).toEqual([
      [3, null, "invalid_csv"],
      [4, null, "invalid_csv"],
    ]);
    expect(events.map(({ id }) => id)).toEqual(["a", "d"]);
  });

  it("maps foreign columns and fills constants, whatever the delimiter", async () => {
    const text = "TIMESTAMP;ContextTokens;GeneratedTokens\n2023-11-16 18:17:03.9799600;4808;10\n";
    const { events } = await ingestFiles([await bench.put("trace.csv", text)], {
      map: { ts: "TIMESTAMP", input_tokens: "ContextTokens", output_tokens: "GeneratedTokens" },
      set: { provider: "openai", model: "gpt-4o" },
    });

    expect(events).toMatchObject([
      {
        ts: "2023-11-16T18:17:03.979960Z",
        input_tokens: 4808,
        output_tokens: 10,
        model: "gpt-4o",
        cost_usd: "0.012120000000",
        cost_basis: "list_price",
      },
    ]);
  });

  it("says once what a whole file lacks", async () => {
    const { result } = await ingestFiles([await bench.put("people.csv", "name,age\nann,4\nbob,5\n")]);

    expect(result).toMatchObject({ read: 2, rejected: 2 });
    expect(codes(result)).toEqual([
      [2, "ts", "missing_field"],
      [3, "ts", "missing_field"],
    ]);
    expect(result.warnings).toEqual([
      expect.stringContaining("no column for ts, model, input_tokens, output_tokens"),
    ]);
  });
});

describe("Parquet", () => {
  async function putParquet(name: string, query: string): Promise<SourceFile> {
    const file = await bench.put(name, "");
    await bench.engine.run(`COPY (${query}) TO '${file.path}' (FORMAT parquet)`);
    return file;
  }

  it.each([
    ["its own types", "TIMESTAMP '2026-06-01 10:00:00.123456'", "100::BIGINT", "10::BIGINT"],
    [
      "32-bit integers and instants with a zone",
      "TIMESTAMPTZ '2026-06-01 12:00:00.123456+02'",
      "100::INTEGER",
      "10::UTINYINT",
    ],
    [
      "decimals and nanoseconds",
      "TIMESTAMP_NS '2026-06-01 10:00:00.123456'",
      "100.0::DECIMAL(9,2)",
      "10::DOUBLE",
    ],
    ["texts", "'2026-06-01T10:00:00.123456Z'", "'100'", "'10'"],
    ["numbers since 1970", "1780308000123456::BIGINT", "100::HUGEINT", "10::FLOAT"],
  ])("reads columns of %s", async (_what, ts, input, output) => {
    const file = await putParquet(
      "a.parquet",
      `SELECT ${ts} AS ts, 'gpt-4o' AS model, ${input} AS input_tokens, ${output} AS output_tokens, 42::BIGINT AS tenant, ['a', 'b'] AS prefix_hashes`,
    );
    const { result, events } = await ingestFiles([file]);

    expect(result.problems).toEqual([]);
    expect(events).toMatchObject([
      {
        ts: "2026-06-01T10:00:00.123Z".replace("123Z", "123456Z"),
        input_tokens: 100,
        output_tokens: 10,
        tenant: "42",
        prefix_hashes: ["a", "b"],
      },
    ]);
  });

  it("reads a date as its midnight", async () => {
    const file = await putParquet(
      "a.parquet",
      "SELECT DATE '2026-06-01' AS ts, 'm' AS model, 1 AS input_tokens, 1 AS output_tokens",
    );

    expect((await ingestFiles([file])).events).toMatchObject([{ ts: "2026-06-01T00:00:00.000Z" }]);
  });

  it("rejects rows by number, with the reasons of every other format", async () => {
    const rows = [
      "('a', TIMESTAMP '2026-06-01', 'm', 1.0::DOUBLE, 1, 0.5)",
      "('b', TIMESTAMP '2026-06-01', 'm', 1.5, 1, NULL)",
      "('c', TIMESTAMP '2026-06-01', 'm', 'nan'::DOUBLE, 1, NULL)",
      "('d', TIMESTAMP '1999-06-01', 'm', 1.0, 1, NULL)",
      "('e', TIMESTAMP '2026-06-01', NULL, 1.0, 1, NULL)",
      "('f', TIMESTAMP '2026-06-01', 'm', 1.0, -1, NULL)",
      "('g', TIMESTAMP '2026-06-01', 'm', 1.0, 1, -0.5)",
      "('a', TIMESTAMP '2026-06-01', 'm', 1.0, 1, NULL)",
    ];
    const file = await putParquet(
      "a.parquet",
      `SELECT * FROM (VALUES ${rows.join(", ")}) t(id, ts, model, input_tokens, output_tokens, latency_ms)`,
    );
    const { result, events } = await ingestFiles([file]);

    expect(codes(result)).toEqual([
      [2, "input_tokens", "wrong_type"],
      [3, "input_tokens", "not_finite"],
      [4, "ts", "out_of_range"],
      [5, "model", "missing_field"],
      [6, "output_tokens", "negative"],
      [7, "latency_ms", "negative"],
    ]);
    expect(result).toMatchObject({ valid: 1, duplicate: 1 });
    expect(events.map(({ id }) => id)).toEqual(["a"]);
  });

  it("judges rows of types that the engine cannot read as the column", async () => {
    const file = await putParquet(
      "a.parquet",
      "SELECT TIMESTAMP '2026-06-01' AS ts, 'm' AS model, 1 AS input_tokens, 1 AS output_tokens, {'tries': 2} AS attributes, '[1, 2]' AS prefix_hashes UNION ALL SELECT TIMESTAMP '2026-06-01', 'm', 1, 1, NULL, NULL",
    );
    const { result, events } = await ingestFiles([file]);

    expect(result).toMatchObject({ valid: 2, rejected: 0 });
    expect(events).toMatchObject([
      { attributes: '{"tries":2}', prefix_hashes: ["1", "2"] },
      { attributes: null },
    ]);
  });

  it("takes another workspace's events as they are", async () => {
    const first = await ingestFiles([
      await bench.put(
        "a.jsonl",
        jsonLines(event({ id: "a", cost_usd: 0.5, attributes: { tries: 1 } }), event({ provider: "openai" })),
      ),
    ]);
    const copy = await putParquet(
      "events.parquet",
      `SELECT * FROM read_parquet('${bench.workspace.events}')`,
    );

    const { result, events } = await ingestFiles([copy]);

    expect(result).toMatchObject({ read: 2, valid: 2 });
    expect(events).toEqual(first.events);
  });
});

describe("files of several formats together", () => {
  it("keep the order of the list and drop repeats across formats", async () => {
    const csv = await bench.put("b.csv", `${HEADER}\nx,2026-06-01,m,1,1,,,\ny,2026-06-01,m,1,1,,,\n`);
    const lines = await bench.put("a.jsonl", jsonLines(event({ id: "x" }), event({ id: "z" })));
    const { result, events } = await ingestFiles([csv, lines, csv]);

    expect(events.map(({ id }) => id)).toEqual(["x", "y", "z"]);
    expect(result.files.map(({ duplicate }) => duplicate)).toEqual([0, 1, 2]);
  });
});

describe("buckets", () => {
  const bucket = (ts: string, fields: Readonly<Record<string, unknown>> = {}) =>
    event({ ts, grain: "bucket", request_count: 10, ...fields });

  it.each([
    [["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"], 86_400],
    [["2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z"], 3600],
    [["2026-06-01T00:00:00Z", "2026-06-01T01:01:00Z"], 60],
  ])("of %j that do not say how long they are last %i seconds", async (instants, seconds) => {
    const lines = jsonLines(...instants.map((ts) => bucket(ts)), event());
    const { events } = await ingestFiles([await bench.put("usage.jsonl", lines)]);

    expect(events.map(({ bucket_seconds }) => bucket_seconds)).toEqual([
      ...instants.map(() => seconds),
      null,
    ]);
  });

  it("keep the length that they say", async () => {
    const lines = jsonLines(bucket("2026-06-01T00:00:00Z", { bucket_seconds: 900 }));
    const { events } = await ingestFiles([await bench.put("usage.jsonl", lines)]);

    expect(events).toMatchObject([{ bucket_seconds: 900, request_count: 10, grain: "bucket" }]);
  });

  it("are never priced as one huge request", async () => {
    const many = bucket("2026-06-01T00:00:00Z", {
      provider: "openai",
      input_tokens: 1_000_000,
      output_tokens: 0,
    });
    const lines = jsonLines(many, { ...many, request_count: 4 }, { ...many, request_count: null });
    const { events } = await ingestFiles([await bench.put("usage.jsonl", lines)]);

    // 2.50 USD a million, twice that above 200,000 tokens a request.
    expect(events.map(({ cost_usd }) => cost_usd)).toEqual([
      "2.500000000000",
      "5.000000000000",
      "2.500000000000",
    ]);
  });

  it("are the only rows that may count many requests, in every format", async () => {
    const rows = [
      event({ request_count: 7 }),
      event({ request_count: 7, grain: "bucket" }),
      event({ request_count: 1 }),
    ];
    const header = "ts,model,input_tokens,output_tokens,request_count,grain";
    const cells = rows.map((row) =>
      header
        .split(",")
        .map((name) => row[name] ?? "")
        .join(","),
    );
    for (const file of [
      await bench.put("a.jsonl", jsonLines(...rows)),
      await bench.put("a.csv", [header, ...cells].join("\n")),
    ]) {
      const { result } = await ingestFiles([file]);
      expect(result).toMatchObject({ read: 3, valid: 2, rejected: 1 });
      expect(result.problems).toMatchObject([{ field: "request_count", code: "invalid_value" }]);
    }
  });
});
