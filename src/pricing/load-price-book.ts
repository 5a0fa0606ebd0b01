import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseYaml, readText } from "../shared/artifact.js";
import type { PriceBook } from "./contract.js";
import { type ListPricesFile, readListPrices } from "./list-prices.js";
import { createPriceBook, type MatchedPriceRow } from "./price-book.js";
import { applySellerTerms, sellerTermsSchema } from "./seller-terms.js";
import { parseUserPrices } from "./user-prices.js";

/** The data ships at the package root, two levels up from src/pricing and from dist/pricing alike. */
const DATA = new URL("../../prices/", import.meta.url);

/**
 * The shipped list with its terms, under the user's own price file if one is named. Works offline.
 *
 * @throws UsageError TOP-PRICES-MISSING when the user's file cannot be read, and those of `parseUserPrices`.
 */
export async function loadPriceBook(options: { readonly overrides?: string } = {}): Promise<PriceBook> {
  const [listText, termsText] = await Promise.all(
    ["list-prices.json", "overrides.yaml"].map((name) => readFile(new URL(name, DATA), "utf8")),
  );
  const list = JSON.parse(listText!) as ListPricesFile;
  const fix = "This file ships with the package: reinstall it.";
  const terms = parseYaml(termsText!, "prices/overrides.yaml", sellerTermsSchema, fix);
  const rows = applySellerTerms(readListPrices(list), terms);
  const own = options.overrides === undefined ? [] : await readUserPrices(options.overrides);
  const source = `${list.about.source} ${list.about.version}`;
  return createPriceBook(rows, own, {
    source: options.overrides === undefined ? source : `${source} with ${basename(options.overrides)}`,
    date: list.about.date,
    sellers: list.sellers.map(({ source: _page, ...facts }) => facts),
  });
}

async function readUserPrices(path: string): Promise<MatchedPriceRow[]> {
  const fix = "Name an existing price file: --prices FILE. The format is in docs/guide/prices.md.";
  return parseUserPrices(await readText(path, "TOP-PRICES-MISSING", fix), path, basename(path));
}
