import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SourceFile } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { silentLogger } from "../../shared/log.js";
import type { CollectOptions } from "../contract.js";
import { filesCollector } from "./index.js";

let folder: string;
let warnings: string[];
let context: Context;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
  warnings = [];
  context = {
    now: () => new Date(0),
    env: {},
    homeDir: folder,
    signal: new AbortController().signal,
    log: { ...silentLogger, warn: (message) => warnings.push(message) },
    version: "0",
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), '{"model":"m","input_tokens":1}\n');
  }
}

const optionsFor = (inputs: readonly string[], workspaceDir = join(folder, "work")): CollectOptions => ({
  inputs: inputs.map((input) => join(folder, input)),
  mapping: { map: {}, set: {} },
  since: null,
  workspaceDir,
});

async function filesOf(inputs: readonly string[], workspaceDir?: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const batch of filesCollector.read(optionsFor(inputs, workspaceDir), context)) {
    if (batch.kind === "files") files.push(...batch.files);
  }
  return files;
}

const labelsOf = async (...given: Parameters<typeof filesOf>): Promise<string[]> =>
  (await filesOf(...given)).map((file) => file.label);

describe("files that an input stands for", () => {
  it("are the file itself, with format and compression by its name", async () => {
    await put("a.jsonl", "b.NDJSON.gz", "c.csv.zst", "d.parquet", "e.tsv", "f.json");

    const files = await filesOf(["a.jsonl", "b.NDJSON.gz", "c.csv.zst", "d.parquet", "e.tsv", "f.json"]);

    expect(files.map(({ label, format, compression }) => [label, format, compression])).toEqual([
      ["a.jsonl", "jsonl", "none"],
      ["b.NDJSON.gz", "jsonl", "gzip"],
      ["c.csv.zst", "csv", "zstd"],
      ["d.parquet", "parquet", "none"],
      ["e.tsv", "csv", "none"],
      ["f.json", "jsonl", "none"],
    ]);
    expect(files[0]).toMatchObject({ path: join(folder, "a.jsonl"), bytes: 31, source: "files" });
  });

  it("are everything below a folder in a stable order, without hidden folders and packages", async () => {
    await put(
      "in/b.jsonl",
      "in/a/z.csv",
      "in/a.jsonl",
      "in/.cache/x.jsonl",
      "in/node_modules/y.jsonl",
      "in/.h.jsonl",
    );

    expect(await labelsOf(["in"])).toEqual(["a/z.csv", "a.jsonl", "b.jsonl"]);
  });

  it.each([
    ["in/*.jsonl", ["a.jsonl", "b.jsonl"]],
    ["in/**/*.jsonl", ["a.jsonl", "b.jsonl", "deep/er/c.jsonl"]],
    ["in/{a,b}.*", ["a.csv", "a.jsonl", "b.jsonl"]],
    ["in/[!a].jsonl", ["b.jsonl"]],
    ["in/?.csv", ["a.csv"]],
  ])("are what the pattern %s fits", async (pattern, expected) => {
    await put("in/a.jsonl", "in/b.jsonl", "in/a.csv", "in/deep/er/c.jsonl");

    expect(await labelsOf([pattern])).toEqual(expected);
  });

  it("count once when two inputs reach them, and keep labels apart when two folders use one name", async () => {
    await put("east/day.jsonl", "west/day.jsonl");

    expect(await labelsOf(["east", "west", "east/day.jsonl"])).toEqual(["east/day.jsonl", "west/day.jsonl"]);
  });

  it("follow a linked file but not a linked folder", async () => {
    await put("real/a.jsonl", "in/own.jsonl");
    await symlink(join(folder, "real/a.jsonl"), join(folder, "in/linked.jsonl"));
    await symlink(join(folder, "in"), join(folder, "in/loop"));

    expect(await labelsOf(["in"])).toEqual(["linked.jsonl", "own.jsonl"]);
  });
});

describe("files that are never taken", () => {
  const artifacts = ["events.jsonl", "prompts.jsonl", "samples.jsonl", "results.jsonl", "rejects.jsonl"];

  it("are the workspace's own, when the folder that is read holds the workspace", async () => {
    await put(...artifacts, ".tokenop/events.parquet", "reports/baseline.csv", "export.jsonl");

    expect(await labelsOf(["."], folder)).toEqual(["export.jsonl"]);
  });

  it("are the content-bearing ones of another workspace; its events are", async () => {
    await put(...artifacts.map((name) => `other/${name}`), "other/.tokenop/cache.json");

    expect(await labelsOf(["other"])).toEqual(["events.jsonl"]);
  });

  it("are named with the reason", async () => {
    await put("in/notes.md", "in/a.jsonl");
    await writeFile(join(folder, "in/package.json"), '{\n  "name": "x"\n}\n');

    expect(await labelsOf(["in"])).toEqual(["a.jsonl"]);
    expect(warnings).toEqual([
      "Skipped notes.md: not a known format.",
      "Skipped package.json: one JSON document, not one object a line.",
    ]);
  });

  it("are, when nothing was named, those that do not mention tokens and model", async () => {
    await put("export.jsonl", "below/more.jsonl");
    await writeFile(join(folder, "people.csv"), "name,age\n");

    expect(await labelsOf([], folder)).toEqual(["export.jsonl"]);
    expect(warnings).toEqual(["Skipped people.csv: does not mention model and input_tokens."]);
  });
});

describe("before anything is read", () => {
  it("says what is there and what would be read", async () => {
    await put("in/a.jsonl");

    expect(await filesCollector.detect(optionsFor([], join(folder, "in")), context)).toEqual({
      found: true,
      summary: "1 file(s) in the folder",
    });
    expect(await filesCollector.detect(optionsFor([], join(folder, "none")), context)).toMatchObject({
      found: false,
    });
    expect(await filesCollector.explain(optionsFor(["in"]), context)).toEqual([
      `read ${join(folder, "in/a.jsonl")} (jsonl, 31 bytes)`,
    ]);
  });

  it("refuses an input that stands for nothing", async () => {
    await mkdir(join(folder, "empty"));

    for (const input of ["missing.jsonl", "empty", "*.jsonl"]) {
      await expect(filesOf([input])).rejects.toMatchObject({ code: "TOP-COLLECT-INPUT", exitCode: 2 });
    }
  });

  it("refuses inputs of which nothing can be read, naming each", async () => {
    await put("notes.md");

    await expect(filesOf(["notes.md"])).rejects.toMatchObject({
      code: "TOP-COLLECT-FORMAT",
      found: "notes.md: not a known format",
    });
  });
});
