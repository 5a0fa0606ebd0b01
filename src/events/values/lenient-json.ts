import type { Fault } from "./fault.js";

/** Numbers that JSON has not but Python's and other writers emit. */
const NOT_FINITE: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, infinity: Infinity };
// Control characters cannot stand unescaped in a JSON string, so no text of a file is taken for a marker.
const MARKER = "\u0001not-finite:";

/**
 * Parses one line as JSON, with two liberties that the engine's reader takes too: `NaN` and `Infinity` as numbers
 * (a field that needs them is refused as not finite), and a comma before a closing bracket.
 */
export function parseJsonLine(text: string): { value: unknown } | { fault: Fault } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return parseWithLiberties(text);
  }
}

function parseWithLiberties(text: string): { value: unknown } | { fault: Fault } {
  const { repaired, changed, open } = repair(text);
  if (changed && !open) {
    try {
      return { value: JSON.parse(repaired, reviveNotFinite) };
    } catch {
      // Falls through to the fault of the line as it stands.
    }
  }
  const size = `a line of ${text.length} characters`;
  if (open && /^\s*\{/.test(text)) {
    return { fault: { code: "truncated_line", message: `found ${size} that ends inside an object` } };
  }
  return { fault: { code: "invalid_json", message: `found ${size} that is not JSON` } };
}

function reviveNotFinite(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(MARKER)) return value;
  const word = value.slice(MARKER.length).toLowerCase();
  return word.startsWith("-") ? -NOT_FINITE[word.slice(1)]! : NOT_FINITE[word]!;
}

const TOKEN = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|-?\b(?:nan|inf|infinity)\b|,(?=\s*[}\]])|[{}[\]]/gi;

/** Marks non-finite numbers, drops trailing commas, and says whether the text ends inside a string or bracket. */
function repair(text: string): { repaired: string; changed: boolean; open: boolean } {
  let depth = 0;
  let inString = false;
  let changed = false;
  const repaired = text.replace(TOKEN, (token) => {
    const first = token[0]!;
    if (first === '"') {
      inString = token.length === 1 || !token.endsWith('"') || /(?:^|[^\\])(?:\\\\)*\\"$/.test(token);
      return token;
    }
    if ("{[".includes(first)) depth += 1;
    else if ("}]".includes(first)) depth -= 1;
    else {
      changed = true;
      return first === "," ? "" : JSON.stringify(`${MARKER}${token}`);
    }
    return token;
  });
  return { repaired, changed, open: inString || depth > 0 };
}
