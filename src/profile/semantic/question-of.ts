import { createHash } from "node:crypto";
import { textOfContent } from "../clusters/prompt-text.js";
import type { Prompt } from "../contract.js";

/** What a semantic cache compares of a prompt. */
export interface AskedQuestion {
  /** The last message of the caller; empty where it holds more than text, or too much of it. */
  readonly question: string;
  /** Digest of everything else that the answer depends on: instructions, earlier turns, tools, format, ceiling. */
  readonly context: string;
  /** Digest of the reference answer; case and outer space do not count. */
  readonly reference: string | null;
}

/** A longer question is compared as a whole: likeness of its words says too little of the part that matters. */
const LONGEST_QUESTION = 8000;

export function questionOf(prompt: Prompt): AskedQuestion {
  const messages = prompt.messages ?? [{ role: "user", content: prompt.prompt ?? "" }];
  const last = messages.at(-1);
  const text = last?.role === "user" ? plainText(last.content) : null;
  const isOpen = text !== null && text.length <= LONGEST_QUESTION;
  const { tools, response_format, max_tokens, reference } = prompt;
  return {
    question: isOpen ? text : "",
    context: digest([isOpen ? messages.slice(0, -1) : messages, tools, response_format, max_tokens]),
    reference: reference == null ? null : digest(normalised(reference)),
  };
}

/** Text of a message that is nothing but text; null where it carries anything else. */
function plainText(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const isText = (part: unknown): boolean =>
    typeof part === "object" && part !== null && "type" in part && part.type === "text";
  return content.every(isText) ? textOfContent(content) : null;
}

const normalised = (reference: unknown): unknown =>
  typeof reference === "string" ? reference.trim().toLowerCase() : reference;

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64").slice(0, 22);
}
