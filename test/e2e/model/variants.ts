/** The part of a chat request that variants change. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly [field: string]: unknown;
}

/** One served name: what it changes in a request, and how much context its server gives to a call. */
export interface Variant {
  readonly context: "large" | "small";
  readonly change: (request: ChatRequest) => ChatRequest;
}

/** Tokens of context for a call. The eight worked examples of some prompts do not fit the small one. */
export const CONTEXT = { large: 1_024, small: 256 } as const;

export const BASELINE = "gemma-3-270m";

const asIs = (request: ChatRequest): ChatRequest => request;

/** The system prompt with its first `count` worked examples only; without any, no system prompt. */
const withExamples =
  (count: number) =>
  (request: ChatRequest): ChatRequest => ({
    ...request,
    messages: request.messages.flatMap((message) => {
      if (message.role !== "system") return [message];
      const content = message.content.split("\n\n").slice(0, count).join("\n\n");
      return content === "" ? [] : [{ ...message, content }];
    }),
  });

/** One set of weights under several names: each stands for a change that a team could make to its calls. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  [BASELINE]: { context: "large", change: asIs },
  "gemma-3-270m-terse": { context: "large", change: withExamples(3) },
  "gemma-3-270m-terse-context-256": { context: "small", change: withExamples(3) },
  "gemma-3-270m-context-256": { context: "small", change: asIs },
  "gemma-3-270m-bare": { context: "large", change: withExamples(0) },
  "gemma-3-270m-max-3-tokens": { context: "large", change: (request) => ({ ...request, max_tokens: 3 }) },
  "gemma-3-270m-warm": { context: "large", change: (request) => ({ ...request, temperature: 1 }) },
};
