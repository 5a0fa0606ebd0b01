import { UsageError } from "../shared/errors.js";
import type { ColumnMapping, EventColumn } from "./contract.js";
import { COLUMN_KINDS, COLUMN_NAMES } from "./values/event-columns.js";
import { PARSERS } from "./values/parse-value.js";
import type { TimestampUnit } from "./values/timestamp.js";

/**
 * Parses `--map ts=TIMESTAMP,input_tokens=ContextTokens` and `--set provider=openai,model=gpt-4o`. In `map` the left
 * side is ours, the right side the source's; an empty right side (`status=`) leaves the column null although the
 * source has one of that name.
 *
 * Throws `TOP-EVENTS-MAP` for a pair that is none, an unknown column, a column named twice or in both, and a constant
 * that the column cannot hold.
 */
export function parseMapping(
  map: string | undefined,
  set: string | undefined,
  tsUnit?: TimestampUnit,
): ColumnMapping {
  const mapped = parsePairs("--map", map);
  const constant = parsePairs("--set", set);
  for (const [column, text] of Object.entries(constant) as [EventColumn, string][]) {
    if (column in mapped)
      throw refusal("--set", `"${column}" is mapped and set at once.`, "A column has one origin.");
    const parsed = PARSERS[COLUMN_KINDS[column]](text, { textual: true, integersAsText: false, tsUnit });
    if ("fault" in parsed) {
      throw refusal("--set", `"${column}" cannot be "${text}".`, `${parsed.fault.message}.`);
    }
  }
  return { map: mapped, set: constant, ...(tsUnit === undefined ? {} : { tsUnit }) };
}

type Flag = "--map" | "--set";

function parsePairs(flag: Flag, text: string | undefined): Partial<Record<EventColumn, string>> {
  const pairs: Partial<Record<EventColumn, string>> = {};
  for (const part of (text ?? "").split(",").filter((piece) => piece.trim() !== "")) {
    const at = part.indexOf("=");
    if (at === -1)
      throw refusal(flag, `"${part}" has no "=".`, "Pairs look like column=value, with commas between.");
    const column = knownColumn(flag, part.slice(0, at).trim());
    if (column in pairs) throw refusal(flag, `"${column}" is given twice.`, "A column has one origin.");
    pairs[column] = part.slice(at + 1).trim();
  }
  return pairs;
}

function knownColumn(flag: Flag, name: string): EventColumn {
  const column = COLUMN_NAMES.find((candidate) => candidate === name);
  if (column !== undefined) return column;
  const close = nearestColumn(name);
  const hint = close === null ? "" : ` The nearest is "${close}".`;
  throw refusal(
    flag,
    `"${name}" is not a column of an event.${hint}`,
    `Columns: ${COLUMN_NAMES.join(", ")}.`,
  );
}

function refusal(flag: Flag, what: string, found: string): UsageError {
  const example =
    flag === "--map" ? "--map ts=TIMESTAMP,input_tokens=ContextTokens" : "--set provider=openai,model=gpt-4o";
  return new UsageError({
    code: "TOP-EVENTS-MAP",
    message: `${flag}: ${what}`,
    found,
    fix: `Example: ${example}`,
  });
}

/** The column that shares most two-letter pieces with `name` (Dice); null where it shares too few to be meant. */
function nearestColumn(name: string): EventColumn | null {
  const pieces = (text: string): Set<string> => {
    const plain = text.toLowerCase().replace(/[^a-z0-9]/g, "");
    return new Set(Array.from({ length: Math.max(plain.length - 1, 0) }, (_, at) => plain.slice(at, at + 2)));
  };
  const own = pieces(name);
  const ranked = COLUMN_NAMES.map((column) => {
    const other = pieces(column);
    const shared = [...own].filter((piece) => other.has(piece)).length;
    return { column, score: (2 * shared) / Math.max(own.size + other.size, 1) };
  }).sort((left, right) => right.score - left.score);
  const best = ranked[0]!;
  return best.score >= 0.4 ? best.column : null;
}
