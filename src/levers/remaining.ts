import {
  type CellKey,
  type RemovedTokens,
  SIDE_TABLES,
  type SideTable,
  type Workload,
  type WorkloadCell,
} from "../profile/contract.js";
import { cellKey, groupBy, sumOf } from "./cells.js";
import type { ClusterProposal, ModelRef } from "./contract.js";
import { allot, joinTokens, splitTokens, TOKEN_KINDS, type TokenKinds } from "./token-kinds.js";

/** Whole requests that a lever takes out of the cells of one key. */
export interface Removal extends RemovedTokens {
  readonly requests: number;
}

/** A replay's counts do not shrink in proportion. */
type CountedTable = Exclude<SideTable, "prefixReuse">;

/** Counts of each side table, in rows of requests and tokens; everything else in a row says what it speaks of. */
const COUNTS: { readonly [T in CountedTable]: readonly (keyof Workload[T][number])[] } = {
  exactReuse: [
    "hits",
    "hitInputTokens",
    "hitCachedInputTokens",
    "hitCacheWriteTokens",
    "hitCacheWrite1hTokens",
    "hitOutputTokens",
    "hitReasoningTokens",
  ],
  semanticReuse: ["hits", "judgedHits", "falseHits", ...tokenCounts()],
  retries: ["requests", "lostAnswers", ...tokenCounts()],
  conversations: [
    "requests",
    "cutTokens",
    "shiftedTokens",
    "lostCachedTokens",
    "lostCacheWriteTokens",
    "lostCacheWrite1hTokens",
  ],
  outputTails: ["requests", "cutTokens"],
  sharedPrefixes: ["requests", "tokens"],
};

const COUNTED_TABLES = SIDE_TABLES.filter((table): table is CountedTable => table !== "prefixReuse");

function tokenCounts() {
  return [
    "inputTokens",
    "cachedInputTokens",
    "cacheWriteTokens",
    "cacheWrite1hTokens",
    "outputTokens",
    "reasoningTokens",
  ] as const;
}

/**
 * The workload without some of its requests, by cell key; cells keep their order. Never more than there is.
 *
 * Side tables are brought along, so that later levers act on what is left: their counts shrink with the requests of
 * the key (the requests taken out are like the others, assumed), rounded down. Prompt-cache replays lose twice the
 * input taken out, an upper bound: a request takes its own reads along, and at most as many tokens again were alive
 * only because it had touched them; the latter are written anew.
 */
export function withoutRequests(workload: Workload, removals: ReadonlyMap<string, Removal>): Workload {
  const left = new Map<WorkloadCell, WorkloadCell>();
  const parts = new Map<string, { readonly before: number; readonly after: number }>();
  const inputs = new Map<string, number>();
  const affected = groupBy(
    workload.cells.filter((cell) => (removals.get(cellKey(cell))?.requests ?? 0) > 0),
    cellKey,
  );
  for (const [key, cells] of affected) {
    const remaining = takeOut(cells, removals.get(key)!);
    cells.forEach((cell, at) => {
      left.set(cell, remaining[at]!);
    });
    parts.set(key, { before: requestsOf(cells), after: requestsOf(remaining) });
    inputs.set(key, inputOf(cells) - inputOf(remaining));
  }
  const shrunk = (rows: readonly CellKey[], counts: readonly string[]) =>
    rows.map((row) => {
      const part = parts.get(cellKey(row));
      return part === undefined ? row : shrink(row, counts, part);
    });
  return {
    ...workload,
    cells: workload.cells.map((cell) => left.get(cell) ?? cell),
    ...Object.fromEntries(COUNTED_TABLES.map((table) => [table, shrunk(workload[table], COUNTS[table])])),
    prefixReuse: workload.prefixReuse.map((row) => {
      const input = inputs.get(cellKey(row)) ?? 0;
      const hitTokens = Math.max(0, row.hitTokens - 2 * input);
      const writeTokens = Math.min(row.writeTokens + input, row.writeTokens + row.hitTokens - hitTokens);
      return input === 0 ? row : { ...row, hitTokens, writeTokens };
    }),
  };
}

const requestsOf = (cells: readonly WorkloadCell[]): number => sumOf(cells, (cell) => cell.requests);
const inputOf = (cells: readonly WorkloadCell[]): number => sumOf(cells, (cell) => cell.inputTokens);

function shrink(
  row: CellKey,
  counts: readonly string[],
  { before, after }: { readonly before: number; readonly after: number },
): CellKey {
  if (before === 0) return row;
  const whole = row as unknown as Readonly<Record<string, number>>;
  const changed = counts.map((name) => {
    // Products of token counts pass 2^53, hence bigint.
    return [name, Number((BigInt(whole[name]!) * BigInt(after)) / BigInt(before))];
  });
  return { ...row, ...Object.fromEntries(changed) };
}

/** Splits what is taken out over cells of one key in proportion, in whole requests and tokens of each kind. */
function takeOut(cells: readonly WorkloadCell[], removal: Removal): WorkloadCell[] {
  const requests = allot(
    removal.requests,
    cells.map((cell) => cell.requests),
  );
  return lessTokens(cells, splitTokens(removal)).map((cell, at) => ({
    ...cell,
    requests: cell.requests - requests[at]!,
  }));
}

/** Cells of one key without so many tokens of each kind, split in proportion and never more than there are. */
export function lessTokens(cells: readonly WorkloadCell[], less: Partial<TokenKinds>): WorkloadCell[] {
  const kinds = cells.map(splitTokens);
  const removed = new Map(
    TOKEN_KINDS.map((kind) => [
      kind,
      allot(
        less[kind] ?? 0,
        kinds.map((cell) => cell[kind]),
      ),
    ]),
  );
  return cells.map((cell, at) => ({
    ...cell,
    ...joinTokens(
      Object.fromEntries(
        TOKEN_KINDS.map((kind) => [kind, kinds[at]![kind] - removed.get(kind)![at]!]),
      ) as unknown as TokenKinds,
    ),
  }));
}

/** Whether a cell or a side table's row is of the model that a proposal names. */
export function isOfModel(key: CellKey, { cluster, model }: ClusterProposal): boolean {
  return (
    key.cluster === cluster &&
    key.provider === model?.provider &&
    key.model === model.model &&
    key.routedFrom === undefined
  );
}

/** Changes the cells of one model, key by key; all others, and the order, stay. */
export function changeCells(
  cells: readonly WorkloadCell[],
  proposal: ClusterProposal,
  change: (group: readonly WorkloadCell[], key: string) => readonly WorkloadCell[],
): WorkloadCell[] {
  const changed = new Map<WorkloadCell, WorkloadCell>();
  const own = cells.filter((cell) => isOfModel(cell, proposal));
  for (const [key, group] of groupBy(own, cellKey)) {
    change(group, key).forEach((cell, at) => {
      changed.set(group[at]!, cell);
    });
  }
  return cells.map((cell) => changed.get(cell) ?? cell);
}

export interface ChangedByRows<R> {
  readonly cells: readonly WorkloadCell[];
  readonly touchedRequests: number;
  /** The rows that apply, by the cells that they speak of. */
  readonly rows: ReadonlyMap<string, R>;
}

/** Changes the cells of one (cluster, model) that rows of a side table speak of; a row touches its own requests. */
export function changeByRows<R extends CellKey & { readonly requests: number }>(
  { cells }: Pick<Workload, "cells">,
  proposal: ClusterProposal,
  table: readonly R[],
  change: (group: readonly WorkloadCell[], row: R) => readonly WorkloadCell[],
): ChangedByRows<R> {
  const rows = new Map(
    table
      .filter((row) => isOfModel(row, proposal) && row.requests > 0)
      .map((row) => [cellKey(row), row] as const),
  );
  let touchedRequests = 0;
  const changed = changeCells(cells, proposal, (group, key) => {
    const row = rows.get(key);
    if (row === undefined) return group;
    touchedRequests += Math.min(
      row.requests,
      sumOf(group, (cell) => cell.requests),
    );
    return change(group, row);
  });
  return { cells: changed, touchedRequests, rows };
}

/** Rows of a side table, one list a (cluster, model), with the model that they are of. */
export function byModel<T extends CellKey>(
  rows: readonly T[],
): readonly { readonly cluster: string; readonly model: ModelRef; readonly rows: readonly T[] }[] {
  const groups = groupBy(rows, (row) => JSON.stringify([row.cluster, row.provider, row.model]));
  return [...groups.values()].map((group) => {
    const { cluster, provider, model } = group[0]!;
    return { cluster, model: { provider, model }, rows: group };
  });
}

/** Requests of one model in one cluster. */
export function requestsOfModel(workload: Workload, cluster: string, model: ModelRef): number {
  return sumOf(
    workload.cells.filter((cell) => isOfModel(cell, { cluster, model, parameters: {} })),
    (cell) => cell.requests,
  );
}
