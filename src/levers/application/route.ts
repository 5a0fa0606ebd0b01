import { capabilityPeers } from "../../pricing/capability-peers.js";
import type { PriceBook, PriceRow } from "../../pricing/contract.js";
import type { CellKey, Workload, WorkloadCell } from "../../profile/contract.js";
import { groupBy, priceCells, rowOf, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever, LeverLimits, ModelRef } from "../contract.js";

export type RouteParameters = { readonly candidateProvider: string; readonly candidateModel: string };

/** Peers beyond the cheapest few never win on cost, and each would be one more line to read. */
const PEERS_PER_MODEL = 8;

/**
 * Sends the requests of one model in one cluster to a cheaper model.
 *
 * Formula: the same tokens at the candidate's rates, for the cells of (cluster, baseline model). Cached and written
 * tokens stay so only where the candidate has a prompt cache with a cached rate and no longer smallest prefix; else
 * they become plain input. Batched cells stay batched only where the candidate has a batch price.
 * Context: a context class stays on the baseline where the candidate cannot take it; a class that the candidate's
 * window cuts moves only if its mean request fills at most half of the window.
 * Candidates: models that the policy names, models already in use, and cheaper rows of the same capability class.
 * Evidence: quality, on this cluster, of the candidate against the baseline.
 */
export const route: Lever<RouteParameters> = {
  id: "route",
  name: "Route to a cheaper model",
  layer: "application",
  stage: "model",
  risk: "medium",
  effort: { setupHours: 8, hoursPerScope: 2 },
  description:
    "Requests of a cluster that went to one model go to a cheaper one; the same tokens are priced at its rates. " +
    "Nothing is claimed about quality until `run` has compared both on this cluster.",

  propose(workload, limits, book) {
    const byModel = groupBy(workload.cells, (cell) =>
      JSON.stringify([cell.cluster, cell.provider, cell.model]),
    );
    return [...byModel.values()].flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      const row = rowOf(book, cells[0]!, workload.pricedAt);
      if (row === null) return [];
      const cost = priceCells(cells, book, workload.pricedAt);
      return candidatesFor(row, workload, limits, book)
        .map(
          (candidate): ClusterProposal<RouteParameters> => ({
            cluster,
            model: { provider, model },
            parameters: { candidateProvider: candidate.provider, candidateModel: candidate.model },
          }),
        )
        .filter((proposal) => {
          const moved = moveCells(cells, proposal, workload, book);
          return priceCells(moved, book, workload.pricedAt) < cost;
        });
    });
  },

  apply(workload, proposal: ClusterProposal<RouteParameters>, book): Effect {
    const baseline = proposal.model!;
    const candidate = candidateOf(proposal);
    const affected = workload.cells.filter((cell) => isBaseline(cell, proposal));
    const classes = fittingClasses(affected, rowOf(book, candidate, workload.pricedAt), book);
    const moves = (key: CellKey) => isBaseline(key, proposal) && classes.has(key.contextClass);
    const moved = affected.filter(moves);
    const keepsCache = carriesCache(baseline, candidate, workload, book);
    return {
      workload: {
        ...workload,
        cells: [
          ...workload.cells.filter((cell) => !moves(cell)),
          ...moveCells(moved, proposal, workload, book),
        ],
        prefixReuse: workload.prefixReuse.flatMap((row) => {
          if (!moves(row)) return [row];
          const target = rowOf(book, candidate, workload.pricedAt);
          const batch = row.batch && (target?.batchDiscount ?? null) !== null;
          return target?.promptCache == null
            ? []
            : [{ ...row, ...candidate, batch, routedFrom: nameOf(baseline) }];
        }),
      },
      touchedRequests: sumOf(moved, (cell) => cell.requests),
      oneOff: 0n,
      assumptions: assumptionsOf(
        baseline,
        candidate,
        keepsCache,
        moved.length < affected.length,
        sumOf(moved, (cell) => cell.cachedInputTokens) > 0,
      ),
      evidence: { kind: "quality", cluster: proposal.cluster, baseline, candidate },
    };
  },
};

function candidateOf(proposal: ClusterProposal<RouteParameters>): ModelRef {
  return { provider: proposal.parameters.candidateProvider, model: proposal.parameters.candidateModel };
}

function isBaseline(key: CellKey, { cluster, model }: ClusterProposal): boolean {
  return (
    key.cluster === cluster &&
    key.provider === model?.provider &&
    key.model === model.model &&
    key.routedFrom === undefined
  );
}

/** Named by the policy first, then in use, then peers; one spelling a price row. */
function candidatesFor(row: PriceRow, workload: Workload, limits: LeverLimits, book: PriceBook): ModelRef[] {
  const allowed = (model: ModelRef) => limits.allowsModel(model.provider, model.model);
  const inUse = [
    ...groupBy(workload.cells, (cell) => JSON.stringify([cell.provider, cell.model])).values(),
  ].map(([cell]): ModelRef => ({ provider: cell!.provider, model: cell!.model }));
  const peers = capabilityPeers(book, row, allowed, workload.pricedAt)
    .slice(0, PEERS_PER_MODEL)
    .map(({ provider, model }): ModelRef => ({ provider, model }));
  const byRow = new Map<string, ModelRef>();
  const keyOf = (priced: PriceRow) => JSON.stringify([priced.provider, priced.model]);
  for (const model of [...limits.candidateModels, ...inUse, ...peers]) {
    const candidate = rowOf(book, model, workload.pricedAt);
    if (candidate === null || !allowed(model)) continue;
    if (keyOf(candidate) === keyOf(row) || byRow.has(keyOf(candidate))) continue;
    // A list price of zero is a trial quota or a subscription, never a price for production traffic.
    if (candidate.listedAsFree !== true)
      byRow.set(keyOf(candidate), { provider: model.provider, model: model.model });
  }
  return [...byRow.values()];
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
    const mean =
      sumOf(group, (cell) => cell.inputTokens) /
      Math.max(
        1,
        sumOf(group, (cell) => cell.requests),
      );
    return contextClass < window && mean <= window / 2;
  };
  return new Set([...classes.values()].filter(fits).map((group) => group[0]!.contextClass));
}

function moveCells(
  cells: readonly WorkloadCell[],
  proposal: ClusterProposal<RouteParameters>,
  workload: Workload,
  book: PriceBook,
): WorkloadCell[] {
  const baseline = proposal.model!;
  const candidate = candidateOf(proposal);
  const row = rowOf(book, candidate, workload.pricedAt);
  const classes = fittingClasses(cells, row, book);
  const keepsCache = carriesCache(baseline, candidate, workload, book);
  const keepsWrites = keepsCache && row !== null && row.tiers[0]!.rates.cacheWrite !== null;
  const keepsPlace = baseline.provider === candidate.provider;
  return cells.map((cell) =>
    classes.has(cell.contextClass)
      ? {
          ...cell,
          ...candidate,
          endpoint: keepsPlace ? cell.endpoint : null,
          region: keepsPlace ? cell.region : null,
          serviceTier: keepsPlace ? cell.serviceTier : null,
          batch: cell.batch && (row?.batchDiscount ?? null) !== null,
          cachedInputTokens: keepsCache ? cell.cachedInputTokens : 0,
          cacheWriteTokens: keepsWrites ? cell.cacheWriteTokens : 0,
          cacheWrite1hTokens: keepsWrites ? cell.cacheWrite1hTokens : 0,
          routedFrom: nameOf(baseline),
        }
      : cell,
  );
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
  keepsCache: boolean,
  staysInPart: boolean,
  hasCached: boolean,
): Assumption[] {
  const sameTokenizer =
    baseline.provider === candidate.provider && familyOf(baseline.model) === familyOf(candidate.model);
  const notes: (Assumption | false)[] = [
    { text: "The candidate writes answers of the same length.", basis: "assumed" },
    !sameTokenizer && { text: "Both models split text into equally many tokens.", basis: "assumed" },
    hasCached && {
      text: keepsCache
        ? "Tokens read from the baseline's prompt cache are read from the candidate's."
        : "The candidate's prompt cache does not take over: cached tokens are billed as plain input.",
      basis: "assumed",
    },
    staysInPart && { text: "Requests too long for the candidate stay on the baseline.", basis: "replayed" },
  ];
  return notes.filter((note) => note !== false);
}

/** Leading letters of a model's name, for example `gpt` or `claude`. */
function familyOf(model: string): string {
  return /^[a-z]+/i.exec(model.split("/").at(-1)!)?.[0].toLowerCase() ?? model;
}

function nameOf({ provider, model }: ModelRef): string {
  return `${provider}/${model}`;
}
