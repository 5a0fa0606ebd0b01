import type { CanonicalEvent, EventColumn, Problem } from "../contract.js";
import { COLUMN_KINDS, COLUMN_NAMES, REQUIRED_COLUMNS, SUBSET_RULES } from "./event-columns.js";
import { describeValue } from "./fault.js";
import { PARSERS, type Reading } from "./parse-value.js";

/** A usable event; `id` is null where the source has none and one will be derived. */
export type UsableEvent = Omit<CanonicalEvent, "id"> & { readonly id: string | null };

export type Verdict =
  | { readonly event: UsableEvent }
  | { readonly problem: Pick<Problem, "code" | "field" | "message"> };

const CANONICAL: Reading = { textual: false, integersAsText: false };

/**
 * Judges one value as a canonical event (an object with the columns as keys). Accepts whatever `eventSchema` accepts,
 * as long as `ts`, `model`, `input_tokens` and `output_tokens` are present, `ts` is an instant that usage can
 * honestly carry, no subset of tokens exceeds its total, and only a bucket counts more than one request. Beyond the schema a missing key reads as null, and `ts`
 * may be seconds, milliseconds, microseconds or nanoseconds since 1970. Keys that are no column are ignored.
 */
export function validateEvent(value: unknown): Verdict {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const message = `found ${describeValue(value)}, expected an object`;
    return { problem: { code: "not_an_object", field: null, message } };
  }
  const record = value as Readonly<Record<string, unknown>>;
  return judgeRecord(
    (column) => record[column],
    () => CANONICAL,
  );
}

/**
 * The judgement behind `validateEvent`, for any source: `rawOf` finds a column's raw value, `readingOf` says how
 * the source writes that column. The first column at fault, in the schema's order, is the one reported.
 */
export function judgeRecord(
  rawOf: (column: EventColumn) => unknown,
  readingOf: (column: EventColumn) => Reading,
): Verdict {
  const event: Record<string, unknown> = {};
  for (const column of COLUMN_NAMES) {
    const raw = rawOf(column);
    const reading = readingOf(column);
    if (raw === null || raw === undefined || (reading.textual && isEmptyCell(raw))) {
      event[column] = null;
      continue;
    }
    const parsed = PARSERS[COLUMN_KINDS[column]](raw, reading);
    if ("fault" in parsed) return { problem: { ...parsed.fault, field: column } };
    event[column] = parsed.value;
  }
  const problem = missingColumn(event) ?? brokenSubset(event) ?? countOfOneRequest(event);
  return problem === null ? { event: event as unknown as UsableEvent } : { problem };
}

const isEmptyCell = (raw: unknown): boolean => typeof raw === "string" && /^[\t-\r ]*$/.test(raw);

function missingColumn(event: Readonly<Record<string, unknown>>) {
  const field = REQUIRED_COLUMNS.find((column) => event[column] === null);
  if (field === undefined) return null;
  return {
    code: "missing_field",
    field,
    message: `found no value for ${field}, which every event needs`,
  } as const;
}

function brokenSubset(event: Readonly<Record<string, unknown>>) {
  for (const { parts, whole } of SUBSET_RULES) {
    const sum = parts.reduce((total, part) => total + ((event[part] as number | null) ?? 0), 0);
    const limit = (event[whole] as number | null) ?? 0;
    if (sum <= limit) continue;
    const message = `found ${sum} ${parts.join(" + ")}, expected at most the ${limit} ${whole} that include them`;
    return { code: "subset_exceeds_total", field: parts[0]!, message } as const;
  }
  return null;
}

/** Many calls in a row that does not say that it is a bucket would be priced and sketched as one huge request. */
function countOfOneRequest({ grain, request_count: requests }: Readonly<Record<string, unknown>>) {
  if (requests === null || requests === 1 || grain === "bucket") return null;
  const message = `found ${requests} requests in a row that is one, expected "bucket" as its grain`;
  return { code: "invalid_value", field: "request_count", message } as const;
}
