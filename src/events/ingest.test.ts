import { access, chmod, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../shared/artifact.js";
import type { ColumnMapping, Problem, RawBatch, SourceFile } from "./contract.js";
import {
  batchesOf,
  event,
  jsonLines,
  linesOfFile,
  openWorkbench,
  smallPriceBook,
  type Workbench,
} from "./fixtures/workbench.js";
import { type Ingested, ingest, validateFiles } from "./index.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

async function ingestBatches(
  batches: AsyncIterable<RawBatch>,
  eventsFormat: "parquet" | "jsonl" = "parquet",
) {
  const { engine, workspace, context } = bench;
  const result = await ingest(batches, {
    engine,
    workspace,
    prices: smallPriceBook(),
    context,
    eventsFormat,
  });
  for (const { read, valid, rejected, duplicate, overlapping } of [result, ...result.files])
    expect(read).toBe(valid + rejected + duplicate + overlapping);
  return result;
}

const ingestFiles = (files: readonly SourceFile[], mapping?: ColumnMapping): Promise<Ingested> =>
  ingestBatches(batchesOf(files, mapping));

async function ingestText(
  name: string,
  content: string | Uint8Array,
  mapping?: ColumnMapping,
): Promise<Ingested> {
  return ingestFiles([await bench.put(name, content)], mapping);
}

const storedEvents = (columns = "*") =>
  bench.engine.rows(`SELECT ${columns} FROM read_parquet('${bench.workspace.events}')`);

const codes = (problems: readonly Problem[]) => problems.map(({ line, field, code }) => [line, field, code]);
const counts = ({ read, valid, rejected, duplicate }: Ingested) => ({ read, valid, rejected, duplicate });

describe("records that cannot be used", () => {
  it.each<[string, Record<string, unknown> | string, string | null, string]>([
    ["a token count in quotes", event({ input_tokens: "12" }), "input_tokens", "wrong_type"],
    ["a broken token count", event({ input_tokens: 12.5 }), "input_tokens", "wrong_type"],
    ["a flag for a token count", event({ input_tokens: true }), "input_tokens", "wrong_type"],
    ["a negative token count", event({ output_tokens: -1 }), "output_tokens", "negative"],
    [
      "a token count that is no number",
      '{"ts":"2026-06-01","model":"m","input_tokens":NaN,"output_tokens":1}',
      "input_tokens",
      "not_finite",
    ],
    [
      "an endless latency",
      '{"ts":"2026-06-01","model":"m","input_tokens":1,"output_tokens":1,"latency_ms":Infinity}',
      "latency_ms",
      "not_finite",
    ],
    ["a year far ahead", event({ ts: "20255-01-01T00:00:00Z" }), "ts", "out_of_range"],
    ["a year before any model", event({ ts: "1999-01-01T00:00:00Z" }), "ts", "out_of_range"],
    ["words for an instant", event({ ts: "yesterday" }), "ts", "invalid_timestamp"],
    ["a day that does not exist", event({ ts: "2026-02-30T00:00:00Z" }), "ts", "invalid_timestamp"],
    ["no model", event({ model: null }), "model", "missing_field"],
    ["no instant", event({ ts: undefined }), "ts", "missing_field"],
    ["no output", event({ output_tokens: undefined }), "output_tokens", "missing_field"],
    ["a number for a model", event({ model: 4 }), "model", "wrong_type"],
    ["an object for a tenant", event({ tenant: { prompt: "secret" } }), "tenant", "wrong_type"],
    ["an empty text", event({ region: "" }), "region", "invalid_value"],
    ["a status nobody knows", event({ status: "fine" }), "status", "invalid_value"],
    ["a score above one", event({ quality_score: 1.5 }), "quality_score", "out_of_range"],
    [
      "more cached than sent",
      event({ cached_input_tokens: 60, cache_write_tokens: 41 }),
      "cached_input_tokens",
      "subset_exceeds_total",
    ],
    [
      "more hour-long writes than writes",
      event({ cache_write_tokens: 1, cache_write_1h_tokens: 2 }),
      "cache_write_1h_tokens",
      "subset_exceeds_total",
    ],
    [
      "more reasoning than output",
      event({ reasoning_tokens: 11 }),
      "reasoning_tokens",
      "subset_exceeds_total",
    ],
    ["a cost beyond belief", event({ cost_usd: 1e6 }), "cost_usd", "out_of_range"],
    ["a line cut short", '{"ts":"2026-06-01T10:00:00Z","model":"gpt', null, "truncated_line"],
    ["a line that is not JSON", "hello", null, "invalid_json"],
    ["two objects on a line", `${JSON.stringify(event())}${JSON.stringify(event())}`, null, "invalid_json"],
    ["a list", "[1,2]", null, "not_an_object"],
    ["a NUL byte", "\u0000", null, "invalid_json"],
  ])("are named with line and field: %s", async (_what, line, field, code) => {
    const result = await ingestText("a.jsonl", jsonLines(event(), line, event()));

    expect(codes(result.problems)).toEqual([[2, field, code]]);
    expect(counts(result)).toEqual({ read: 3, valid: 2, rejected: 1, duplicate: 0 });
  });

  it("never take their text into messages or the rejects file", async () => {
    const result = await ingestText(
      "a.jsonl",
      jsonLines(
        event({ tenant: { prompt: "my secret" } }),
        '{"prompt":"my secret',
        event({ status: "my secret" }),
      ),
    );

    const rejects = await readFile(bench.workspace.rejects, "utf8");
    expect(JSON.stringify(result.problems) + rejects).not.toContain("secret");
    expect(await linesOfFile(bench.workspace.rejects)).toMatchObject([
      { file: "a.jsonl", line: 1, field: "tenant", code: "wrong_type", byte_offset: 0 },
      {
        line: 2,
        code: "truncated_line",
        message: "found a line of 20 characters that ends inside an object",
      },
      { line: 3, message: "found a text of 9 characters, expected one of ok, error, timeout, rate_limited" },
    ]);
  });

  it("are found by the offset that the rejects file gives", async () => {
    const text = jsonLines(event(), event({ input_tokens: -7 }), event());
    await ingestText("a.jsonl", text);

    const [reject] = await linesOfFile(bench.workspace.rejects);
    const { byte_offset: offset, byte_length: length } = reject as {
      byte_offset: number;
      byte_length: number;
    };
    expect(JSON.parse(text.slice(offset, offset + length))).toMatchObject({ input_tokens: -7 });
  });

  it("leave no rejects file behind where there are none", async () => {
    await writeFile(bench.workspace.rejects, "stale\n");
    await ingestText("a.jsonl", jsonLines(event()));

    await expect(access(bench.workspace.rejects)).rejects.toThrow();
  });

  it("are shown up to a limit and written in full", async () => {
    const result = await ingestText(
      "a.jsonl",
      jsonLines(...Array.from({ length: 1500 }, () => event({ turn: -1 }))),
    );

    expect(result.rejected).toBe(1500);
    expect(result.problems).toHaveLength(1000);
    expect(await linesOfFile(bench.workspace.rejects)).toHaveLength(1500);
  });
});

describe("files in a bad state", () => {
  const good = JSON.stringify(event());

  it.each<[string, Uint8Array, { valid: number; rejected: number }, string[]]>([
    ["a byte order mark", Buffer.from(`\uFEFF${good}\n${good}\n`), { valid: 2, rejected: 0 }, []],
    ["Windows line ends", Buffer.from(`${good}\r\n\r\n${good}\r\n`), { valid: 2, rejected: 0 }, []],
    ["no line break at the end", Buffer.from(`${good}\n${good}`), { valid: 2, rejected: 0 }, []],
    ["blank lines", Buffer.from(`\n  \n${good}\n\t\n\n${good}\n\n`), { valid: 2, rejected: 0 }, []],
    [
      "Latin-1 bytes",
      Buffer.concat([Buffer.from(`${good}\n{"tenant":"`), Buffer.from([0xe9]), Buffer.from(`"}\n${good}\n`)]),
      { valid: 2, rejected: 1 },
      ["invalid_encoding"],
    ],
    [
      "NUL bytes inside a line",
      Buffer.from(`${good}\n{"a":"\u0000"}\n${good}\n`),
      { valid: 2, rejected: 1 },
      ["invalid_json"],
    ],
    [
      "an object broken over lines",
      Buffer.from(`${good}\n{"ts":\n"2026"}\n${good}\n`),
      { valid: 2, rejected: 2 },
      ["truncated_line", "invalid_json"],
    ],
    [
      "an unfinished last line",
      Buffer.from(`${good}\n${good}\n${good.slice(0, 30)}`),
      { valid: 2, rejected: 1 },
      ["truncated_line"],
    ],
  ])("keep their good lines: %s", async (_what, bytes, expected, problems) => {
    for (const name of ["plain.jsonl", "packed.jsonl.gz"]) {
      const result = await ingestText(name, name.endsWith("gz") ? gzipSync(bytes) : bytes);

      expect(result).toMatchObject(expected);
      expect(result.problems.map(({ code }) => code)).toEqual(problems);
    }
  });

  it("cost one line where a line is 50 MB long, in bounded memory", async () => {
    const long = `{"ts":"2026-06-01T10:00:00Z","model":"m","input_tokens":1,"output_tokens":1,"prompt":"${"x".repeat(50_000_000)}"}`;
    const result = await ingestText("a.jsonl", `${good}\n${long}\n${good}\n`);

    expect(codes(result.problems)).toEqual([[2, null, "line_too_long"]]);
    expect(result).toMatchObject({ read: 3, valid: 2 });
  });

  it("are warned of when they are empty", async () => {
    const files = [
      await bench.put("empty.jsonl", ""),
      await bench.put("empty.csv", ""),
      await bench.put("blank.jsonl", "\n\n"),
      await bench.put("a.jsonl", `${good}\n`),
    ];
    const result = await ingestFiles(files);

    expect(counts(result)).toEqual({ read: 1, valid: 1, rejected: 0, duplicate: 0 });
    expect(result.warnings).toEqual(
      expect.arrayContaining([
        "empty.jsonl holds no record.",
        "empty.csv holds no record.",
        "blank.jsonl holds no record.",
      ]),
    );
    expect(result.files.map(({ file, read }) => [file, read])).toEqual([
      ["empty.jsonl", 0],
      ["empty.csv", 0],
      ["blank.jsonl", 0],
      ["a.jsonl", 1],
    ]);
  });

  it("count as one rejected record where they break off: archives, Parquet, permissions", async () => {
    const packed = gzipSync(
      Buffer.from(Array.from({ length: 2000 }, (_, n) => JSON.stringify(event({ id: `${n}` }))).join("\n")),
    );
    const files = [
      await bench.put("cut.jsonl.gz", packed.subarray(0, packed.length - 200)),
      await bench.put("not.jsonl.gz", `${good}\n`),
      await bench.put("not.jsonl.zst", `${good}\n`),
      await bench.put("not.parquet", "PAR1"),
      await bench.put("gone.jsonl", good),
      await bench.put("fine.jsonl", `${good}\n`),
    ];
    const result = await ingestFiles(
      files.map((file) => (file.label === "gone.jsonl" ? { ...file, path: `${file.path}.not` } : file)),
    );

    const unreadable = result.problems
      .filter(({ code }) => code === "unreadable_file")
      .map(({ file }) => file);
    expect(unreadable).toEqual([
      "cut.jsonl.gz",
      "not.jsonl.gz",
      "not.jsonl.zst",
      "not.parquet",
      "gone.jsonl",
    ]);
    expect(result.files[0]!.valid).toBeGreaterThan(1000);
    expect(result.files.at(-1)).toMatchObject({ file: "fine.jsonl", valid: 1, rejected: 0 });
  });

  it("are read although their names look like patterns", async () => {
    const result = await ingestFiles([
      await bench.put("a[1]*.jsonl", `${good}\n`),
      await bench.put("a1x.jsonl", `${good}\n${good}\n`),
    ]);

    expect(result.files.map(({ read }) => read)).toEqual([1, 2]);
  });

  it("do not spoil their neighbours: 300 files, one of them odd", async () => {
    const files = [];
    for (let n = 0; n < 300; n += 1) {
      files.push(await bench.put(`${n}.jsonl`, n === 77 ? `${good}\n{"a":\n"b"}\n` : `${good}\n`));
    }
    const result = await ingestFiles(files);

    expect(counts(result)).toEqual({ read: 302, valid: 300, rejected: 2, duplicate: 0 });
    expect(result.problems.map(({ file, line }) => [file, line])).toEqual([
      ["77.jsonl", 2],
      ["77.jsonl", 3],
    ]);
  });
});

describe("ids", () => {
  it("that a source supplies count once, within a file and across files; the first stays", async () => {
    const one = await bench.put(
      "one.jsonl",
      jsonLines(event({ id: "a", turn: 1 }), event({ id: "b" }), event({ id: "a", turn: 2 })),
    );
    const two = await bench.put(
      "two.jsonl",
      jsonLines(event({ id: "b" }), event({ id: "c" }), event({ id: "b" })),
    );
    const result = await ingestFiles([one, two]);

    expect(result.files.map(({ valid, duplicate }) => [valid, duplicate])).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(await storedEvents("id, turn")).toEqual([
      { id: "a", turn: 1 },
      { id: "b", turn: null },
      { id: "c", turn: null },
    ]);
  });

  it("are derived from content and position where there are none, so that equal calls stay distinct", async () => {
    const text = jsonLines(event(), event(), event({ id: "own" }));
    const result = await ingestFiles([await bench.put("a.jsonl", text), await bench.put("copy.jsonl", text)]);

    const hash = sha256(text).slice(0, 16);
    expect(await storedEvents("id")).toEqual(
      [`${hash}-1`, `${hash}-2`, "own", `${hash}.2-1`, `${hash}.2-2`].map((id) => ({ id })),
    );
    expect(result.warnings).toEqual([expect.stringContaining("copy.jsonl has the same bytes as a.jsonl")]);
  });

  it("of rejected rows do not make a later good row a duplicate", async () => {
    const result = await ingestText("a.jsonl", jsonLines(event({ id: "a", turn: -1 }), event({ id: "a" })));

    expect(counts(result)).toEqual({ read: 2, valid: 1, rejected: 1, duplicate: 0 });
  });
});

describe("values that are kept", () => {
  it.each([
    ["2026-06-01T10:00:00Z", "2026-06-01T10:00:00.000Z"],
    ["2026-06-01 10:00:00", "2026-06-01T10:00:00.000Z"],
    ["2023-11-16 18:17:03.9799600", "2023-11-16T18:17:03.979960Z"],
    ["2026-06-01T10:00:00.1234567Z", "2026-06-01T10:00:00.123456Z"],
    ["2026-06-01T10:00:00+05:30", "2026-06-01T04:30:00.000Z"],
    ["2026-06-01T10:00:00-0700", "2026-06-01T17:00:00.000Z"],
    ["2026-06-01", "2026-06-01T00:00:00.000Z"],
    [1_780_308_000, "2026-06-01T10:00:00.000Z"],
    [1_780_308_000.5, "2026-06-01T10:00:00.500Z"],
    [1_780_308_000_123, "2026-06-01T10:00:00.123Z"],
    [1_780_308_000_123_456, "2026-06-01T10:00:00.123456Z"],
    ["1780308000123", "2026-06-01T10:00:00.123Z"],
  ])("reads the instant %s", async (ts, expected) => {
    await ingestText("a.jsonl", jsonLines(event({ ts })));

    expect(await storedEvents("ts")).toEqual([{ ts: expected }]);
  });

  it("reads a numeric instant in the unit that the user names", async () => {
    await ingestText("a.jsonl", jsonLines(event({ ts: 1_780_308_000_000 })), {
      map: {},
      set: {},
      tsUnit: "ms",
    });
    const wrong = await ingestText("a.jsonl", jsonLines(event({ ts: 1_780_308_000_000 })), {
      map: {},
      set: {},
      tsUnit: "s",
    });

    expect(wrong.problems).toMatchObject([{ code: "out_of_range", field: "ts" }]);
  });

  it("reads offsets of a trace where the user names their unit, and says that they are no dates", async () => {
    const lines = jsonLines(event({ ts: 0 }), event({ ts: 40 }), event({ ts: 3_600_000 }));
    const offsets = await ingestText("a.jsonl", lines, { map: {}, set: {}, tsUnit: "ms" });

    expect(counts(offsets)).toMatchObject({ valid: 3, rejected: 0 });
    expect(offsets.span).toEqual({ first: "1970-01-01T00:00:00.000Z", last: "1970-01-01T01:00:00.000Z" });
    expect(offsets.warnings).toEqual([expect.stringContaining("offsets from the start of a trace")]);
    const dates = await ingestText("b.jsonl", lines);
    expect(counts(dates)).toMatchObject({ valid: 0, rejected: 3 });
  });

  it("takes every column as it is, and defaults nothing but intent, provider and source", async () => {
    const full = {
      id: "x",
      ts: "2026-06-01T10:00:00.000Z",
      intent: "chat",
      provider: "openai",
      model: "gpt-4o",
      input_tokens: 1000,
      output_tokens: 12.0,
      latency_ms: 1.5,
      cost_usd: 0.25,
      endpoint: "api",
      region: "eu",
      tenant: 't\u00e9 "q"',
      quality_score: 0.5,
      context_length: 8192,
      cached_input_tokens: 100,
      cache_write_tokens: 50,
      cache_write_1h_tokens: 20,
      reasoning_tokens: 3,
      status: "timeout",
      retry_of: "w",
      batch: true,
      service_tier: "flex",
      max_tokens: 99,
      ttft_ms: 0.25,
      conversation_id: "c",
      turn: 0,
      prompt_hash: "p",
      prefix_hashes: ["a", 7],
      prefix_block_tokens: 512,
      cost_basis: "list_price",
      grain: "request",
      request_count: 1,
      bucket_seconds: null,
      source: "gateway",
      attributes: { team: "x", n: 1 },
    };
    await ingestText("a.jsonl", jsonLines({ ...full, prompt: "ignored" }, event()));

    const [stored, bare] = await storedEvents();
    expect(stored).toEqual({
      ...full,
      cost_usd: "0.250000000000",
      prefix_hashes: ["a", "7"],
      // Text among free labels could be a prompt.
      attributes: '{"n":1}',
    });
    expect(bare).toMatchObject({
      intent: "unknown",
      provider: "unknown",
      status: null,
      batch: null,
      source: "files",
    });
  });

  it("drops attributes of a foreign file, which could hold anything", async () => {
    await ingestText("a.jsonl", jsonLines({ ...event(), when: "2026-06-01", attributes: { prompt: "x" } }), {
      map: { ts: "when" },
      set: {},
    });

    expect(await storedEvents("attributes")).toEqual([{ attributes: null }]);
  });

  it.each([
    [{ prompt: "x", "two words": 1, list: ["x"], nested: { x: "x" }, none: null }, null],
    [
      { retries: 2, 'a"b': 1, sidechain: true, share: -0.5, team: "x" },
      { retries: 2, sidechain: true, share: -0.5 },
    ],
    [{}, null],
  ])("keeps of the labels %j those that cannot be text", async (attributes, kept) => {
    await ingestText("a.jsonl", jsonLines({ ...event(), attributes }));

    const [stored] = await storedEvents("attributes");
    const text = stored!.attributes as string | null;
    expect(text === null ? null : JSON.parse(text)).toEqual(kept);
  });

  it("takes a whole number for text where the user mapped the column", async () => {
    await ingestText("a.jsonl", jsonLines({ ...event(), customer: 42 }), {
      map: { tenant: "customer" },
      set: { region: "eu" },
    });

    expect(await storedEvents("tenant, region")).toEqual([{ tenant: "42", region: "eu" }]);
  });

  it("writes the same bytes again for the same input", async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) =>
      event({ id: `${n % 29_000}`, tenant: `t${n % 7}`, input_tokens: 100 + (n % 1000) }),
    );
    const file = await bench.put("a.jsonl", jsonLines(...lines));
    const hashes = new Set<string>();
    for (let run = 0; run < 3; run += 1) {
      await ingestFiles([file]);
      hashes.add(sha256(await readFile(bench.workspace.events)));
    }

    expect(hashes.size).toBe(1);
  });
});

describe("cost", () => {
  it("is the source's where it has one, else tokens times list price, else nothing", async () => {
    const result = await ingestText(
      "a.jsonl",
      jsonLines(
        event({ provider: "openai", cost_usd: 0.5 }),
        event({ provider: "openai", cost_usd: 0.25, cost_basis: "list_price" }),
        event({ provider: "openai", cached_input_tokens: 40 }),
        event({ provider: "openai", batch: true }),
        event({ provider: "openai", input_tokens: 200_001 }),
        event({ provider: "openai", model: "nova-9" }),
      ),
    );

    expect(await storedEvents("cost_usd, cost_basis")).toEqual([
      { cost_usd: "0.500000000000", cost_basis: "billed" },
      { cost_usd: "0.250000000000", cost_basis: "list_price" },
      { cost_usd: "0.000300000000", cost_basis: "list_price" },
      { cost_usd: "0.000175000000", cost_basis: "list_price" },
      { cost_usd: "1.000205000000", cost_basis: "list_price" },
      { cost_usd: null, cost_basis: null },
    ]);
    expect(result.cost).toEqual({
      billedEvents: 1,
      listPricedEvents: 4,
      unpricedEvents: 1,
      billedUsd: "0.5",
      listPriceUsd: "1.25068",
    });
    expect(result.unpriced).toEqual([{ provider: "openai", model: "nova-9", events: 1, tokens: 110 }]);
    expect(result.span).toEqual({ first: "2026-06-01T10:00:00.000Z", last: "2026-06-01T10:00:00.000Z" });
  });
});

describe("rows that a collector parsed", () => {
  const at = (line: number) => ({ file: "session.jsonl", line });
  const parsed = (fields: Record<string, unknown>) => ({ ...event(fields) }) as never;

  it("obey the same rules and keep their place among files", async () => {
    const first = await bench.put("a.jsonl", jsonLines(event({ id: "a" })));
    const last = await bench.put("b.jsonl", jsonLines(event({ id: "s1" }), event({ id: "b" })));
    async function* batches(): AsyncGenerator<RawBatch> {
      yield* batchesOf([first]);
      yield {
        kind: "rows",
        rows: [
          { ...at(1), event: parsed({ id: "s1", source: "agents" }), suppliedId: true },
          { ...at(2), event: parsed({ id: "s1" }), suppliedId: false },
          { ...at(3), event: parsed({ id: "s2", input_tokens: -1 }), suppliedId: true },
          { ...at(4), problem: { code: "truncated_line", field: null, message: "found half a line" } },
        ],
        repeated: [at(5)],
      };
      yield* batchesOf([last]);
    }
    const result = await ingestBatches(batches());

    expect(
      result.files.map(({ file, format, read, valid, rejected, duplicate, overlapping }) => [
        file,
        format,
        read,
        valid,
        rejected,
        duplicate,
        overlapping,
      ]),
    ).toEqual([
      ["a.jsonl", "jsonl", 1, 1, 0, 0, 0],
      ["session.jsonl", "collector", 5, 2, 2, 1, 0],
      // The call that the agents' log has under the same id; an id that no source supplied is no such name.
      ["b.jsonl", "jsonl", 2, 1, 0, 0, 1],
    ]);
    expect((await storedEvents("id")).map(({ id }) => id)).toEqual(["a", "s1", "s1", "b"]);
    expect(codes(result.problems)).toEqual([
      [3, "input_tokens", "negative"],
      [4, null, "truncated_line"],
    ]);
  });

  it("may be none at all; the events of an earlier discovery then stay", async () => {
    await ingestBatches(batchesOf([await bench.put("a.jsonl", jsonLines(event({ id: "a" })))]));
    const result = await ingestBatches(batchesOf([]));

    expect(result).toMatchObject({ read: 0, valid: 0, files: [], span: null });
    expect(await storedEvents("count(*) AS n")).toEqual([{ n: 1 }]);
  });
});

describe("events.jsonl", () => {
  it("holds the events as canonical lines that read back to the same events", async () => {
    const file = await bench.put(
      "a.jsonl",
      jsonLines(
        event({ id: "a", attributes: { tries: 2 }, prefix_hashes: [1, "b"] }),
        event({ id: "b", cost_usd: 0.1 }),
      ),
    );
    await ingestBatches(batchesOf([file]), "jsonl");
    const before = await storedEvents();
    const [line] = await linesOfFile(bench.workspace.eventsJsonl);
    expect(line).toMatchObject({
      id: "a",
      ts: "2026-06-01T10:00:00.000000Z",
      latency_ms: null,
      attributes: { tries: 2 },
      prefix_hashes: ["1", "b"],
    });
    expect(line).not.toHaveProperty("turn");

    await ingestFiles([{ ...file, path: bench.workspace.eventsJsonl, label: "events.jsonl" }]);

    expect(await storedEvents()).toEqual(before);
  });
});

describe("validation", () => {
  it("counts and names as ingestion does, and writes nothing", async () => {
    const file = await bench.put(
      "a.jsonl",
      jsonLines(event({ id: "a" }), event({ id: "a" }), event({ turn: -1 }), event()),
    );
    const { engine, context, workspace } = bench;

    const result = await validateFiles(batchesOf([file]), { engine, context });

    expect(result).toMatchObject({ read: 4, valid: 2, rejected: 1, duplicate: 1 });
    expect(codes(result.problems)).toEqual([[3, "turn", "negative"]]);
    for (const path of [workspace.events, workspace.rejects]) await expect(access(path)).rejects.toThrow();
  });
});

describe("a file that may not be read", () => {
  it.runIf(process.getuid?.() !== 0)(
    "is a rejected record, not an error (not run as root, who may read all)",
    async () => {
      const file = await bench.put("a.jsonl", jsonLines(event()));
      await chmod(file.path, 0);

      expect(await ingestFiles([file])).toMatchObject({ read: 1, rejected: 1 });
    },
  );
});
