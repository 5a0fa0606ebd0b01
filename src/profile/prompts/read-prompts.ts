import { readLines, type TextLine } from "../../shared/lines.js";
import { type Prompt, promptSchema } from "../contract.js";

/** A line of prompts.jsonl: a prompt, or why it is none. A problem never quotes the line. */
export type PromptLine =
  | { readonly line: number; readonly prompt: Prompt }
  | { readonly line: number; readonly field: string; readonly problem: string };

/** Streams prompts.jsonl; blank lines are passed over. Memory is bounded by the longest line. */
export async function* readPrompts(path: string, signal: AbortSignal): AsyncGenerator<PromptLine> {
  for await (const textLine of readLines(path, { signal })) {
    if (textLine.text !== null && textLine.text.trim() === "") continue;
    yield parsePromptLine(textLine);
  }
}

function parsePromptLine({ line, text, fault, bytes }: TextLine): PromptLine {
  if (text === null) {
    const problem = fault === "too_long" ? `line of ${bytes} bytes is too long` : "not valid UTF-8";
    return { line, field: "(line)", problem };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, so it is not passed on.
    return { line, field: "(line)", problem: `not valid JSON (${text.length} characters)` };
  }
  const parsed = promptSchema.safeParse(value);
  if (parsed.success) return { line, prompt: parsed.data };
  const issue = parsed.error.issues[0]!;
  return { line, field: issue.path.join(".") || "(line)", problem: issue.message };
}
