import { sha256 } from "../shared/artifact.js";
import type { PriceBook, PriceMatch, PriceQuery, PriceRow } from "./contract.js";
import { compileRule, type Matcher, type MatchRule } from "./match-rule.js";
import { createSellerNames, type Seller, type SellerFacts, type SellerNames } from "./provider-names.js";

/** A row with the rule that recognises its model's spellings; without one only the model's own name matches. */
export interface MatchedPriceRow extends PriceRow {
  readonly match?: MatchRule;
}

export interface PriceBookMeta {
  readonly source: string;
  readonly date: string;
  /** Facts on sellers; those that only appear in rows are known by their id alone. */
  readonly sellers?: readonly SellerFacts[];
}

/** One model at one seller: its rows over time, and how its name is recognised. */
interface Entry {
  readonly provider: string;
  readonly model: string;
  readonly matches: Matcher;
  readonly rows: PriceRow[];
}

/** What a (provider, model) pair resolves to, before the date is known. */
interface Resolution {
  readonly overrides: readonly PriceRow[];
  readonly listed: { readonly rows: readonly PriceRow[]; readonly matched: "exact" | "alias" } | null;
}

/** Provider of an override that holds for every seller. */
export const EVERY_PROVIDER = "*";

/**
 * A price book over list rows and the user's own rows. Override rows win on their dates; terms that an override does
 * not state (batch, prompt cache, class, context window) come from the list row of the same model, rates never do.
 * Rows keep their order: the first rule that matches a name decides, as in the source.
 */
export function createPriceBook(
  rows: readonly MatchedPriceRow[],
  overrideRows: readonly MatchedPriceRow[],
  meta: PriceBookMeta,
): PriceBook {
  const catalogue = createCatalogue(rows, overrideRows, meta.sellers ?? []);
  const all: readonly PriceRow[] = [...overrideRows, ...rows];
  const thresholds = new Set(all.flatMap((row) => row.tiers.map((tier) => tier.aboveInputTokens)));
  thresholds.delete(0);
  const cache = new Map<string, Resolution>();
  return {
    id: `prices-${meta.date}-${sha256(canonicalText({ rows: all, sellers: meta.sellers ?? [] })).slice(0, 12)}`,
    source: meta.source,
    date: meta.date,
    rows: all,
    thresholds: [...thresholds].sort((a, b) => a - b),
    find: (query) => {
      const key = `${query.provider ?? ""}\0${query.model}`;
      let resolution = cache.get(key);
      if (resolution === undefined) {
        resolution = catalogue(query);
        cache.set(key, resolution);
      }
      return pickByDate(resolution, query.at);
    },
  };
}

function createCatalogue(
  rows: readonly MatchedPriceRow[],
  overrides: readonly PriceRow[],
  facts: readonly SellerFacts[],
): (query: PriceQuery) => Resolution {
  const bySeller = groupEntries(rows);
  const sellers = mergeFacts(facts, bySeller.keys());
  const names = createSellerNames(sellers);
  const search = createSearch(bySeller, sellers);
  return ({ provider, model }) => {
    const seller = names.resolve(provider);
    const spelled = names.readModel(model);
    const listed = search(seller, spelled);
    const billedBy = seller.kind === "seller" ? seller.id : (spelled.seller ?? listed?.provider ?? null);
    const mine = overrides.filter(
      (row) =>
        (spelled.names.includes(row.model.toLowerCase()) || row.model === listed?.model) &&
        sellsTo(row.provider, billedBy, provider, names),
    );
    // A row for one seller is nearer than a row for all.
    mine.sort((a, b) => Number(a.provider === EVERY_PROVIDER) - Number(b.provider === EVERY_PROVIDER));
    if (listed === null) return { overrides: mine, listed: null };
    const matched = spelled.names[0] === listed.model.toLowerCase() ? "exact" : "alias";
    return { overrides: mine, listed: { rows: listed.rows, matched } };
  };
}

/** Whether an override for `owner` covers a call billed by `billedBy`, or logged under exactly that name. */
function sellsTo(owner: string, billedBy: string | null, logged: string | null, names: SellerNames): boolean {
  if (owner === EVERY_PROVIDER || owner.toLowerCase() === logged?.toLowerCase()) return true;
  const seller = names.resolve(owner);
  return seller.kind === "seller" && seller.id === billedBy;
}

type Spelled = ReturnType<SellerNames["readModel"]>;

function createSearch(
  bySeller: ReadonlyMap<string, readonly Entry[]>,
  sellers: readonly SellerFacts[],
): (seller: Seller, spelled: Spelled) => Entry | null {
  const resells = new Map(sellers.map((seller) => [seller.id, seller.resells ?? []]));
  const makers = sellers.flatMap((seller) =>
    seller.makes === undefined ? [] : [{ id: seller.id, makes: compileRule(seller.makes) }],
  );
  const listedAt = (id: string, spelled: readonly string[]): Entry | null => {
    const entries = bySeller.get(id) ?? [];
    for (const name of spelled) {
      const entry = entries.find((candidate) => candidate.matches(name));
      if (entry !== undefined) return entry;
    }
    // Some rules do not cover the list's own name of the model; a report shows that name, so it must work too.
    return entries.find((entry) => spelled.includes(entry.model.toLowerCase())) ?? null;
  };
  const soldBy = (id: string, spelled: readonly string[]): Entry | null => {
    for (const seller of [id, ...(resells.get(id) ?? [])]) {
      const entry = listedAt(seller, spelled);
      if (entry !== null) return entry;
    }
    return null;
  };
  return (seller, spelled) => {
    if (seller.kind === "none") return null;
    if (seller.kind === "seller") return soldBy(seller.id, spelled.names);
    if (spelled.seller !== null) return soldBy(spelled.seller, spelled.names);
    // A name behind a stranger's prefix ("someone/claude-distilled") is not the maker's, whatever it contains.
    const bare = spelled.names.filter((name) => !name.includes("/"));
    for (const maker of makers) {
      const entry = bare.some(maker.makes) ? listedAt(maker.id, bare) : null;
      if (entry !== null) return entry;
    }
    const byOwnName = (entry: Entry) => spelled.names.includes(entry.model.toLowerCase());
    return onlyPrice([...bySeller.values()].flatMap((entries) => entries.find(byOwnName) ?? []));
  };
}

/** Sellers that ask different prices leave the question open; guessing one would misprice silently. */
function onlyPrice(entries: readonly Entry[]): Entry | null {
  const prices = new Set(entries.map((entry) => canonicalText(entry.rows.map(({ tiers }) => tiers))));
  return prices.size === 1 ? entries[0]! : null;
}

function groupEntries(rows: readonly MatchedPriceRow[]): Map<string, Entry[]> {
  const bySeller = new Map<string, Entry[]>();
  const byModel = new Map<string, Entry>();
  for (const row of rows) {
    const key = `${row.provider}\0${row.model}`;
    let entry = byModel.get(key);
    if (entry === undefined) {
      const matches = compileRule(row.match ?? { equals: row.model });
      entry = { provider: row.provider, model: row.model, matches, rows: [] };
      byModel.set(key, entry);
      const siblings = bySeller.get(row.provider);
      if (siblings === undefined) bySeller.set(row.provider, [entry]);
      else siblings.push(entry);
    }
    entry.rows.push(row);
  }
  return bySeller;
}

function mergeFacts(facts: readonly SellerFacts[], ids: Iterable<string>): SellerFacts[] {
  const known = new Set(facts.map((seller) => seller.id));
  return [...facts, ...[...ids].filter((id) => !known.has(id)).map((id) => ({ id }))];
}

function pickByDate({ overrides, listed }: Resolution, at: Date): PriceMatch | null {
  const base = listed === null ? undefined : inForce(listed.rows, at);
  const override = overrides.find((row) => holds(row, at));
  if (override !== undefined) return { row: withTermsOf(override, base), matched: "override" };
  return base === undefined || listed === null ? null : { row: base, matched: listed.matched };
}

/** Hours are narrower than days, so a row for the hour beats the row for the whole day. */
function inForce(rows: readonly PriceRow[], at: Date): PriceRow | undefined {
  const current = rows.filter((row) => holds(row, at));
  return current.find((row) => row.hoursUtc !== undefined) ?? current[0];
}

function holds(row: PriceRow, at: Date): boolean {
  const instant = at.toISOString();
  if (row.from !== null && instant < row.from) return false;
  if (row.until !== null && instant >= row.until) return false;
  if (row.hoursUtc === undefined) return true;
  const { start, end } = row.hoursUtc;
  const time = instant.slice(11, 16);
  return start <= end ? time >= start && time < end : time >= start || time < end;
}

function withTermsOf(override: PriceRow, base: PriceRow | undefined): PriceRow {
  if (base === undefined) return override;
  return {
    ...override,
    batchDiscount: override.batchDiscount ?? base.batchDiscount,
    capabilityClass: override.capabilityClass ?? base.capabilityClass,
    maxInputTokens: override.maxInputTokens ?? base.maxInputTokens,
    promptCache: override.promptCache ?? base.promptCache,
    ...(base.serviceTiers !== undefined && { serviceTiers: base.serviceTiers }),
    ...(base.fineTuning !== undefined && { fineTuning: base.fineTuning }),
  };
}

function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}` : inner));
}
