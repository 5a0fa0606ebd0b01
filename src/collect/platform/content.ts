import type { ContentRecord } from "../contract.js";
import { asObject, type JsonObject, jsonIn } from "./fields.js";

/** What a platform keeps of a call's text, in whatever shape the application or provider gave it. */
export interface KeptText {
  readonly request: unknown;
  readonly response: unknown;
  readonly model?: string | null;
  readonly intent?: string | null;
}

/**
 * The text of a call: messages where the request has any, else its prompt; null where nothing was kept. Shapes of
 * OpenAI, Anthropic, Gemini and LangChain are known; anything else is kept as its JSON text, so that nothing is lost.
 */
export function contentOf(
  eventId: string,
  { request, response, model = null, intent = null }: KeptText,
): ContentRecord | null {
  const asked = askedIn(jsonIn(request));
  const answered = answerIn(jsonIn(response));
  if (asked === null && answered === null) return null;
  return {
    eventId,
    ...asked,
    ...(answered !== null && { response: answered }),
    ...(model !== null && { model }),
    ...(intent !== null && { intent }),
  };
}

const MESSAGE_KEYS = ["messages", "contents", "input", "prompt", "inputs"];

function askedIn(value: unknown): Pick<ContentRecord, "messages" | "prompt"> | null {
  if (isEmpty(value)) return null;
  if (typeof value === "string") return { prompt: value };
  if (Array.isArray(value)) {
    // LangChain logs a batch: a list of lists of messages, of which one call has one.
    if (value.length === 1 && Array.isArray(value[0])) return askedIn(value[0]);
    return value.every((item) => asObject(item) !== null)
      ? { messages: value }
      : { prompt: JSON.stringify(value) };
  }
  const object = asObject(value);
  if (object === null) return { prompt: String(value) };
  const key = MESSAGE_KEYS.find((name) => !isEmpty(object[name]));
  return key === undefined ? { prompt: JSON.stringify(object) } : askedIn(object[key]);
}

function answerIn(value: unknown): string | null {
  if (isEmpty(value)) return null;
  return textIn(value) ?? JSON.stringify(value);
}

const ANSWER_KEYS = [
  "choices",
  "message",
  "messages",
  "content",
  "text",
  "output_text",
  "output",
  "candidates",
  "parts",
  "generations",
  "kwargs",
];

/** Text of an answer, parts joined; null where none of the known places holds any. */
function textIn(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const parts = value.map(textIn).filter((part) => part !== null);
    return parts.length === 0 ? null : parts.join("");
  }
  const object: JsonObject | null = asObject(value);
  if (object === null) return null;
  for (const key of ANSWER_KEYS) {
    const text = isEmpty(object[key]) ? null : textIn(object[key]);
    if (text !== null && text !== "") return text;
  }
  return null;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (asObject(value) !== null && Object.keys(value as object).length === 0);
