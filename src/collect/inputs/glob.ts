import { dirname } from "node:path";

const MAGIC = /[*?[{]/;

export const isGlob = (path: string): boolean => MAGIC.test(path);

/**
 * An absolute pattern with `*`, `?`, `**`, `[abc]` and `{a,b}`, as a shell reads them: the folder to walk, and the
 * test for a path found there. `*` does not cross a folder, `**` does.
 */
export function globPattern(pattern: string): { base: string; matches: (path: string) => boolean } {
  let base = pattern;
  while (MAGIC.test(base)) base = dirname(base);
  const source = toExpression(pattern.replaceAll("\\", "/"));
  const expression = new RegExp(`^${source}$`);
  return { base, matches: (path) => expression.test(path.replaceAll("\\", "/")) };
}

function toExpression(pattern: string): string {
  let source = "";
  let inBraces = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    const character = pattern[at]!;
    const list = /^\[(!?)([^\]]+)\]/.exec(rest);
    if (rest.startsWith("**/")) {
      source += "(?:.*/)?";
      at += 2;
    } else if (rest.startsWith("**")) {
      source += ".*";
      at += 1;
    } else if (list !== null) {
      source += `[${list[1] === "!" ? "^" : ""}${list[2]!.replace(/[\\^]/g, "\\$&")}]`;
      at += list[0].length - 1;
    } else if (character === "{" && rest.includes("}")) {
      source += "(?:";
      inBraces = true;
    } else if (inBraces && (character === "," || character === "}")) {
      source += character === "," ? "|" : ")";
      inBraces = character === ",";
    } else {
      source += { "*": "[^/]*", "?": "[^/]" }[character] ?? character.replace(/[.+^${}()|[\]\\]/, "\\$&");
    }
  }
  return source;
}
