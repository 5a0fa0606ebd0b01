import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import { parse as parseCsv } from "csv-parse";
import type { Problem } from "../../events/contract.js";
import { splitLines, type TextLine } from "../../shared/lines.js";

/** A value of an export file with its place, or why there is none. */
export type LocatedRecord = { readonly line: number } & (
  | { readonly value: unknown }
  | { readonly problem: Omit<Problem, "file" | "line"> }
);

/** A document that is one JSON value is held in memory whole; above this it must be one object a line. */
const WHOLE_DOCUMENT_BYTES = 256 * 1024 * 1024;
const PEEK_BYTES = 4096;

/**
 * Records of an export file, one after the other: JSON lines, one JSON document (a list, or an object that holds one
 * under `data`, `results`, `Records` or `events`), CSV and TSV; each also gzipped. Lines count from 1; in a document,
 * records do.
 */
export async function* readRecords(path: string, signal: AbortSignal): AsyncGenerator<LocatedRecord> {
  if (/\.(csv|tsv)(\.gz)?$/i.test(path)) return yield* readTable(path, signal);
  if (await isDocument(path, signal)) return yield* readDocument(path);
  for await (const line of splitLines(bytesOf(path, signal), { signal })) {
    const record = jsonOf(line);
    if (record !== null) yield { line: line.line, ...record };
  }
}

function bytesOf(path: string, signal: AbortSignal): Readable {
  const bytes = createReadStream(path, { signal });
  // The stream carries the error on to whoever reads it.
  return /\.gz$/i.test(path) ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

/** Whether a file is one JSON document: it begins with a list, or with an object that its first line leaves open. */
async function isDocument(path: string, signal: AbortSignal): Promise<boolean> {
  let text = "";
  for await (const chunk of bytesOf(path, signal)) {
    text += (chunk as Buffer).toString("utf8");
    if (text.length >= PEEK_BYTES) break;
  }
  const start = text.replace(/^\uFEFF/, "").trimStart();
  const [first = ""] = start.split("\n");
  return start.startsWith("[") || /^\{\s*("[^"]*"\s*:\s*[[{]?\s*)?$/.test(first.trimEnd());
}

async function* readDocument(path: string): AsyncGenerator<LocatedRecord> {
  const bytes = await readFile(path);
  const content = /\.gz$/i.test(path) ? gunzipSync(bytes, { maxOutputLength: WHOLE_DOCUMENT_BYTES }) : bytes;
  if (content.length > WHOLE_DOCUMENT_BYTES) {
    const message = `found one JSON document of ${content.length} bytes, expected one object a line above 256 MiB.`;
    return yield { line: 1, problem: { field: null, code: "line_too_long", message } };
  }
  let document: unknown;
  try {
    document = JSON.parse(content.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    const message = `found ${content.length} bytes that are not JSON.`;
    return yield { line: 1, problem: { field: null, code: "invalid_json", message } };
  }
  for (const [index, value] of listIn(document).entries()) yield { line: index + 1, value };
}

const LIST_KEYS = ["data", "results", "Records", "events"];

/** The records of a document; a document that is no list and holds none is one record. */
function listIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (typeof document !== "object" || document === null) return [document];
  const held = LIST_KEYS.map((key) => (document as Record<string, unknown>)[key]).find(Array.isArray);
  return held ?? [document];
}

function jsonOf(
  line: TextLine,
): { readonly value: unknown } | { readonly problem: Omit<Problem, "file" | "line"> } | null {
  const fail = (code: Problem["code"], message: string) => ({ problem: { field: null, code, message } });
  if (line.text === null) {
    return line.fault === "too_long"
      ? fail("line_too_long", `found a line of ${line.bytes} bytes, above the limit.`)
      : fail("invalid_encoding", "found bytes that are not UTF-8.");
  }
  if (line.text.trim() === "") return null;
  try {
    return { value: JSON.parse(line.text) };
  } catch {
    // The parser's own message quotes the line, which may hold a prompt.
    return line.terminated
      ? fail("invalid_json", `found ${line.bytes} bytes that are not JSON.`)
      : fail("truncated_line", `found ${line.bytes} bytes of a line that is cut short.`);
  }
}

async function* readTable(path: string, signal: AbortSignal): AsyncGenerator<LocatedRecord> {
  const parser = parseCsv({
    columns: true,
    bom: true,
    info: true,
    delimiter: /\.tsv(\.gz)?$/i.test(path) ? "\t" : ",",
    relax_column_count_less: true,
    skip_empty_lines: true,
  });
  pipeline(bytesOf(path, signal), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: unknown;
      info: { lines: number };
    }>)
      yield { line: info.lines, value: record };
  } catch (error) {
    signal.throwIfAborted();
    const { code, lines } = error as { code?: string; lines?: number };
    if (typeof code !== "string" || !code.startsWith("CSV_")) throw error;
    const message = `found a broken row (${code}); nothing after it can be read.`;
    yield { line: lines ?? 1, problem: { field: null, code: "invalid_csv", message } };
  }
}
