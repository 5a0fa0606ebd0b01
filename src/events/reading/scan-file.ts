import { createHash } from "node:crypto";
import type { SourceFile } from "../contract.js";
import { decompress, openFleeting, openRaw } from "./open-bytes.js";

/** Where a record begins, so that a later reader need not start at the top. */
export interface Checkpoint {
  /** Ordinal of the record that begins here, from 0; a CSV header is no record. */
  readonly record: number;
  readonly line: number;
  readonly offset: number;
}

export interface FileScan {
  /** Of the file as it lies on disk. */
  readonly sha256: string;
  /** Lines (JSONL) or records after the header (CSV) that are not blank; 0 for Parquet, which counts itself. */
  readonly records: number;
  /** False where the engine's reader and ours could disagree on where records begin. */
  readonly plain: boolean;
  readonly checkpoints: readonly Checkpoint[];
}

/** A line or CSV record above this is rejected: no usage record is that long, and memory must stay bounded. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const CHECKPOINT_RECORDS = 8192;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * One pass over the bytes without parsing: hash, record count and checkpoints. It runs beside the engine's own
 * reading of the same file, and the two counts must agree before the engine's rows are believed.
 *
 * Throws what reading or decompressing throws.
 */
export async function scanFile(
  file: SourceFile,
  signal: AbortSignal,
  delimiter: string | null,
): Promise<FileScan> {
  const hash = createHash("sha256");
  const open = file.compression === "none" ? openFleeting : openRaw;
  const raw = hashed(open(file.path, signal), (chunk) => hash.update(chunk));
  if (file.format === "parquet") {
    for await (const _ of raw);
    return { sha256: hash.digest("hex"), records: 0, plain: true, checkpoints: [] };
  }
  const counted = await countRecords(decompress(raw, file.compression), delimiter);
  return { sha256: hash.digest("hex"), ...counted };
}

/** Records in a text, of lines where `delimiter` is null, of CSV with one header otherwise. */
export async function countRecords(
  chunks: AsyncIterable<Buffer>,
  delimiter: string | null,
): Promise<Omit<FileScan, "sha256">> {
  const counter = new RecordCounter(delimiter === null ? null : delimiter.charCodeAt(0));
  for await (const chunk of chunks) counter.take(chunk);
  return counter.finish();
}

async function* hashed(chunks: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}

/** Counts records as the line reader and the CSV reader would, hopping from break to break. */
class RecordCounter {
  private readonly delimiter: number | null;
  private readonly checkpoints: Checkpoint[] = [];
  private records: number;
  private plain = true;
  private line = 1;
  /** Of the chunk's first byte in the whole text. */
  private base = 0;
  private recordStart = 0;
  private recordLine = 1;
  private blank = true;
  private quoted = false;
  /** Last byte of the previous chunk, to judge a quote at the seam. */
  private previous = LINE_FEED;
  /** A closing quote at the end of a chunk, whose follower is not known yet. */
  private closing = false;
  /** The first bytes while they are too few to tell a byte order mark; null once they have been counted. */
  private head: Buffer | null = Buffer.alloc(0);

  constructor(delimiter: number | null) {
    this.delimiter = delimiter;
    // The header is counted as a record like any other, and is the one before the first.
    this.records = delimiter === null ? 0 : -1;
  }

  take(chunk: Buffer): void {
    // A byte order mark may arrive in pieces, so the first bytes wait for one another.
    const bytes = this.head === null ? chunk : Buffer.concat([this.head, chunk]);
    if (this.head !== null) this.head = bytes.length < BYTE_ORDER_MARK.length ? bytes : null;
    if (this.head === null) this.count(bytes);
  }

  private count(chunk: Buffer): void {
    if (this.delimiter === null) this.takeLines(chunk);
    else this.takeCsv(chunk);
    this.base += chunk.length;
    this.previous = chunk[chunk.length - 1] ?? this.previous;
  }

  finish(): Omit<FileScan, "sha256"> {
    if (this.head !== null) this.count(this.head);
    if (this.quoted) this.plain = false;
    if (!this.blank) this.endRecord(this.base);
    return { records: Math.max(this.records, 0), plain: this.plain, checkpoints: this.checkpoints };
  }

  /** A byte order mark is no content: a line that holds nothing else is blank. */
  private contentStart(chunk: Buffer): number {
    return this.base === 0 && chunk.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  }

  private takeLines(chunk: Buffer): void {
    let start = this.contentStart(chunk);
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      const stop = end === -1 ? chunk.length : end;
      if (this.blank) this.blank = isBlank(chunk, start, stop);
      if (end === -1) return;
      this.endLine(end);
      start = end + 1;
    }
  }

  private takeCsv(chunk: Buffer): void {
    let start = this.contentStart(chunk);
    let nextBreak = chunk.indexOf(LINE_FEED);
    let nextQuote = chunk.indexOf(QUOTE);
    if (this.closing && chunk.length > 0) this.judgeAfterClosing(chunk[0]!);
    while (nextBreak !== -1 || nextQuote !== -1) {
      const isQuote = nextQuote !== -1 && (nextBreak === -1 || nextQuote < nextBreak);
      const at = isQuote ? nextQuote : nextBreak;
      if (this.blank) this.blank = isBlank(chunk, start, isQuote ? at + 1 : at);
      start = at + 1;
      if (isQuote) {
        this.toggleQuote(chunk, at);
        nextQuote = chunk.indexOf(QUOTE, start);
      } else {
        if (this.quoted) this.line += 1;
        else this.endLine(at);
        nextBreak = chunk.indexOf(LINE_FEED, start);
      }
    }
    if (this.blank) this.blank = isBlank(chunk, start, chunk.length);
  }

  /** A quote is plain where it opens a field, closes one, or stands doubled inside; anywhere else readers differ. */
  private toggleQuote(chunk: Buffer, at: number): void {
    const before = at === 0 ? this.previous : chunk[at - 1]!;
    if (!this.quoted) {
      // A byte order mark, or the first half of a doubled quote, may stand before.
      const atStart = this.base + at === 3 && this.line === 1;
      if (before !== this.delimiter && before !== LINE_FEED && before !== QUOTE && !atStart)
        this.plain = false;
      this.quoted = true;
      return;
    }
    this.quoted = false;
    if (at + 1 < chunk.length) this.judgeAfterClosing(chunk[at + 1]!);
    else this.closing = true;
  }

  private judgeAfterClosing(next: number): void {
    this.closing = false;
    const ends = next === this.delimiter || next === LINE_FEED || next === CARRIAGE_RETURN || next === QUOTE;
    if (!ends) this.plain = false;
  }

  private endLine(at: number): void {
    this.line += 1;
    const end = this.base + at;
    if (!this.blank) this.endRecord(end);
    this.blank = true;
    this.recordStart = end + 1;
    this.recordLine = this.line;
  }

  private endRecord(end: number): void {
    if (end - this.recordStart > MAX_RECORD_BYTES) this.plain = false;
    if (this.records >= 0 && this.records % CHECKPOINT_RECORDS === 0) {
      this.checkpoints.push({ record: this.records, line: this.recordLine, offset: this.recordStart });
    }
    this.records += 1;
  }
}

/** White space as the engine's reader skips it between records: tab to carriage return, and space. */
function isBlank(chunk: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = chunk[at]!;
    if (byte !== SPACE && (byte < 0x09 || byte > CARRIAGE_RETURN)) return false;
  }
  return true;
}
