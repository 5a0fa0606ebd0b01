import type { TextLine } from "../../shared/lines.js";
import { parseJsonLine } from "../values/lenient-json.js";
import { lineFault } from "./line-fault.js";
import { isBlankText, type SourceRecord } from "./source-record.js";

/** One record a line. Whether it is an object is for the judge of events to say. */
export async function* readJsonRecords(lines: AsyncIterable<TextLine>): AsyncGenerator<SourceRecord> {
  for await (const line of lines) {
    const { text, offset, bytes } = line;
    if (text === null) yield { line: line.line, offset, bytes, content: { fault: lineFault(line) } };
    else if (!isBlankText(text)) yield { line: line.line, offset, bytes, content: parseJsonLine(text) };
  }
}
