import type { ColumnMapping, EventColumn, SourceFormat } from "../contract.js";
import { COLUMN_KINDS, COLUMN_NAMES } from "../values/event-columns.js";
import { describeValue } from "../values/fault.js";
import { PARSERS, type Reading } from "../values/parse-value.js";
import { judgeRecord, type Verdict } from "../values/validate-event.js";

/** Where the values of one event column come from. */
export type ColumnOrigin =
  | { readonly from: "nowhere" }
  | { readonly from: "constant"; readonly value: unknown }
  | { readonly from: "column"; readonly name: string; readonly reading: Reading };

export type SourceColumns = Readonly<Record<EventColumn, ColumnOrigin>>;

const CONSTANT: Omit<Reading, "tsUnit"> = { textual: true, integersAsText: false };

/**
 * Origin of each event column for files of one format. A column that is not mapped is read from the source column of
 * its own name; mapped to nothing (`status=`) it stays null. Attributes are free labels and could hold anything, so
 * they are kept only from files that are canonical, which means that nothing was mapped.
 */
export function sourceColumns(mapping: ColumnMapping, format: SourceFormat): SourceColumns {
  const isCanonical = Object.keys(mapping.map).length === 0;
  const origin = (column: EventColumn): ColumnOrigin => {
    const constant = mapping.set[column];
    if (constant !== undefined) return { from: "constant", value: parseConstant(column, constant, mapping) };
    const mapped = mapping.map[column];
    if (mapped === "" || (column === "attributes" && !isCanonical)) return { from: "nowhere" };
    const reading: Reading = {
      textual: format !== "jsonl",
      integersAsText: mapped !== undefined || format === "parquet",
      tsUnit: mapping.tsUnit,
    };
    return { from: "column", name: mapped ?? column, reading };
  };
  return Object.fromEntries(COLUMN_NAMES.map((column) => [column, origin(column)])) as SourceColumns;
}

/** The value that `--set column=text` stands for; `parseMapping` has refused texts that stand for none. */
function parseConstant(column: EventColumn, text: string, { tsUnit }: ColumnMapping): unknown {
  const parsed = PARSERS[COLUMN_KINDS[column]](text, { ...CONSTANT, tsUnit });
  return "fault" in parsed ? null : parsed.value;
}

/** Judges one parsed record of a file under its column origins. */
export function judgeSource(value: unknown, columns: SourceColumns): Verdict {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const message = `found ${describeValue(value)}, expected an object`;
    return { problem: { code: "not_an_object", field: null, message } };
  }
  const record = value as Readonly<Record<string, unknown>>;
  return judgeRecord(
    (column) => {
      const origin = columns[column];
      if (origin.from === "constant") return origin.value;
      return origin.from === "column" ? record[origin.name] : null;
    },
    (column) => {
      const origin = columns[column];
      // Constants were parsed already and are canonical values.
      return origin.from === "column" ? origin.reading : { textual: false, integersAsText: false };
    },
  );
}
