/** The cells that a row of a side table speaks of. */
export type KeyColumns = {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly context_class: number;
  readonly batch: boolean;
};

/** Tokens as billed; subsets as in the canonical event. */
export const TOKEN_COLUMNS = [
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "cache_write_1h_tokens",
  "output_tokens",
  "reasoning_tokens",
] as const;

export type TokenColumns = { readonly [C in (typeof TOKEN_COLUMNS)[number]]: number };
