// A rule of thumb for English text, where no tokenizer of the model is at hand.
const CHARACTERS_PER_TOKEN = 4;

/** Tokens of message contents (text, or parts as JSON), estimated from their length. */
export function estimatedTokens(contents: readonly unknown[]): number {
  const characters = contents.reduce<number>(
    (sum, content) => sum + (typeof content === "string" ? content : JSON.stringify(content ?? null)).length,
    0,
  );
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
