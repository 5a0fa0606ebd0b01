/** The text inside a Markdown code fence that spans the whole answer; an answer without one as it is. */
export function withoutFence(text: string): string {
  return /^\s*```[a-z]*\s*\n([\s\S]*?)\n?\s*```\s*$/i.exec(text)?.[1] ?? text;
}

/** Answers nested deeper are no data that anybody asked for, and walking them would exhaust the stack. */
export const JSON_DEPTH_LIMIT = 500;

/** undefined for a text that is not JSON, or is nested beyond the limit; JSON itself has no such value. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Brackets inside texts are counted too: they come in pairs, or are few.
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > JSON_DEPTH_LIMIT) return true;
  }
  return false;
}
