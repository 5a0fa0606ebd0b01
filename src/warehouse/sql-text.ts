import { UsageError } from "../shared/errors.js";

/** A piece of SQL: code, or what code does not reach into (a string, a quoted name, a comment). */
interface Piece {
  readonly kind: "code" | "quoted" | "comment";
  readonly text: string;
}

// Snowflake's dollar strings, Spark's backticks; a backslash escapes in both platforms' single-quoted strings.
const PIECES =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$\$[\s\S]*?\$\$|--[^\n]*|\/\*[\s\S]*?\*\/|[^'"`$\-/]+|[\s\S]/g;

function piecesOf(sql: string): Piece[] {
  return (sql.match(PIECES) ?? []).map((text) => {
    if (text.length > 1 && (text.startsWith("--") || text.startsWith("/*"))) return { kind: "comment", text };
    if (text.length > 1 && /^['"`$]/.test(text)) return { kind: "quoted", text };
    return { kind: "code", text };
  });
}

const READS = new Set(["SELECT", "VALUES", "SHOW", "DESCRIBE", "DESC", "EXPLAIN"]);
const BODIES = /\b(SELECT|VALUES|FROM|INSERT|UPDATE|DELETE|MERGE|CREATE|TABLE)\b/;

/**
 * Refuses a statement that could do more than read. A second lock beside the grants, which are the first: whoever gives
 * TokenOp a login gives it SELECT alone.
 */
export function requireReadOnly(sql: string): void {
  const code = piecesOf(sql)
    .map(({ kind, text }) => (kind === "code" ? text : kind === "comment" ? " " : "''"))
    .join("")
    .trim()
    .replace(/;\s*$/, "");
  const first = /^\(*\s*([A-Za-z]+)/.exec(code)?.[1]?.toUpperCase() ?? "";
  const verb = first === "WITH" ? (BODIES.exec(outermost(code).toUpperCase())?.[1] ?? "") : first;
  const calls = /\bSYSTEM\$|\b(INSERT|OVERWRITE)\s+(INTO|TABLE)\b|\bINTO\s+(OUTFILE|TABLE)\b/i;
  if (READS.has(verb) && !code.includes(";") && !calls.test(code)) return;
  throw new UsageError({
    code: "TOP-WAREHOUSE-WRITES",
    message: "A statement that does more than read was refused; nothing was sent.",
    found: `It begins with ${verb === "" ? "no known word" : verb}${code.includes(";") ? ", and another statement follows" : ""}.`,
    fix: "Name a table or a view; TokenOp writes the SELECT itself.",
  });
}

/** What stands outside all parentheses. */
function outermost(code: string): string {
  let depth = 0;
  let kept = "";
  for (const character of code) {
    if (character === "(") depth += 1;
    if (depth === 0) kept += character;
    if (character === ")") depth -= 1;
  }
  return kept;
}

/** Turns `:name` into `?`; gives the names in the order of their places. Paths such as `metrics:key` are left. */
export function positionalParameters(
  sql: string,
  names: readonly string[],
): { readonly sql: string; readonly order: readonly string[] } {
  const known = new Set(names);
  const order: string[] = [];
  const text = piecesOf(sql)
    .map((piece) => {
      if (piece.kind !== "code") return piece.text;
      return piece.text.replace(/(?<![\w:)\]])[:](\w+)/g, (whole, name: string) => {
        if (!known.has(name)) return whole;
        order.push(name);
        return "?";
      });
    })
    .join("");
  return { sql: text, order };
}
