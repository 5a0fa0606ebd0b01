import { readFileSync } from "node:fs";
import { UsageError } from "../../shared/errors.js";

const texts = new Map<string, string>();

/** Text of a `.sql` file, with its `{{names}}` filled by identifiers that were quoted, or by other such files. */
export function loadSql(file: URL, fill: Readonly<Record<string, string>> = {}): string {
  const text = texts.get(file.href) ?? readFileSync(file, "utf8").trim();
  texts.set(file.href, text);
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const filled = fill[name];
    if (filled === undefined) throw new RangeError(`${file.pathname} needs "${name}"`);
    return filled;
  });
}

/** A column that some generations of a table lack or call otherwise. */
export interface VaryingColumn {
  /** With the table's alias, as the file has it: `u.latency_ms`. */
  readonly column: string;
  /** What is read in its place, in order of preference, where a column of that name is there. */
  readonly instead?: readonly { readonly has: string; readonly sql: string }[];
  /** Type of the NULL that is read where there is none of them. */
  readonly type: string;
}

/**
 * The statement for a table that has these columns (lower case): every varying column that is not there is read from
 * the first substitute that is, else as NULL. The file itself names the documented columns, so it runs as it stands.
 */
export function fitColumns(
  sql: string,
  varying: readonly VaryingColumn[],
  present: ReadonlySet<string>,
): string {
  return varying.reduce((text, { column, instead = [], type }) => {
    if (present.has(column.slice(column.indexOf(".") + 1))) return text;
    const substitute = instead.find(({ has }) => present.has(has))?.sql ?? `CAST(NULL AS ${type})`;
    return text.replace(new RegExp(`(?<![\\w.])${column.replace(".", "\\.")}(?![\\w.])`, "g"), substitute);
  }, sql);
}

/** What `fitColumns` may change, for `explain`. */
export const explainVarying = (varying: readonly VaryingColumn[]): string[] =>
  varying.map(({ column, instead = [] }) => {
    const substitutes = instead.map(({ sql }) => sql);
    return `  where the table has no ${column}: ${[...substitutes, "NULL"].join(", else ")}`;
  });

const PART = /"(?:[^"]|"")+"|`(?:[^`]|``)+`|[A-Za-z_][\w$]*/y;

/**
 * The parts of a name such as `db.schema.table` or `"My db".s.t`: plain identifiers as `plain` spells them, quoted ones
 * as they are. Null for anything else, so that no expression can stand where a name is expected.
 */
export function partsOfName(name: string, plain: (identifier: string) => string): readonly string[] | null {
  const parts: string[] = [];
  PART.lastIndex = 0;
  for (let at = 0; ; at = PART.lastIndex + 1) {
    PART.lastIndex = at;
    const part = PART.exec(name)?.[0];
    if (part === undefined) return null;
    const quote = part[0]!;
    parts.push(/["`]/.test(quote) ? part.slice(1, -1).replaceAll(quote + quote, quote) : plain(part));
    if (PART.lastIndex === name.length) return parts;
    if (name[PART.lastIndex] !== ".") return null;
  }
}

/** The name with every part quoted. @throws UsageError TOP-COLLECT-NAME */
export function quotedName(name: string, plain: (identifier: string) => string, quote: '"' | "`"): string {
  const parts = partsOfName(name, plain);
  if (parts === null) {
    throw new UsageError({
      code: "TOP-COLLECT-NAME",
      message: "A table or column in sources: is no plain name.",
      found: `A text of ${name.length} characters that is no identifier, nor several joined by dots.`,
      fix: "Name a table, a view or a column; put an expression into a view and name that.",
    });
  }
  return parts.map((part) => `${quote}${part.replaceAll(quote, quote + quote)}${quote}`).join(".");
}
