import type { TextLine } from "../../shared/lines.js";
import type { Fault } from "../values/fault.js";
import { lineFault } from "./line-fault.js";
import { MAX_RECORD_BYTES } from "./scan-file.js";
import { type CsvHeader, isBlankText, type SourceRecord } from "./source-record.js";

// No field of a usage record has that many lines; beyond it the quote that opened it must be a stray.
const MAX_RECORD_LINES = 100_000;

/**
 * CSV as RFC 4180 has it: fields may be quoted, quotes inside are doubled, a quoted field may hold line breaks
 * (they arrive as `\n`). A quote inside an unquoted field is an ordinary character.
 *
 * A quote that is never closed costs its own line only: the lines that it swallowed are read again by themselves.
 */
export async function* readCsvRecords(
  lines: AsyncIterable<TextLine>,
  header: CsvHeader,
  skipHeader: boolean,
): AsyncGenerator<SourceRecord> {
  let headerPending = skipHeader;
  for await (const { record, fields } of splitCsv(lines, header.delimiter)) {
    if (headerPending) headerPending = false;
    else yield fields === null ? record : { ...record, content: namedFields(fields, header) };
  }
}

/** Reads the first record as names. Null for a file without one. */
export async function readCsvHeader(lines: AsyncIterable<TextLine>): Promise<CsvHeader | null> {
  for await (const line of lines) {
    if (line.text === null || isBlankText(line.text)) continue;
    const delimiter = likeliestDelimiter(line.text);
    const state = new CsvFields(delimiter);
    state.take(line.text);
    return { names: state.fields.map((name) => name.trim()), delimiter };
  }
  return null;
}

/** The candidate that occurs most often outside quotes; a comma where none does. */
function likeliestDelimiter(text: string): string {
  const outside = text.replace(/"[^"]*"/g, "");
  const counts = [",", "\t", ";", "|"].map((delimiter) => ({
    delimiter,
    count: outside.split(delimiter).length - 1,
  }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}

interface SplitRecord {
  readonly record: SourceRecord;
  readonly fields: readonly string[] | null;
}

async function* splitCsv(lines: AsyncIterable<TextLine>, delimiter: string): AsyncGenerator<SplitRecord> {
  let open: { state: CsvFields; lines: TextLine[]; bytes: number } | null = null;

  // Lines that an unclosed quote swallowed, to be read again after its own line was given up.
  function* feed(first: TextLine): Generator<SplitRecord> {
    let queue = [first];
    for (let at = 0; at < queue.length; at += 1) {
      const line = queue[at]!;
      if (open !== null && (line.text === null || isFull(open, line))) {
        const [unclosed, ...swallowed] = open.lines;
        open = null;
        yield failed(unclosed!, neverClosed());
        queue = [...swallowed, ...queue.slice(at)];
        at = -1;
        continue;
      }
      if (line.text === null) yield failed(line, lineFault(line));
      else yield* take(line, line.text);
    }
  }

  function* take(line: TextLine, text: string): Generator<SplitRecord> {
    if (open === null && isBlankText(text)) return;
    open ??= { state: new CsvFields(delimiter), lines: [], bytes: 0 };
    open.lines.push(line);
    open.bytes += line.bytes + 1;
    if (open.state.take(text) === "open") return;
    const first = open.lines[0]!;
    const bytes = line.offset + line.bytes - first.offset;
    const { fields, malformed } = open.state;
    open = null;
    if (malformed) yield failed({ ...first, bytes }, misplacedQuote());
    else {
      const record = { line: first.line, offset: first.offset, bytes, content: { value: null } };
      yield { record, fields };
    }
  }

  for await (const line of lines) yield* feed(line);
  while (open !== null) {
    const [unclosed, ...swallowed]: TextLine[] = (open as { lines: TextLine[] }).lines;
    open = null;
    yield failed(unclosed!, neverClosed());
    for (const line of swallowed) yield* feed(line);
  }
}

const isFull = (open: { lines: readonly TextLine[]; bytes: number }, next: TextLine): boolean =>
  open.bytes + next.bytes > MAX_RECORD_BYTES || open.lines.length === MAX_RECORD_LINES;

function failed({ line, offset, bytes }: TextLine, fault: Fault): SplitRecord {
  return { record: { line, offset, bytes, content: { fault } }, fields: null };
}

const neverClosed = (): Fault => ({
  code: "invalid_csv",
  message: "found a quoted field that is never closed",
});

const misplacedQuote = (): Fault => ({
  code: "invalid_csv",
  message: "found text between a closing quote and the next delimiter",
});

function namedFields(fields: readonly string[], { names }: CsvHeader): SourceRecord["content"] {
  if (fields.length !== names.length) {
    const message = `found ${fields.length} fields, expected the ${names.length} of the header`;
    return { fault: { code: "invalid_csv", message } };
  }
  const value: Record<string, string> = {};
  // The first of two columns with one name wins.
  for (let at = names.length - 1; at >= 0; at -= 1) value[names[at]!] = fields[at]!;
  return { value };
}

/** Fields of one record, fed line by line until it is complete. */
class CsvFields {
  readonly fields: string[] = [];
  malformed = false;
  private readonly delimiter: string;
  private quoted: string | null = null;

  constructor(delimiter: string) {
    this.delimiter = delimiter;
  }

  take(text: string): "open" | "complete" {
    let at = 0;
    if (this.quoted !== null) {
      this.quoted += "\n";
      at = this.takeQuoted(text, 0);
      if (at === -1) return "open";
    }
    while (at <= text.length) {
      if (text[at] === '"') {
        this.quoted = "";
        at = this.takeQuoted(text, at + 1);
        if (at === -1) return "open";
      } else {
        const end = text.indexOf(this.delimiter, at);
        const stop = end === -1 ? text.length : end;
        this.fields.push(text.slice(at, stop));
        at = stop + 1;
      }
    }
    return "complete";
  }

  /** From inside a quoted field to behind the delimiter after it; -1 where the field goes on in the next line. */
  private takeQuoted(text: string, start: number): number {
    let at = start;
    for (;;) {
      const quote = text.indexOf('"', at);
      if (quote === -1) {
        this.quoted += text.slice(at);
        return -1;
      }
      this.quoted += text.slice(at, quote);
      if (text[quote + 1] !== '"') {
        this.fields.push(this.quoted!);
        this.quoted = null;
        return this.behindDelimiter(text, quote + 1);
      }
      this.quoted += '"';
      at = quote + 2;
    }
  }

  private behindDelimiter(text: string, at: number): number {
    if (at === text.length || text[at] === this.delimiter) return at + 1;
    this.malformed = true;
    return text.length + 1;
  }
}
