import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  API_VERSION,
  artifactSchema,
  hashFile,
  type LocatedYaml,
  readArtifact,
  readLocatedYaml,
  writeArtifact,
} from "./artifact.js";
import { UsageError } from "./errors.js";

const noteSchema = artifactSchema("Note", {
  word_count: z.int(),
  lines: z.array(z.strictObject({ text: z.string() })),
});
const note = {
  apiVersion: API_VERSION,
  kind: "Note",
  inputs: [],
  wordCount: 2,
  lines: [{ text: "two words" }],
  run: { createdAt: "2026-01-01T00:00:00Z", tokenopVersion: "0", directory: "." },
} as const;

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "tokenop-artifact-"));

async function failure(text: string): Promise<UsageError> {
  const path = join(await folder(), "note.yaml");
  await writeFile(path, text);
  return readArtifact(path, noteSchema, "Make it again.").then(
    () => expect.fail("was accepted"),
    (error: unknown) => error as UsageError,
  );
}

describe("artifacts", () => {
  it("come back from YAML as they went in", async () => {
    const path = join(await folder(), "note.yaml");
    await writeArtifact(path, noteSchema, note);
    expect(await readArtifact(path, noteSchema, "")).toEqual(note);
    expect(await readFile(path, "utf8")).toContain("word_count: 2");
  });

  it("have a hash that does not depend on when they were written", async () => {
    const path = join(await folder(), "note.yaml");
    await writeArtifact(path, noteSchema, note);
    const first = await hashFile(path);
    await writeArtifact(path, noteSchema, {
      ...note,
      run: { ...note.run, createdAt: "2027-01-01T00:00:00Z" },
    });
    expect(await hashFile(path)).toEqual(first);
    await writeArtifact(path, noteSchema, { ...note, wordCount: 3 });
    expect(await hashFile(path)).not.toEqual(first);
  });

  it("are JSON where the name says so", async () => {
    const path = join(await folder(), "note.json");
    await writeArtifact(path, noteSchema, note);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ kind: "Note", word_count: 2 });
  });

  it("refuse to be written in a shape that their schema does not have", async () => {
    const path = join(await folder(), "note.yaml");
    await expect(writeArtifact(path, noteSchema, { ...note, extra: 1 })).rejects.toThrow();
  });

  it("name file, line and field of a wrong value", async () => {
    const error = await failure(
      "apiVersion: tokenop/v1\nkind: Note\ninputs: []\nword_count: many\nlines: []\nrun: {}\n",
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/note\.yaml:4: field "word_count"/);
    expect(error.fix).toBe("Make it again.");
  });

  it("quote a wrong word where one of a few is expected, and nothing longer", async () => {
    const of = (kind: string): Promise<UsageError> => failure(`apiVersion: tokenop/v1\nkind: ${kind}\n`);

    expect((await of("Nota")).found).toMatch(/^Found "Nota"\. /);
    expect((await of('"a text of several words"')).found).not.toContain("several");
  });

  it("name an unknown key where it stands", async () => {
    const error = await failure(
      `apiVersion: tokenop/v1\nkind: Note\ninputs: []\nword_count: 1\nlines:\n  - text: a\n    colour: red\n` +
        "run: { created_at: a, tokenop_version: b, directory: c }\n",
    );
    expect(error.message).toMatch(/note\.yaml:7: field "lines\.0\.colour"/);
  });

  it("name the line of broken YAML, and a file that is not there", async () => {
    expect((await failure("kind: [Note\n")).code).toBe("TOP-ARTIFACT-SYNTAX");
    const missing = await readArtifact("/nowhere/x.yaml", noteSchema, "Run it first.").catch(
      (error) => error,
    );
    expect(missing).toMatchObject({ code: "TOP-ARTIFACT-MISSING", exitCode: 2, fix: "Run it first." });
  });
});

describe("located YAML", () => {
  const text = `---
name: example
steps:
  - id: first
    when: "a > b"
    run: >-
      x: y z
empty:
`;
  const yaml = readLocatedYaml(text) as LocatedYaml;

  it("knows line and column of every value and key", () => {
    expect(yaml.value).toEqual({
      name: "example",
      steps: [{ id: "first", when: "a > b", run: "x: y z" }],
      empty: null,
    });
    expect(yaml.locate(["name"])).toEqual({ line: 2, column: 7 });
    expect(yaml.locate(["name"], { part: "key" })).toEqual({ line: 2, column: 1 });
    expect(yaml.locate(["steps", 0, "id"], { part: "key" })).toEqual({ line: 4, column: 5 });
    expect(yaml.locate(["empty"], { part: "key" })).toEqual({ line: 8, column: 1 });
  });

  it("points into a text, also in quotes and in a block", () => {
    expect(yaml.locate(["steps", 0, "when"], { offset: 4 })).toEqual({ line: 5, column: 16 });
    expect(yaml.locate(["steps", 0, "run"], { offset: 3 })).toEqual({ line: 7, column: 10 });
  });

  it("points at what is around a value that is not there", () => {
    expect(yaml.locate(["steps", 0, "missing"])).toEqual({ line: 4, column: 5 });
    expect(yaml.locate(["steps", 7, "id"])).toEqual({ line: 4, column: 3 });
    expect(yaml.locate([])).toEqual({ line: 2, column: 1 });
  });

  it("is not read where it is none", () => {
    expect(readLocatedYaml("a: 1\nb: [1\n")).toMatchObject({ position: { line: 3 } });
    expect(readLocatedYaml("a: 1\na: 2\n")).toMatchObject({ position: { line: 2, column: 1 } });
    expect(readLocatedYaml("a: *nowhere\n")).toHaveProperty("fault");
  });
});
