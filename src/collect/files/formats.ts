import { open } from "node:fs/promises";
import type { SourceCompression, SourceFormat } from "../../events/contract.js";

const NAME = /\.(jsonl|ndjson|json|csv|tsv|parquet)(?:\.(gz|zst))?$/i;

const FORMATS: Readonly<Record<string, SourceFormat>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
};

export interface NamedFormat {
  readonly format: SourceFormat;
  readonly compression: SourceCompression;
}

/** Endings that are read, for messages. */
export const KNOWN_ENDINGS =
  ".jsonl, .ndjson, .json (one object a line), .csv, .tsv, .parquet; text also .gz or .zst";

/** Format and compression by the file's name; null for a name that says neither. */
export function formatByName(name: string): NamedFormat | null {
  const match = NAME.exec(name);
  if (match === null) return null;
  const format = FORMATS[match[1]!.toLowerCase()]!;
  const ending = match[2]?.toLowerCase();
  if (format === "parquet" && ending !== undefined) return null;
  return { format, compression: ending === "gz" ? "gzip" : ending === "zst" ? "zstd" : "none" };
}

const PEEK_BYTES = 64 * 1024;

/**
 * Whether a `.json` file looks like one document rather than one object a line: it begins with a list, or its first
 * line is an object left open.
 */
export async function isWholeDocument(path: string): Promise<boolean> {
  if (!/\.json$/i.test(path)) return false;
  const text = (await peek(path, "start")).replace(/^\uFEFF/, "").trimStart();
  const [first = ""] = text.split("\n");
  return text.startsWith("[") || /^\{\s*("[^"]*"\s*:\s*[[{]?\s*)?$/.test(first.trimEnd());
}

/**
 * Whether a file that nobody named mentions all of `names` where its columns stand: the first lines of text, the
 * footer of Parquet. Compressed text cannot be looked into cheaply and counts as a match.
 */
export async function mentions(path: string, named: NamedFormat, names: readonly string[]): Promise<boolean> {
  if (named.compression !== "none") return true;
  const text = await peek(path, named.format === "parquet" ? "end" : "start");
  return names.every((name) => text.includes(name));
}

async function peek(path: string, where: "start" | "end"): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const position = where === "start" ? 0 : Math.max(0, size - PEEK_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PEEK_BYTES), 0, PEEK_BYTES, position);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}
