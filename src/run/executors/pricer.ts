import type { PriceBook, Usage } from "../../pricing/contract.js";
import { contextClassOf, priceUsage } from "../../pricing/price-usage.js";
import type { PicoUsd } from "../../shared/money.js";
import type { ModelCall, ModelRef, WorstCase } from "../contract.js";

/** List prices of single calls at one instant. */
export interface Pricer {
  /** null where the book has no price: unpriced, never free. */
  price(ref: ModelRef, usage: Usage): PicoUsd | null;
  /** Upper bound on tokens and cost of a call that may generate `maxOutputTokens`. */
  worstCase(call: ModelCall, maxOutputTokens: number): WorstCase;
}

// Roles and separators that chat formats add; the known ones add 3 to 5 a message.
const OVERHEAD_TOKENS_PER_MESSAGE = 16;
// An image or file part costs tokens that its JSON does not show; the large image formats stay below this.
const TOKENS_PER_OPAQUE_PART = 4_096;
// Providers add instructions of several hundred tokens where tools or a schema are given; this stays above them.
const OVERHEAD_TOKENS_OF_TOOLS = 1_024;
// Providers rewrite definitions in a form of their own, which may be longer than the JSON that was sent.
const JSON_FACTOR = 2;

/** `batch`: at the batch price, where the seller has one. */
export function createPricer(book: PriceBook, at: Date, { batch = false } = {}): Pricer {
  const price = (ref: ModelRef, usage: Usage): PicoUsd | null => {
    const match = book.find({ provider: ref.provider === "" ? null : ref.provider, model: ref.model, at });
    if (match === null) return null;
    const contextClass = contextClassOf(usage.inputTokens, book.thresholds);
    return priceUsage(usage, match.row, { contextClass, batch, serviceTier: null }).amount;
  };
  return {
    price,
    worstCase: (call, maxOutputTokens) => {
      const inputTokens = largestInputTokens(call);
      const usage = { inputTokens, outputTokens: maxOutputTokens };
      const none = { cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 };
      // Each of these is the dearest reading of the same tokens somewhere in the book.
      const readings = [
        none,
        { ...none, cacheWriteTokens: inputTokens },
        { ...none, reasoningTokens: maxOutputTokens },
        { ...none, cacheWriteTokens: inputTokens, reasoningTokens: maxOutputTokens },
      ].map((rest) => price(call, { ...usage, ...rest }));
      const dearestFirst = readings.filter((cost) => cost !== null).sort((a, b) => (a < b ? 1 : -1));
      const cost = dearestFirst.length < readings.length ? null : dearestFirst[0]!;
      return { tokens: inputTokens + maxOutputTokens, cost };
    },
  };
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), "utf8");

/** A token of text spans at least one byte of UTF-8 in every byte-level vocabulary, so bytes bound tokens. */
function largestInputTokens({ messages, tools, responseFormat, embed }: ModelCall): number {
  let tokens = OVERHEAD_TOKENS_PER_MESSAGE + Buffer.byteLength(embed ?? "", "utf8");
  if (tools !== undefined) tokens += OVERHEAD_TOKENS_OF_TOOLS + JSON_FACTOR * jsonBytes(tools);
  if (responseFormat !== undefined)
    tokens += OVERHEAD_TOKENS_OF_TOOLS + JSON_FACTOR * jsonBytes(responseFormat);
  for (const { content } of messages) {
    tokens += OVERHEAD_TOKENS_PER_MESSAGE;
    const text = typeof content === "string" ? content : JSON.stringify(content ?? null);
    tokens += Buffer.byteLength(text, "utf8");
    const parts = Array.isArray(content) ? (content as { type?: unknown }[]) : [];
    tokens += TOKENS_PER_OPAQUE_PART * parts.filter((part) => part?.type !== "text").length;
  }
  return tokens;
}
