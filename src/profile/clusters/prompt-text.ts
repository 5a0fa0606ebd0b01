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

function textOfContent(content: unknown): string {
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

/**
 * Lower-case text with everything that only tells two uses of one template apart replaced by a mark: quoted
 * strings, addresses, identifiers, numbers.
 */
export function maskVariables(text: string): string {
  return text
    .toLowerCase()
    .replace(/"[^"\n]{1,400}"|“[^”\n]{1,400}”|`[^`\n]{1,400}`/g, " qq ")
    .replace(/\bhttps?:\/\/\S+/g, " uu ")
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, " ii ")
    .replace(/\b(?=[a-z_-]*\d)[a-z0-9_-]{8,}\b/g, " ii ")
    .replace(/\d+([.,:]\d+)*/g, " nn ");
}

/** Words of a masked text: runs of letters, inner apostrophes kept. */
export function wordsOf(masked: string): string[] {
  return masked.match(/[\p{L}_]+(?:['’][\p{L}]+)*/gu) ?? [];
}
