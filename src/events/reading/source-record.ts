import type { Fault } from "../values/fault.js";

/** One line of JSONL or one CSV record, parsed into its fields. Blank lines are none. */
export interface SourceRecord {
  /** 1-based line on which it begins. */
  readonly line: number;
  /** Where it begins in the decompressed text, and its length without the last line break. */
  readonly offset: number;
  readonly bytes: number;
  readonly content: { readonly value: unknown } | { readonly fault: Fault };
}

/** Column names of a CSV file and the character between them. */
export interface CsvHeader {
  readonly names: readonly string[];
  readonly delimiter: string;
}

/** White space as the engine's reader skips it between records: tab to carriage return, and space. */
export const isBlankText = (text: string): boolean => /^[\t-\r ]*$/.test(text);
