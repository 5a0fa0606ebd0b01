import { EARLIEST_TS, LATEST_TS, type Problem, type ProblemCode } from "../../events/contract.js";
import type { TextLine } from "../../shared/lines.js";

export type JsonObject = { readonly [key: string]: unknown };

/** Why a usage record cannot be used. Carries the kind and size of what was found, never its text. */
export class RecordProblem extends Error {
  readonly problem: Omit<Problem, "file" | "line">;

  constructor(code: ProblemCode, field: string | null, message: string) {
    super(message);
    this.problem = { code, field, message };
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The line's JSON object; null for an empty line. Throws `RecordProblem`. */
export function parseRecord(line: TextLine): JsonObject | null {
  if (line.text === null) {
    throw line.fault === "too_long"
      ? new RecordProblem("line_too_long", null, `found a line of ${line.bytes} bytes, above the limit.`)
      : new RecordProblem("invalid_encoding", null, "found bytes that are not UTF-8.");
  }
  if (line.text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    // The parser's own message quotes the line, which may hold a prompt.
    throw line.terminated
      ? new RecordProblem("invalid_json", null, `found ${line.bytes} bytes that are not JSON.`)
      : new RecordProblem("truncated_line", null, `found ${line.bytes} bytes of a line that is cut short.`);
  }
  const record = asObject(value);
  if (record === null) {
    throw new RecordProblem("not_an_object", null, `found ${describe(value)}, expected a JSON object.`);
  }
  return record;
}

/** A count of tokens; null where it is absent and `required` is not set. */
export function readCount(record: JsonObject, key: string, path: string, required = false): number | null {
  const value = record[key];
  const field = `${path}.${key}`;
  if (value === undefined || value === null) {
    if (!required) return null;
    throw new RecordProblem("missing_field", field, "found nothing, expected a whole number of tokens.");
  }
  if (typeof value !== "number") {
    throw new RecordProblem(
      "wrong_type",
      field,
      `found ${describe(value)}, expected a whole number of tokens.`,
    );
  }
  const found = `found ${value}, expected a whole number of tokens from 0.`;
  if (!Number.isFinite(value)) throw new RecordProblem("not_finite", field, found);
  if (value < 0) throw new RecordProblem("negative", field, found);
  if (!Number.isInteger(value)) throw new RecordProblem("wrong_type", field, found);
  if (!Number.isSafeInteger(value)) throw new RecordProblem("out_of_range", field, found);
  return value;
}

/** A name or id; null where it is absent, a problem where it is there but empty. */
export function readText(record: JsonObject, key: string, path = ""): string | null {
  const value = record[key];
  const field = path === "" ? key : `${path}.${key}`;
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") {
    throw new RecordProblem("wrong_type", field, `found ${describe(value)}, expected a text.`);
  }
  if (value === "") throw new RecordProblem("invalid_value", field, "found an empty text.");
  return value;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const EARLIEST_MS = Date.parse(EARLIEST_TS);
const LATEST_MS = Date.parse(LATEST_TS);

/** Milliseconds of a required ISO 8601 instant with a zone. */
export function readInstant(value: unknown, field: string): number {
  if (value === undefined || value === null) {
    throw new RecordProblem("missing_field", field, "found nothing, expected an ISO 8601 instant.");
  }
  const parsed = typeof value === "string" && INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(parsed)) {
    throw new RecordProblem(
      "invalid_timestamp",
      field,
      `found ${describe(value)}, expected an ISO 8601 instant.`,
    );
  }
  if (parsed < EARLIEST_MS || parsed >= LATEST_MS) {
    throw new RecordProblem("out_of_range", field, `found the year ${new Date(parsed).getUTCFullYear()}.`);
  }
  return parsed;
}

/** Type and size of a value; numbers verbatim, texts never. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
