import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitLines } from "../../shared/lines.js";
import type { SourceFile } from "../contract.js";
import { csvFile, jsonlFile } from "../fixtures/arbitrary-lines.js";
import { readCsvHeader, readCsvRecords } from "./csv-records.js";
import { readJsonRecords } from "./json-records.js";
import { readRecords } from "./records.js";
import { countRecords, scanFile } from "./scan-file.js";
import type { SourceRecord } from "./source-record.js";

const signal = new AbortController().signal;

async function* chunksOf(content: Uint8Array, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield Buffer.from(content.subarray(at, at + size));
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function csvRecords(text: string | Uint8Array, size = 1024): Promise<SourceRecord[]> {
  const bytes = Buffer.from(text);
  const header = await readCsvHeader(splitLines(chunksOf(bytes, size)));
  if (header === null) return [];
  return collected(readCsvRecords(splitLines(chunksOf(bytes, size)), header, true));
}

const shown = (records: readonly SourceRecord[]) =>
  records.map(({ line, content }) => [line, "fault" in content ? content.fault.code : content.value]);

describe("CSV records", () => {
  it("keep quoted delimiters, quotes and line breaks, and count physical lines", async () => {
    expect(shown(await csvRecords('a,b\n"x,y","say ""hi"""\n"two\nlines",3\n\n4,5\n'))).toEqual([
      [2, { a: "x,y", b: 'say "hi"' }],
      [3, { a: "two\nlines", b: "3" }],
      [6, { a: "4", b: "5" }],
    ]);
  });

  it.each([
    ["a;b\n1;2\n", ";"],
    ["a\tb\n1\t2\n", "\t"],
    ["a|b\n1|2\n", "|"],
    ['"a,x,y";b\n1;2\n', ";"],
  ])("find the delimiter of %j", async (text, delimiter) => {
    expect(await readCsvHeader(splitLines(chunksOf(Buffer.from(text), 99)))).toMatchObject({ delimiter });
  });

  it("are refused one by one where they are ragged or misquoted", async () => {
    expect(shown(await csvRecords('a,b\n1\n1,2,3\n"x"y,2\nz"q,ok\n5,6\n'))).toEqual([
      [2, "invalid_csv"],
      [3, "invalid_csv"],
      [4, "invalid_csv"],
      [5, { a: 'z"q', b: "ok" }],
      [6, { a: "5", b: "6" }],
    ]);
  });

  it("lose only the line whose quote is never closed", async () => {
    expect(shown(await csvRecords('a,b\n1,2\n3,"open\n5,6\n7,8\n'))).toEqual([
      [2, { a: "1", b: "2" }],
      [3, "invalid_csv"],
      [4, { a: "5", b: "6" }],
      [5, { a: "7", b: "8" }],
    ]);
  });

  it("survive bytes that are not UTF-8 on a line of their own", async () => {
    const bytes = Buffer.concat([
      Buffer.from("a,b\n1,2\n"),
      Buffer.from([0xe9, 0x2c, 0x31, 0x0a]),
      Buffer.from("3,4\n"),
    ]);

    expect(shown(await csvRecords(bytes))).toEqual([
      [2, { a: "1", b: "2" }],
      [3, "invalid_encoding"],
      [4, { a: "3", b: "4" }],
    ]);
  });

  it("take the first of two columns with one name", async () => {
    expect(shown(await csvRecords("a,a\n1,2\n"))).toEqual([[2, { a: "1" }]]);
  });
});

describe("records and chunks", () => {
  it("are the same however the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(jsonlFile, csvFile, fc.integer({ min: 1, max: 40 }), async (jsonl, csv, size) => {
        const lines = (by: number) => collected(readJsonRecords(splitLines(chunksOf(jsonl, by))));
        expect(await lines(size)).toEqual(await lines(1e6));
        expect(await csvRecords(csv, size)).toEqual(await csvRecords(csv, 1e6));
      }),
    );
  });

  it("are counted the same however the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(jsonlFile, csvFile, fc.integer({ min: 1, max: 40 }), async (jsonl, csv, size) => {
        expect(await countRecords(chunksOf(jsonl, size), null)).toEqual(
          await countRecords(chunksOf(jsonl, 1e6), null),
        );
        expect(await countRecords(chunksOf(csv, size), ",")).toEqual(
          await countRecords(chunksOf(csv, 1e6), ","),
        );
      }),
    );
  });

  it("are as many as counted, wherever the count vouches for itself", async () => {
    await fc.assert(
      fc.asyncProperty(jsonlFile, csvFile, async (jsonl, csv) => {
        const lines = await countRecords(chunksOf(jsonl, 1e6), null);
        if (lines.plain)
          expect(lines.records).toBe(
            (await collected(readJsonRecords(splitLines(chunksOf(jsonl, 1e6))))).length,
          );
        const table = await countRecords(chunksOf(csv, 1e6), ",");
        if (table.plain) expect(table.records).toBe((await csvRecords(csv, 1e6)).length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a scan", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "scan-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function put(name: string, content: Uint8Array): Promise<SourceFile> {
    const path = join(folder, name);
    await writeFile(path, content);
    const compression = name.endsWith(".gz") ? "gzip" : "none";
    return {
      path,
      label: name,
      format: name.includes("csv") ? "csv" : "jsonl",
      compression,
      bytes: 0,
      source: "files",
    };
  }

  it("gives checkpoints from which a reader finds the records after them", async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => (n % 7 === 0 ? "\n" : "") + JSON.stringify({ n }));
    const file = await put("many.jsonl", Buffer.from(`\uFEFF${lines.join("\n")}\n`));
    const { records, checkpoints } = await scanFile(file, signal, null);

    expect(records).toBe(20_000);
    expect(checkpoints.map(({ record }) => record)).toEqual([0, 8192, 16_384]);
    for (const checkpoint of checkpoints) {
      const [first] = await collected(take(readRecords(file, null, signal, checkpoint), 1));
      expect(first!.content).toEqual({ value: { n: checkpoint.record } });
      expect(first).toMatchObject({ line: checkpoint.line, offset: checkpoint.offset });
    }
  });

  it("hashes the bytes on disk and counts what is inside", async () => {
    const plain = await scanFile(await put("a.jsonl", Buffer.from("{}\n{}\n")), signal, null);
    const packed = await scanFile(await put("a.jsonl.gz", gzipSync("{}\n{}\n")), signal, null);

    expect([plain.records, packed.records]).toEqual([2, 2]);
    expect(packed.sha256).not.toBe(plain.sha256);
  });

  it.each<[string, string]>([
    ["a quote inside a field", 'a,b\n1,x"y\n'],
    ["text after a closing quote", 'a,b\n"x"y,2\n'],
    ["a quote never closed", 'a,b\n1,"x\n'],
  ])("does not vouch for %s", async (_what, text) => {
    expect((await countRecords(chunksOf(Buffer.from(text), 5), ",")).plain).toBe(false);
  });

  it("does not vouch for a record of more than 16 MiB", async () => {
    const text = Buffer.from(`{"a":"${"x".repeat(17 * 1024 * 1024)}"}\n`);

    expect((await countRecords(chunksOf(text, 1e6), null)).plain).toBe(false);
  });
});

async function* take<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}
