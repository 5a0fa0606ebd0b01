import type { LocatedAttribute, LocatedBlock } from "./edit-tree.js";

/**
 * Changes to HCL text that leave every other character as it is: comments, alignment, line ends, order. Each takes the
 * block as it was read from the very text and gives the new text; read again before the next change.
 */

/** Replaces `[start, end)`. */
function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** Sets the expression of an attribute that is there. */
export function replaceExpression(text: string, attribute: LocatedAttribute, expression: string): string {
  return splice(text, attribute.valueStart, attribute.end, expression);
}

/** Adds lines at the end of a block; each is indented as its neighbours are, `  ` below what it says itself. */
export function addLines(text: string, block: LocatedBlock, lines: readonly string[]): string {
  const eol = eolOf(text);
  const outer = indentAt(text, block.start);
  const inner = innerIndent(text, block, outer);
  const written = lines.map((line) => (line === "" ? "" : inner + reindent(line, inner, outer))).join(eol);
  const isOneLine = !text.slice(block.inside, block.close).includes("\n");
  if (!isOneLine) {
    const lineStart = text.lastIndexOf("\n", block.close - 1) + 1;
    const isOwnLine = text.slice(lineStart, block.close).trim() === "";
    return isOwnLine
      ? splice(text, lineStart, lineStart, written + eol)
      : splice(text, block.close, block.close, eol + written + eol + outer);
  }
  const content = text.slice(block.inside, block.close).trim();
  const kept = content === "" ? "" : `${inner}${content}${eol}`;
  return splice(text, block.inside, block.close, `${eol}${kept}${written}${eol}${outer}`);
}

/** Takes an attribute or a block out, its line with it where it has one of its own. A comment above it stays. */
export function remove(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end);
  const isAlone =
    text.slice(lineStart, start).trim() === "" &&
    text.slice(end, lineEnd === -1 ? undefined : lineEnd).trim() === "";
  return isAlone
    ? splice(text, lineStart, lineEnd === -1 ? text.length : lineEnd + 1, "")
    : splice(text, start, end, "");
}

/** Writes a block anew in its place; each line is indented as `addLines` does it, from the block's own indent. */
export function replaceBlock(text: string, block: LocatedBlock, lines: readonly string[]): string {
  const outer = indentAt(text, block.start);
  const step = innerIndent(text, block, outer).slice(outer.length) || "  ";
  const written = lines.map((line) => {
    const [spaces] = /^ */.exec(line)!;
    return line === "" ? "" : outer + step.repeat(spaces.length / 2) + line.slice(spaces.length);
  });
  return splice(text, block.start, block.end, written.join(eolOf(text)).slice(outer.length));
}

/** Puts a whole block behind another one, an empty line between them. */
export function addBlockBehind(text: string, block: LocatedBlock, lines: readonly string[]): string {
  const eol = eolOf(text);
  const lineEnd = text.indexOf("\n", block.end);
  const written = lines.join(eol);
  return lineEnd === -1
    ? `${text}${eol}${eol}${written}${eol}`
    : splice(text, lineEnd + 1, lineEnd + 1, `${eol}${written}${eol}`);
}

export const eolOf = (text: string): "\n" | "\r\n" => (/\r\n/.test(text) ? "\r\n" : "\n");

/** White space that the line of an offset begins with. */
function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))![0];
}

/** That of the first thing inside which has a line of its own; else one step more than the block. */
function innerIndent(text: string, block: LocatedBlock, outer: string): string {
  const inside = [...block.attributes, ...block.blocks].sort((left, right) => left.start - right.start);
  for (const { start } of inside) {
    const lineStart = text.lastIndexOf("\n", start - 1) + 1;
    if (lineStart > block.inside && text.slice(lineStart, start).trim() === "")
      return text.slice(lineStart, start);
  }
  return `${outer}${outer.startsWith("\t") ? "\t" : "  "}`;
}

/** Steps of two spaces in a line become steps of the text around it. */
function reindent(line: string, inner: string, outer: string): string {
  const step = inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : "  ";
  const [spaces] = /^ */.exec(line)!;
  return step.repeat(spaces.length / 2) + line.slice(spaces.length);
}
