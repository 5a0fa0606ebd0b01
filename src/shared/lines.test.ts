import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LineOptions, readLines, type TextLine } from "./lines.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lines-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function linesOf(content: string | Uint8Array, options?: LineOptions): Promise<TextLine[]> {
  const path = join(folder, "input.txt");
  await writeFile(path, content);
  const lines: TextLine[] = [];
  for await (const line of readLines(path, options)) lines.push(line);
  return lines;
}

describe("reading a file line by line", () => {
  it("numbers lines from 1 and gives each one's byte offset", async () => {
    const lines = await linesOf("ä\nbc\n");

    expect(lines.map(({ line, offset, bytes, text }) => [line, offset, bytes, text])).toEqual([
      [1, 0, 2, "ä"],
      [2, 3, 2, "bc"],
    ]);
  });

  it("ends lines at both kinds of line break and drops a byte order mark", async () => {
    const lines = await linesOf("\uFEFFone\r\ntwo\n\nfour");

    expect(lines.map((line) => line.text)).toEqual(["one", "two", "", "four"]);
  });

  it("marks a last line that was never ended", async () => {
    expect((await linesOf("done\nhalf")).map((line) => line.terminated)).toEqual([true, false]);
    expect(await linesOf("")).toEqual([]);
  });

  it("passes over a line above the limit and goes on with the next one", async () => {
    const lines = await linesOf(`${"x".repeat(5)}\n${"y".repeat(11)}\nok\n`, { maxBytes: 10 });

    expect(lines.map(({ text, fault, bytes }) => ({ text, fault, bytes }))).toEqual([
      { text: "xxxxx", fault: null, bytes: 5 },
      { text: null, fault: "too_long", bytes: 11 },
      { text: "ok", fault: null, bytes: 2 },
    ]);
  });

  it("passes over a line that spans many read buffers without keeping it", async () => {
    const lines = await linesOf(`${"z".repeat(3 * 1024 * 1024)}\nok`, { maxBytes: 1000 });

    expect(lines.map((line) => line.fault)).toEqual(["too_long", null]);
    expect(lines[0]!.bytes).toBe(3 * 1024 * 1024);
    expect(lines[1]).toMatchObject({ text: "ok", offset: 3 * 1024 * 1024 + 1 });
  });

  it("says so when a line is not UTF-8", async () => {
    const lines = await linesOf(new Uint8Array([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62, 0x0a]));

    expect(lines.map(({ text, fault }) => text ?? fault)).toEqual(["a", "invalid_encoding", "b"]);
  });

  it("stops when the caller gives up", async () => {
    await expect(linesOf("a\nb\n", { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("loses nothing, wherever the line breaks fall", async () => {
    const parts = fc.array(
      fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\uFEFF]/.test(text)),
      {
        minLength: 1,
      },
    );
    await fc.assert(
      fc.asyncProperty(parts, async (texts) => {
        const lines = await linesOf(`${texts.join("\n")}\n`);
        expect(lines.map((line) => line.text)).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  });
});
