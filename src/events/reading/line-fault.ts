import type { TextLine } from "../../shared/lines.js";
import type { Fault } from "../values/fault.js";
import { MAX_RECORD_BYTES } from "./scan-file.js";

/** The fault of a line that the line reader could not keep. */
export function lineFault(line: TextLine): Fault {
  return line.fault === "too_long"
    ? {
        code: "line_too_long",
        message: `found a line of ${line.bytes} bytes, expected at most ${MAX_RECORD_BYTES}`,
      }
    : { code: "invalid_encoding", message: `found ${line.bytes} bytes that are not UTF-8` };
}
