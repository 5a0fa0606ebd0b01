import type { Prompt } from "../contract.js";

/** Enough of a prompt to tell its task; keeps the features of one prompt in bounded memory. */
const MAXIMUM_CHARACTERS = 8000;

/** The text of a prompt, all roles in order: a system prompt tells the task at least as well as the question. */
export function textOf(prompt: Prompt): string {
  if (prompt.messages === undefined) return (prompt.prompt ?? "").slice(0, MAXIMUM_CHARACTERS);
  const parts: string[] = [];
  let length = 0;
  for (const message of prompt.messages) {
    const text = textOfContent(message.content).slice(0, MAXIMUM_CHARACTERS - length);
    parts.push(text);
    length += text.length;
    if (length >= MAXIMUM_CHARACTERS) break;
  }
  return parts.join("\n");
}

export function textOfContent(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part && typeof part.text === "string"
        ? part.text
        : "",
    )
    .join("\n");
}

/** What only tells two uses of one template apart, in the order in which it is looked for, and the mark for each. */
const VARIABLES: readonly (readonly [pattern: RegExp, mark: string])[] = [
  [/"[^"\n]{1,400}"|“[^”\n]{1,400}”|`[^`\n]{1,400}`/g, " qq "],
  [/\bhttps?:\/\/\S+/g, " uu "],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, " ii "],
  [/\b(?=[a-z_-]*\d)[a-z0-9_-]{8,}\b/g, " ii "],
  [/\d+([.,:]\d+)*/g, " nn "],
];

/** Lower-case text with quoted strings, addresses, identifiers and numbers replaced by a mark each. */
export function maskVariables(text: string): string {
  return VARIABLES.reduce((masked, [pattern, mark]) => masked.replace(pattern, mark), text.toLowerCase());
}

/** What `maskVariables` replaces, kind by kind, each in the order of the text. */
export function variablesOf(text: string): string[] {
  const found: string[] = [];
  VARIABLES.reduce(
    (masked, [pattern, mark]) =>
      masked.replace(pattern, (match) => {
        found.push(match);
        return mark;
      }),
    text.toLowerCase(),
  );
  return found;
}

/** Words of a masked text: runs of letters, inner apostrophes kept. */
export function wordsOf(masked: string): string[] {
  return masked.match(/[\p{L}_]+(?:['’][\p{L}]+)*/gu) ?? [];
}
