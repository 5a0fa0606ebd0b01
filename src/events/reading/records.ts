import { splitLines } from "../../shared/lines.js";
import type { SourceFile } from "../contract.js";
import { readCsvRecords } from "./csv-records.js";
import { readJsonRecords } from "./json-records.js";
import { openRaw, openText } from "./open-bytes.js";
import { type Checkpoint, MAX_RECORD_BYTES } from "./scan-file.js";
import type { CsvHeader, SourceRecord } from "./source-record.js";

/**
 * Records of a text file in order, with memory bounded by `MAX_RECORD_BYTES`. With `from`, an uncompressed file is
 * read from there on. Throws what reading or decompressing throws, after the records before the fault.
 */
export function readRecords(
  file: SourceFile,
  header: CsvHeader | null,
  signal: AbortSignal,
  from?: Checkpoint,
): AsyncGenerator<SourceRecord> {
  const start = file.compression === "none" ? from : undefined;
  const bytes = start === undefined ? openText(file, signal) : openRaw(file.path, signal, start.offset);
  const lines = splitLines(bytes, { maxBytes: MAX_RECORD_BYTES, from: start });
  return header === null ? readJsonRecords(lines) : readCsvRecords(lines, header, start === undefined);
}
