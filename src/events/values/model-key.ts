import type { PriceBook } from "../../pricing/index.js";

/**
 * One name for what sources call one model: the price book's where it knows it, else the name in lower case without
 * path, region prefix and date. Two sources are compared by it; no event is renamed.
 */
export function modelKey(prices: PriceBook, provider: string | null, model: string, at: Date): string {
  const row = prices.find({ provider, model, at })?.row ?? prices.find({ provider: null, model, at })?.row;
  return plainName(row?.model ?? model);
}

const plainName = (model: string): string =>
  model
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^(us|eu|apac|global)\./, "")
    .replace(/^(anthropic|meta|amazon|mistral|cohere)\./, "")
    .replace(/[-@](20\d{6}|20\d\d-\d\d-\d\d)(-v\d+(:\d+)?)?$/, "")
    .replace(/-v\d+:\d+$/, "");
