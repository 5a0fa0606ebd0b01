import { createReadStream } from "node:fs";

/** One physical line of a text file. */
export interface TextLine {
  /** 1-based. */
  readonly line: number;
  /** Byte offset of the line's first byte. */
  readonly offset: number;
  /** Length without the line break. */
  readonly bytes: number;
  /** The line without its break; null when `fault` says why it could not be kept. */
  readonly text: string | null;
  readonly fault: "too_long" | "invalid_encoding" | null;
  /** False only for a last line without a line break, which a writer may have left half done. */
  readonly terminated: boolean;
}

export interface LineOptions {
  /** Longer lines are passed over without being held in memory. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Where the first byte stands, for a reader that starts inside a file. Line 1 at offset 0 when absent. */
  readonly from?: { readonly line: number; readonly offset: number };
}

/** 32 MiB: above any usage record or prompt, and a small part of the default heap. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads a UTF-8 file line by line. Memory is bounded by `maxBytes` plus one read buffer, whatever the file's size;
 * `\n` and `\r\n` both end a line, a byte order mark at the start is dropped, and an empty last line is no line.
 */
export function readLines(path: string, options: LineOptions = {}): AsyncGenerator<TextLine> {
  const { offset } = options.from ?? { offset: 0 };
  return splitLines(
    createReadStream(path, { start: offset, highWaterMark: 1024 * 1024, signal: options.signal }),
    options,
  );
}

/** `readLines` over bytes from anywhere, for example a decompressor. */
export async function* splitLines(
  chunks: AsyncIterable<unknown>,
  options: LineOptions = {},
): AsyncGenerator<TextLine> {
  const maxBytes = options.maxBytes ?? MAX_LINE_BYTES;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pieces: Buffer[] = [];
  let kept = 0;
  let length = 0;
  let offset = options.from?.offset ?? 0;
  let line = (options.from?.line ?? 1) - 1;

  const hold = (piece: Buffer): void => {
    length += piece.length;
    // One byte of slack: a carriage return before the break does not count as content.
    if (length > maxBytes + 1) {
      pieces = [];
      kept = 0;
    } else if (piece.length > 0) {
      pieces.push(piece);
      kept += piece.length;
    }
  };

  const finish = (terminated: boolean): TextLine => {
    line += 1;
    const raw = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, kept);
    const complete = kept === length;
    const content = raw.at(-1) === CARRIAGE_RETURN ? raw.subarray(0, -1) : raw;
    const bytes = complete ? content.length : length;
    const start = offset;
    offset += length + (terminated ? 1 : 0);
    pieces = [];
    kept = 0;
    length = 0;
    const position = { line, offset: start, bytes, terminated };
    if (!complete || bytes > maxBytes) return { ...position, text: null, fault: "too_long" };
    try {
      const text = decoder.decode(content);
      return {
        ...position,
        text: start === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text,
        fault: null,
      };
    } catch {
      return { ...position, text: null, fault: "invalid_encoding" };
    }
  };

  for await (const chunk of chunks) {
    const buffer = chunk as Buffer;
    let start = 0;
    for (;;) {
      const end = buffer.indexOf(LINE_FEED, start);
      if (end === -1) break;
      hold(buffer.subarray(start, end));
      yield finish(true);
      start = end + 1;
    }
    // Copied only when the next chunk continues the line: the read buffer is then free to go.
    if (start < buffer.length) hold(start === 0 ? buffer : Buffer.from(buffer.subarray(start)));
  }
  if (length > 0) yield finish(false);
}
