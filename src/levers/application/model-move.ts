import { capabilityPeers, modelsOfClass } from "../../pricing/capability-peers.js";
import type { PriceBook, PriceRow } from "../../pricing/contract.js";
import type { CellKey, PrefixReuse, Workload, WorkloadCell } from "../../profile/contract.js";
import { groupBy, rowOf, sumOf } from "../cells.js";
import type { Assumption, Books, ClusterProposal, LeverLimits, ModelRef } from "../contract.js";

/** What routing, cascades and distillation share: who may answer instead, and what a request costs there. */

/** Peers beyond the cheapest few never win on cost, and each would be one more line to read. */
const PEERS_PER_MODEL = 8;

/** Requests of one (cluster, model) that another model would answer. */
export interface Move {
  /** The cells that move, as they were and as the candidate would bill them, in the same order. */
  readonly before: readonly WorkloadCell[];
  readonly after: readonly WorkloadCell[];
  /** Prefix reuse of what moved, as the candidate's prompt cache would see it. */
  readonly prefixReuse: readonly PrefixReuse[];
  /** Cells of the same (cluster, model) that the candidate cannot take. */
  readonly stays: boolean;
  readonly assumptions: readonly Assumption[];
  /** Whether a cell or reuse row is part of the move. */
  includes(key: CellKey): boolean;
}

/**
 * Formula: the same tokens at the candidate's rates, for the cells of (cluster, baseline model). Cached and written
 * tokens stay so only where the candidate has a prompt cache with a cached rate and no longer smallest prefix; else
 * they become plain input. Batched cells stay batched only where the candidate has a batch price, a service tier only
 * where the provider stays.
 * Context: a context class stays on the baseline where the candidate cannot take it; a class that the candidate's
 * window cuts moves only if its mean request fills at most half of the window.
 */
export function moveRequests(
  workload: Workload,
  { cluster, model: baseline }: ClusterProposal,
  candidate: ModelRef,
  book: PriceBook,
): Move {
  const own = workload.cells.filter((cell) => isOf(cell));
  const row = rowOf(book, candidate, workload.pricedAt);
  const classes = fittingClasses(own, row, book);
  const includes = (key: CellKey) => isOf(key) && classes.has(key.contextClass);
  const before = own.filter(includes);
  const keepsCache =
    before.every(({ fleet }) => fleet === undefined) && carriesCache(baseline!, candidate, workload, book);
  const keepsWrites = keepsCache && row !== null && row.tiers[0]!.rates.cacheWrite !== null;
  const keepsPlace = baseline!.provider === candidate.provider;
  const isBatched = (batch: boolean) => batch && (row?.batchDiscount ?? null) !== null;
  const routedFrom = nameOf(baseline!);
  const move = ({ fleet: _, ...cell }: WorkloadCell): WorkloadCell => ({
    ...cell,
    ...candidate,
    endpoint: keepsPlace ? cell.endpoint : null,
    region: keepsPlace ? cell.region : null,
    serviceTier: keepsPlace ? cell.serviceTier : null,
    batch: isBatched(cell.batch),
    cachedInputTokens: keepsCache ? cell.cachedInputTokens : 0,
    cacheWriteTokens: keepsWrites ? cell.cacheWriteTokens : 0,
    cacheWrite1hTokens: keepsWrites ? cell.cacheWrite1hTokens : 0,
    routedFrom,
  });
  const stays = before.length < own.length;
  return {
    before,
    after: before.map(move),
    prefixReuse:
      row?.promptCache == null
        ? []
        : workload.prefixReuse
            .filter(includes)
            .map((reuse) => ({ ...reuse, ...candidate, batch: isBatched(reuse.batch), routedFrom })),
    stays,
    assumptions: assumptionsOf(baseline!, candidate, before, keepsCache, stays),
    includes,
  };

  function isOf(key: CellKey): boolean {
    return (
      key.cluster === cluster &&
      key.provider === baseline?.provider &&
      key.model === baseline.model &&
      key.routedFrom === undefined
    );
  }
}

/**
 * Models that could answer instead of `baseline`: named by the policy first, then in use, then cheaper rows of the same
 * capability class; one spelling a price row. What a fleet serves has no price to undercut: there the models named by
 * the policy and the cheapest few of the class of its open-weight model stand, and the plan finds what the fleet saves.
 */
export function alternatives(
  cells: readonly WorkloadCell[],
  workload: Workload,
  limits: LeverLimits,
  book: Books,
): ModelRef[] {
  const { cluster, provider, model } = cells[0]!;
  const allowed = (ref: ModelRef) => limits.allowsModel(ref.provider, ref.model, cluster);
  const row = rowOf(book, { provider, model }, workload.pricedAt);
  const fromFleet = cells.some(({ fleet }) => fleet !== undefined);
  if (row === null && !fromFleet) return [];
  const proposed = fromFleet
    ? [...limits.candidateModels, ...classPeers(model, workload.pricedAt, book, allowed)]
    : [
        ...limits.candidateModels,
        ...modelsInUse(workload),
        ...cheaperPeers(row!, workload.pricedAt, book, allowed),
      ];
  const byRow = new Map<string, ModelRef>();
  const keyOf = (priced: PriceRow) => JSON.stringify([priced.provider, priced.model]);
  for (const ref of proposed) {
    const candidate = rowOf(book, ref, workload.pricedAt);
    if (candidate === null || !allowed(ref)) continue;
    if ((row !== null && keyOf(candidate) === keyOf(row)) || byRow.has(keyOf(candidate))) continue;
    // A list price of zero is a trial quota or a subscription, never a price for production traffic.
    if (candidate.listedAsFree !== true)
      byRow.set(keyOf(candidate), { provider: ref.provider, model: ref.model });
  }
  return [...byRow.values()];
}

/** Served by an API: what a fleet answers is moved by other levers. */
function modelsInUse({ cells }: Workload): ModelRef[] {
  const onApis = cells.filter(({ fleet }) => fleet === undefined);
  return [...groupBy(onApis, (cell) => JSON.stringify([cell.provider, cell.model])).values()].map(
    ([cell]): ModelRef => ({ provider: cell!.provider, model: cell!.model }),
  );
}

type Allowed = (ref: ModelRef) => boolean;

function cheaperPeers(row: PriceRow, at: Date, book: PriceBook, allowed: Allowed): ModelRef[] {
  return capabilityPeers(book, row, allowed, at).slice(0, PEERS_PER_MODEL).map(refOf);
}

function classPeers(model: string, at: Date, book: Books, allowed: Allowed): ModelRef[] {
  const capabilityClass = book.hardware.model(model)?.capabilityClass ?? null;
  return capabilityClass === null
    ? []
    : modelsOfClass(book, capabilityClass, allowed, at).slice(0, PEERS_PER_MODEL).map(refOf);
}

function refOf({ provider, model }: ModelRef): ModelRef {
  return { provider, model };
}

/** Context classes whose requests the candidate can take. */
function fittingClasses(
  cells: readonly WorkloadCell[],
  candidate: PriceRow | null,
  book: PriceBook,
): ReadonlySet<number> {
  const window = candidate?.maxInputTokens ?? null;
  const classes = groupBy(cells, (cell) => `${cell.contextClass}`);
  const fits = (group: readonly WorkloadCell[]): boolean => {
    if (candidate === null) return false;
    if (window === null) return true;
    const { contextClass } = group[0]!;
    const largest = book.thresholds.find((threshold) => threshold > contextClass) ?? Number.POSITIVE_INFINITY;
    if (largest <= window) return true;
    const requests = sumOf(group, (cell) => cell.requests);
    const mean = sumOf(group, (cell) => cell.inputTokens) / Math.max(1, requests);
    return contextClass < window && mean <= window / 2;
  };
  return new Set([...classes.values()].filter(fits).map((group) => group[0]!.contextClass));
}

/** Whether tokens that the baseline read from its prompt cache would be read from the candidate's too. */
function carriesCache(baseline: ModelRef, candidate: ModelRef, workload: Workload, book: PriceBook): boolean {
  const [from, to] = [baseline, candidate].map((model) => rowOf(book, model, workload.pricedAt));
  if (to == null || to.promptCache === null || to.tiers[0]!.rates.cachedInput === null) return false;
  const seen = from?.promptCache ?? null;
  return (
    seen === null ||
    (to.promptCache.minimumTokens <= seen.minimumTokens && to.promptCache.ttlSeconds >= seen.ttlSeconds)
  );
}

function assumptionsOf(
  baseline: ModelRef,
  candidate: ModelRef,
  moved: readonly WorkloadCell[],
  keepsCache: boolean,
  stays: boolean,
): Assumption[] {
  const sameTokenizer =
    baseline.provider === candidate.provider && familyOf(baseline.model) === familyOf(candidate.model);
  const notes: (Assumption | false)[] = [
    { text: "The candidate writes answers of the same length.", basis: "assumed" },
    !sameTokenizer && { text: "Both models split text into equally many tokens.", basis: "assumed" },
    sumOf(moved, (cell) => cell.cachedInputTokens) > 0 && {
      text: keepsCache
        ? "Tokens read from the baseline's prompt cache are read from the candidate's."
        : "The candidate's prompt cache does not take over: cached tokens are billed as plain input.",
      basis: "assumed",
    },
    stays && { text: "Requests too long for the candidate stay on the baseline.", basis: "replayed" },
  ];
  return notes.filter((note) => note !== false);
}

/** Leading letters of a model's name, for example `gpt` or `claude`. */
function familyOf(model: string): string {
  return /^[a-z]+/i.exec(model.split("/").at(-1)!)?.[0].toLowerCase() ?? model;
}

export function nameOf({ provider, model }: ModelRef): string {
  return `${provider}/${model}`;
}

/** Cells that have not moved yet, by (cluster, model): the scopes of a change of model. */
export function modelScopes({ cells }: Workload): WorkloadCell[][] {
  const own = cells.filter((cell) => cell.routedFrom === undefined);
  return [...groupBy(own, (cell) => JSON.stringify([cell.cluster, cell.provider, cell.model])).values()];
}
