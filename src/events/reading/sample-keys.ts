import { splitLines } from "../../shared/lines.js";
import type { SourceFile } from "../contract.js";
import { parseJsonLine } from "../values/lenient-json.js";
import { openText } from "./open-bytes.js";
import { MAX_RECORD_BYTES } from "./scan-file.js";

const SAMPLE_LINES = 500;

/** Keys of the objects on the first lines of a JSONL file that are not null. Throws what reading throws. */
export async function sampleKeys(file: SourceFile, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  let lines = 0;
  for await (const { text } of splitLines(openText(file, signal), { maxBytes: MAX_RECORD_BYTES })) {
    lines += 1;
    if (lines > SAMPLE_LINES) break;
    const parsed = parseJsonLine(text ?? "");
    if ("fault" in parsed || typeof parsed.value !== "object" || parsed.value === null) continue;
    for (const [key, value] of Object.entries(parsed.value)) if (value !== null) keys.add(key);
  }
  return keys;
}
