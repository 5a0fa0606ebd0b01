import type { PriceBook, PriceRow } from "../../pricing/contract.js";
import { ratesAt } from "../../pricing/price-usage.js";
import type { PrefixReuse, Workload, WorkloadCell } from "../../profile/contract.js";
import { cellKey, groupBy, isBatch, rowOf, sumOf } from "../cells.js";
import type { Assumption, ClusterProposal, Effect, Lever } from "../contract.js";
import { allot } from "../token-kinds.js";

export type PromptCachingParameters = { readonly ttlSeconds: number };

const HOUR = 3600;

const ASSUMPTIONS: readonly Assumption[] = [
  { text: "Prefixes repeat as they did over the observed period, per cluster and model.", basis: "replayed" },
  {
    text: "Where the log already shows cached tokens, only the replayed reads beyond them are new.",
    basis: "replayed",
  },
];

/**
 * Marks the stable prefix of a request as cacheable at the provider.
 *
 * Formula: per cell group, reads become max(observed, replayed) cached tokens; where the replay is larger, its writes
 * replace the observed ones, so no token is counted twice. Everything else stays plain input. The write premium is
 * included, so the effect may cost more than it saves.
 * Terms: cached rate, write rates, smallest prefix and lifetime of the price row; one-hour writes where it prices them.
 * Cells in a batch, and models whose smallest prefix is above the replayed one, are left as they are.
 * Evidence: structural, same model and same request. A cache that the provider applies by itself (no write rate) is
 * proposed only where the log shows no cached token at all, and then as assumed: the log may merely not report them.
 */
export const promptCaching: Lever<PromptCachingParameters> = {
  id: "prompt-caching",
  name: "Provider prompt cache",
  layer: "application",
  stage: "price",
  risk: "low",
  effort: { setupHours: 4, hoursPerScope: 1 },
  description:
    "The repeated start of requests is read from the provider's prompt cache at the cached rate. Reads and writes " +
    "are replayed in time order from block hashes at the cache's lifetime; the write premium is counted.",

  propose(workload, _limits, book) {
    const proposals = new Map<string, ClusterProposal<PromptCachingParameters>>();
    for (const row of workload.prefixReuse) {
      if (row.hitTokens === 0 || row.batch) continue;
      proposals.set(`${row.cluster}\0${row.ttlSeconds}`, {
        cluster: row.cluster,
        model: null,
        parameters: { ttlSeconds: row.ttlSeconds },
        attested: isOptIn(workload, row.cluster, book),
      });
    }
    return [...proposals.values()];
  },

  apply(workload, proposal, book): Effect {
    const { cluster } = proposal;
    const { ttlSeconds } = proposal.parameters;
    const rows = groupBy(
      workload.prefixReuse.filter(
        (row) =>
          row.cluster === cluster && row.ttlSeconds === ttlSeconds && row.afterExactTtlSeconds === null,
      ),
      cellKey,
    );
    let touchedRequests = 0;
    const groups = groupBy(workload.cells, (cell) =>
      cell.cluster === cluster && cell.fleet === undefined ? cellKey(cell) : "",
    );
    const cells = [...groups].flatMap(([key, group]) => {
      const priced = key === "" ? null : rowOf(book, group[0]!, workload.pricedAt);
      const reuse = priced === null ? null : usableReuse(rows.get(key) ?? [], priced);
      if (priced === null || reuse === null) return group;
      const cached = withReplayedCache(group, reuse, priced, ttlSeconds);
      if (cached === null) return group;
      touchedRequests += Math.min(
        reuse.requests,
        sumOf(group, (cell) => cell.requests),
      );
      return cached;
    });
    return {
      workload: { ...workload, cells },
      touchedRequests,
      oneOff: 0n,
      assumptions: ASSUMPTIONS,
      evidence: {
        kind: "structural",
        conditions:
          proposal.attested === true
            ? ["same model and request; the stable prefix is marked, its layout does not change"]
            : [
                "same model and request, no layout change",
                "the log reports cached tokens: it shows none, so the provider's own cache is not in use yet",
              ],
        attested: proposal.attested === true,
      },
    };
  },
};

/** True where every observed model with a prompt cache is one that callers switch on. */
function isOptIn(workload: Workload, cluster: string, book: PriceBook): boolean {
  return workload.cells
    .filter((cell) => cell.cluster === cluster && cell.fleet === undefined)
    .map((cell) => rowOf(book, cell, workload.pricedAt))
    .every((row) => row === null || row.promptCache === null || hasWriteRate(row));
}

function hasWriteRate(row: PriceRow): boolean {
  return row.tiers[0]!.rates.cacheWrite !== null;
}

/** The replay with the smallest prefix that the provider still caches. */
function usableReuse(rows: readonly PrefixReuse[], priced: PriceRow): PrefixReuse | null {
  const { promptCache } = priced;
  if (promptCache === null) return null;
  const usable = rows.filter((row) => {
    const offered =
      row.ttlSeconds === promptCache.ttlSeconds ||
      (row.ttlSeconds === HOUR && priced.tiers[0]!.rates.cacheWrite1h !== null);
    return offered && row.minimumTokens >= promptCache.minimumTokens;
  });
  return usable.sort((a, b) => a.minimumTokens - b.minimumTokens)[0] ?? null;
}

/** Cells with replayed reads and writes; null where the provider has no cached rate or the replay adds nothing. */
function withReplayedCache(
  cells: readonly WorkloadCell[],
  reuse: PrefixReuse,
  priced: PriceRow,
  ttlSeconds: number,
): WorkloadCell[] | null {
  const first = cells[0]!;
  if (cells.some(isBatch)) return null;
  const terms = { contextClass: first.contextClass, batch: false, serviceTier: null };
  const { rates } = ratesAt(priced, terms);
  const observed = sumOf(cells, (cell) => cell.cachedInputTokens);
  const optIn = hasWriteRate(priced);
  const automaticAndSeen = !optIn && observed > 0 && first.routedFrom === undefined;
  if (rates.cachedInput >= rates.input || automaticAndSeen || reuse.hitTokens <= observed) return null;

  const reads = allot(
    reuse.hitTokens,
    cells.map((cell) => cell.inputTokens),
  );
  const writes = allot(
    optIn ? reuse.writeTokens : 0,
    cells.map((cell, index) => cell.inputTokens - reads[index]!),
  );
  // A five-minute lifetime is the cheaper write; one-hour writes are the only ones billed at their own rate.
  const isLong = ttlSeconds === HOUR && priced.promptCache?.ttlSeconds !== HOUR;
  return cells.map((cell, index) => ({
    ...cell,
    cachedInputTokens: reads[index]!,
    cacheWriteTokens: writes[index]!,
    cacheWrite1hTokens: isLong ? writes[index]! : 0,
  }));
}
