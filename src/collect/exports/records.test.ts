import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocatedRecord, readRecords } from "./records.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "exports-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array): Promise<LocatedRecord[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  const records: LocatedRecord[] = [];
  for await (const record of readRecords(path, new AbortController().signal)) records.push(record);
  return records;
}

const values = (records: readonly LocatedRecord[]): unknown[] =>
  records.map((record) => ("value" in record ? record.value : record.problem.code));

describe("records of an export file", () => {
  it("are its JSON lines, empty ones left out, with their line numbers", async () => {
    expect(await read("a.jsonl", '{"n":1}\n\n{"n":2}\n')).toEqual([
      { line: 1, value: { n: 1 } },
      { line: 3, value: { n: 2 } },
    ]);
  });

  it("are the elements of a list, or of the list that a document holds", async () => {
    expect(values(await read("a.json", '[{"n":1},\n{"n":2}]'))).toEqual([{ n: 1 }, { n: 2 }]);
    expect(values(await read("b.json", '{\n"data": [{"n":1}], "meta": {}}'))).toEqual([{ n: 1 }]);
    expect(values(await read("c.json", '{\n"n": 1}'))).toEqual([{ n: 1 }]);
  });

  it("are the rows of a table by their heading", async () => {
    expect(await read("a.csv", 'id,name\n1,"a\nb"\n2,c\n')).toEqual([
      { line: 3, value: { id: "1", name: "a\nb" } },
      { line: 4, value: { id: "2", name: "c" } },
    ]);
    expect(values(await read("a.tsv", "id\tname\n1\tx\n"))).toEqual([{ id: "1", name: "x" }]);
  });

  it.each(["lines.jsonl.gz", "table.csv.gz"])("are the same when compressed: %s", async (name) => {
    const text = name.includes("csv") ? "n\n1\n" : '{"n":"1"}\n';
    expect(values(await read(name, gzipSync(text)))).toEqual([{ n: "1" }]);
  });

  it("name a line that is no JSON without quoting it, and go on after it", async () => {
    const records = await read("a.jsonl", '{"n":1}\nsecret words\n{"n":2}\n{"cut');
    expect(values(records)).toEqual([{ n: 1 }, "invalid_json", { n: 2 }, "truncated_line"]);
    expect(JSON.stringify(records)).not.toContain("secret");
  });

  it("name a table that breaks off in a quoted field", async () => {
    expect(values(await read("a.csv", 'id\n1\n"open\n'))).toEqual([{ id: "1" }, "invalid_csv"]);
  });
});
