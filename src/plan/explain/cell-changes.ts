import { type Books, groupBy, priceCell, rowOf } from "../../levers/index.js";
import { splitTokens, TOKEN_KINDS, type TokenKinds } from "../../levers/token-kinds.js";
import { ratesAt } from "../../pricing/index.js";
import type { Workload, WorkloadCell } from "../../profile/contract.js";
import { formatExact, type PicoUsd, scale } from "../../shared/money.js";
import { settle } from "../attribution/settle.js";
import type { Explanation } from "./explain-action.js";

type CellChange = Explanation["alone"]["cells"][number];
type Charge = CellChange["charges"][number];

/** A kind of token with its name in a price list's order, and the rate that it is paid at. */
const KINDS: Readonly<Record<keyof TokenKinds, { kind: Charge["kind"]; rate: keyof Rates }>> = {
  plainInput: { kind: "input", rate: "input" },
  cachedInput: { kind: "cached_input", rate: "cachedInput" },
  shortWrite: { kind: "cache_write", rate: "cacheWrite" },
  longWrite: { kind: "cache_write_1h", rate: "cacheWrite1h" },
  visibleOutput: { kind: "output", rate: "output" },
  reasoning: { kind: "reasoning", rate: "reasoning" },
};
type Rates = ReturnType<typeof ratesAt>["rates"];

export interface CellChanges {
  readonly cells: readonly CellChange[];
  readonly before: PicoUsd;
  readonly after: PicoUsd;
}

/**
 * Every cell that two workloads disagree on, with what it costs in each. Cells have no id, so they are matched by all
 * that prices them; requests that a change moves show as fewer in one cell and more in another. Sums of the rows are
 * the exact difference of the two workloads' token costs.
 */
export function changedCells(before: Workload, after: Workload, books: Books): CellChanges {
  const [was, becomes] = [groupBy(before.cells, keyOf), groupBy(after.cells, keyOf)];
  const changes = [...new Set([...was.keys(), ...becomes.keys()])].flatMap((key): Compared[] => {
    const [earlier, later] = [was.get(key) ?? [], becomes.get(key) ?? []];
    const compared = compareCell(earlier, later, before.pricedAt, books);
    return isSame(compared) ? [] : [compared];
  });
  changes.sort((a, b) => Number(sizeOf(b) - sizeOf(a)));
  return {
    cells: changes.map(({ row }) => row),
    before: changes.reduce((sum, { amounts }) => sum + amounts[0], 0n),
    after: changes.reduce((sum, { amounts }) => sum + amounts[1], 0n),
  };
}

interface Compared {
  readonly row: CellChange;
  readonly amounts: readonly [PicoUsd, PicoUsd];
}

/** All that decides a cell's price, and all that tells it from others. */
function keyOf(cell: WorkloadCell): string {
  const { cluster, provider, model, endpoint, region, status, batch, serviceTier, contextClass } = cell;
  const { routedFrom = null, fleet = null } = cell;
  return JSON.stringify([
    ...[cluster, provider, model, endpoint, region, status, batch, serviceTier, contextClass],
    ...[routedFrom, fleet],
  ]);
}

function compareCell(
  was: readonly WorkloadCell[],
  becomes: readonly WorkloadCell[],
  at: Date,
  books: Books,
): Compared {
  const any = (was[0] ?? becomes[0])!;
  const [earlier, later] = [chargesOf(was, at, books), chargesOf(becomes, at, books)];
  const { cluster, provider, model, endpoint, region, status, batch, serviceTier, contextClass } = any;
  const row = any.fleet === undefined ? rowOf(books, any, at) : null;
  const rates = row === null ? null : ratesAt(row, any);
  const requests = (cells: readonly WorkloadCell[]) => cells.reduce((sum, cell) => sum + cell.requests, 0);
  return {
    amounts: [earlier.amount, later.amount],
    row: {
      ...{ cluster, provider, model, endpoint, region, status, batch, serviceTier, contextClass },
      routedFrom: any.routedFrom ?? null,
      fleet: any.fleet ?? null,
      paid: any.fleet !== undefined ? "fleet" : rates === null ? "unpriced" : "list",
      requestsBefore: requests(was),
      requestsAfter: requests(becomes),
      charges: TOKEN_KINDS.flatMap((kind, index): Charge[] => {
        const [tokensBefore, tokensAfter] = [earlier.tokens[index]!, later.tokens[index]!];
        if (tokensBefore === 0 && tokensAfter === 0) return [];
        return [
          {
            kind: KINDS[kind].kind,
            tokensBefore,
            tokensAfter,
            usdPerMillion:
              rates === null
                ? null
                : formatExact(scale(rates.rates[KINDS[kind].rate], 1_000_000n, rates.denominator)),
            beforeUsd: formatExact(earlier.charges[index]!),
            afterUsd: formatExact(later.charges[index]!),
          },
        ];
      }),
      beforeUsd: formatExact(earlier.amount),
      afterUsd: formatExact(later.amount),
    },
  };
}

interface Charges {
  /** In the order of `TOKEN_KINDS`. */
  readonly tokens: readonly number[];
  readonly charges: readonly PicoUsd[];
  /** As the workload's cost counts it; the charges sum to it. */
  readonly amount: PicoUsd;
}

/** Cells of one key share their rates. */
function chargesOf(cells: readonly WorkloadCell[], at: Date, books: Books): Charges {
  const kinds = cells.map(splitTokens);
  const tokens = TOKEN_KINDS.map((kind) => kinds.reduce((sum, split) => sum + split[kind], 0));
  const amount = cells.reduce((sum, cell) => sum + (priceCell(cell, books, at)?.amount ?? 0n), 0n);
  const [first] = cells;
  const row = first === undefined || first.fleet !== undefined ? null : rowOf(books, first, at);
  if (first === undefined || row === null) return { tokens, charges: tokens.map(() => 0n), amount };
  const { rates, denominator } = ratesAt(row, first);
  const exact = TOKEN_KINDS.map((kind, index) =>
    scale(BigInt(tokens[index]!) * rates[KINDS[kind].rate], 1n, denominator),
  );
  // Rates that are no whole pico-USD are rounded once a cell, not once a kind.
  const settled = tokens.every((count) => count === 0) ? exact : settle(exact, amount);
  return { tokens, charges: settled, amount };
}

function isSame({ row, amounts: [before, after] }: Compared): boolean {
  return (
    before === after &&
    row.requestsBefore === row.requestsAfter &&
    row.charges.every(({ tokensBefore, tokensAfter }) => tokensBefore === tokensAfter)
  );
}

function sizeOf({ amounts: [before, after] }: Compared): PicoUsd {
  return before > after ? before - after : after - before;
}
