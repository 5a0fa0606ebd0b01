/**
 * Tokens of a cell split into kinds that do not overlap, so that each can be moved or removed without a subset ever
 * exceeding its total.
 */
export interface TokenKinds {
  readonly plainInput: number;
  readonly cachedInput: number;
  readonly shortWrite: number;
  readonly longWrite: number;
  readonly visibleOutput: number;
  readonly reasoning: number;
}

/** Token totals as the canonical event counts them: subsets inside their totals. */
export interface TokenTotals {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export const TOKEN_KINDS = [
  "plainInput",
  "cachedInput",
  "shortWrite",
  "longWrite",
  "visibleOutput",
  "reasoning",
] as const satisfies readonly (keyof TokenKinds)[];

export function splitTokens(totals: TokenTotals): TokenKinds {
  return {
    plainInput: totals.inputTokens - totals.cachedInputTokens - totals.cacheWriteTokens,
    cachedInput: totals.cachedInputTokens,
    shortWrite: totals.cacheWriteTokens - totals.cacheWrite1hTokens,
    longWrite: totals.cacheWrite1hTokens,
    visibleOutput: totals.outputTokens - totals.reasoningTokens,
    reasoning: totals.reasoningTokens,
  };
}

export function joinTokens(kinds: TokenKinds): TokenTotals {
  return {
    inputTokens: kinds.plainInput + kinds.cachedInput + kinds.shortWrite + kinds.longWrite,
    cachedInputTokens: kinds.cachedInput,
    cacheWriteTokens: kinds.shortWrite + kinds.longWrite,
    cacheWrite1hTokens: kinds.longWrite,
    outputTokens: kinds.visibleOutput + kinds.reasoning,
    reasoningTokens: kinds.reasoning,
  };
}

/**
 * Splits `total` over parts in proportion to their sizes, in whole numbers that sum to it exactly and never exceed
 * a part (largest remainder; ties go to the earlier part). A total beyond the sum of the parts is cut to it.
 */
export function allot(total: number, parts: readonly number[]): number[] {
  const sum = parts.reduce((left, right) => left + right, 0);
  const wanted = Math.max(0, Math.min(total, sum));
  if (sum === 0) return parts.map(() => 0);
  // Products of token counts pass 2^53, hence bigint.
  const products = parts.map((part) => BigInt(wanted) * BigInt(part));
  const shares = products.map((product) => Number(product / BigInt(sum)));
  const missing = wanted - shares.reduce((left, right) => left + right, 0);
  const byRemainder = products
    .map((product, index) => ({ index, remainder: product % BigInt(sum) }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  for (const { index } of byRemainder.slice(0, missing)) shares[index]! += 1;
  return shares;
}
