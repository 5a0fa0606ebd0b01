import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testContext, testOptions } from "../../../test/support/agent-home.js";
import type { CanonicalEvent } from "../../events/contract.js";
import type { Collected, ExportReader } from "../contract.js";
import { readExports } from "./read-exports.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "exports-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Call {
  readonly call?: string;
  readonly ts: string;
  readonly text?: string;
}

/** Calls with an id, a time and a text. */
const calls: ExportReader = {
  summary: "reads calls",
  recognises: (record) => "call" in (record as object),
  normalise: (record) => {
    const { call, ts } = record as Call;
    if (call === undefined)
      return { problem: { field: "call", code: "missing_field", message: "found nothing." } };
    return { event: { id: call, ts } as CanonicalEvent, suppliedId: true };
  },
  content: (record, eventId) => ({ eventId, prompt: (record as Call).text ?? "" }),
};

async function read(files: Record<string, readonly object[]>, changes = {}, reader = calls) {
  for (const [name, records] of Object.entries(files))
    await writeFile(join(folder, name), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const notes: string[] = [];
  const context = testContext(folder);
  const log = { ...context.log, warn: (message: string) => void notes.push(message) };
  const options = testOptions(folder, { inputs: [folder], ...changes });
  const batches: Collected[] = [];
  const platform = { id: "calls", title: "Calls", exports: reader };
  for await (const batch of readExports(platform, options, { ...context, log })) batches.push(batch);
  return { batches, notes };
}

const rowsOf = (batches: readonly Collected[]) =>
  batches.flatMap((batch) => (batch.kind === "rows" ? batch.rows : []));
const at = "2026-11-20T07:00:00Z";

describe("export files of a platform", () => {
  it("become rows with their file and line, and what cannot be read a problem there", async () => {
    const { batches } = await read({ "a.jsonl": [{ call: "1", ts: at }, { ts: at }] });

    expect(rowsOf(batches)).toMatchObject([
      { file: "a.jsonl", line: 1, event: { id: "1" } },
      { file: "a.jsonl", line: 2, problem: { field: "call" } },
    ]);
  });

  it("leave out what lies before the window", async () => {
    const { batches } = await read(
      {
        "a.jsonl": [
          { call: "1", ts: at },
          { call: "2", ts: "2026-11-21T00:00:00Z" },
        ],
      },
      { since: new Date("2026-11-21T00:00:00Z") },
    );

    expect(rowsOf(batches)).toMatchObject([{ event: { id: "2" } }]);
  });

  it("give text only where it was asked for", async () => {
    const files = { "a.jsonl": [{ call: "1", ts: at, text: "hello" }] };

    expect((await read(files)).batches.map(({ kind }) => kind)).toEqual(["rows"]);
    const { batches } = await read(files, { includeContent: true });
    expect(batches[1]).toEqual({ kind: "content", records: [{ eventId: "1", prompt: "hello" }] });
  });

  it("leave other platforms' files of the folder alone, and say so", async () => {
    const { batches, notes } = await read({ "a.jsonl": [{ call: "1", ts: at }], "b.jsonl": [{ charge: 1 }] });

    expect(rowsOf(batches)).toHaveLength(1);
    expect(notes).toEqual(["Left out as no Calls export: b.jsonl."]);
  });

  it("are refused where none is of the platform", async () => {
    await expect(read({ "b.jsonl": [{ charge: 1 }] })).rejects.toMatchObject({
      code: "TOP-COLLECT-FORMAT",
      exitCode: 2,
      found: expect.stringContaining("b.jsonl"),
    });
  });

  it("are unpacked where one line holds many records", async () => {
    const unpack = (document: unknown): unknown[] => (document as { spans: unknown[] }).spans;
    const { batches } = await read(
      {
        "a.jsonl": [
          {
            spans: [
              { call: "1", ts: at },
              { call: "2", ts: at },
            ],
          },
        ],
      },
      {},
      { ...calls, unpack },
    );

    expect(rowsOf(batches)).toMatchObject([
      { line: 1, event: { id: "1" } },
      { line: 1, event: { id: "2" } },
    ]);
  });
});
