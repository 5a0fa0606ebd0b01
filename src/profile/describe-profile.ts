import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import { formatExact, ratio } from "../shared/money.js";
import type { Workspace } from "../shared/workspace.js";
import type { PlacedPrompts } from "./clusters/place-prompts.js";
import type { ProfileBody, Sample } from "./contract.js";
import { bucketWarnings, describeBuckets } from "./describe-buckets.js";
import { readPriceFallbacks, readReconciliation, readUnpriced, type UnpricedRow } from "./measure/costs.js";
import { type Coverage, spanHours } from "./measure/coverage.js";
import { readDistributions } from "./measure/distributions.js";
import { readDrivers } from "./measure/drivers.js";
import { fitGrowth } from "./measure/growth.js";
import { type ClusterTotals, readDays, readPeaks, readTotals, type Totals } from "./measure/totals.js";
import { describeRemote, remoteWarnings } from "./remote/describe-remote.js";
import type { RemoteProfile } from "./remote/profile-remote.js";
import { readExactReuse, readPrefixReuse, summariseExact, summarisePrefix } from "./reuse/read-reuse.js";
import { EXACT_TTLS } from "./reuse/write-reuse.js";

export interface ProfileParts {
  readonly coverage: Coverage;
  readonly remote: RemoteProfile | null;
  readonly clusterTotals: readonly ClusterTotals[];
  readonly placed: PlacedPrompts | null;
  readonly samples: readonly Sample[];
  readonly design: string;
  readonly seed: number;
  readonly warnings: readonly string[];
  /** Put distinctive words of prompts into names and terms. */
  readonly nameClusters: boolean;
  readonly onFleets: readonly { readonly provider: string; readonly model: string }[];
}

const NO_TOKENS = { p50: 0, p95: 0, p99: 0 };

/** The body of profile.yaml, from cube and side tables alone: no question here reads events again. */
export async function describeProfile(
  engine: Engine,
  workspace: Workspace,
  prices: PriceBook,
  parts: ProfileParts,
): Promise<ProfileBody> {
  const { coverage } = parts;
  const totals = await readTotals(engine);
  const distributions = await readDistributions(engine, workspace);
  const unpriced = await readUnpriced(engine);
  return {
    totals: describeTotals(totals),
    span: {
      first: coverage.first,
      last: coverage.last,
      hours: spanHours(coverage.first, coverage.last),
    },
    peaks: await readPeaks(engine, workspace),
    tokens:
      coverage.bucketRows === coverage.eventRows
        ? null
        : {
            input: distributions.inputTokens ?? NO_TOKENS,
            output: distributions.outputTokens ?? NO_TOKENS,
          },
    ...describeBuckets(coverage, totals),
    ...describeRemote(parts.remote),
    latencyMs: distributions.latencyMs,
    ttftMs: distributions.ttftMs,
    growth:
      // Rows that do not say how many requests they are show no growth of requests.
      coverage.uncountedRows > 0 ? null : fitGrowth(await readDays(engine), coverage.first, coverage.last),
    drivers: await readDrivers(engine, totals.cost),
    reconciliation: await readReconciliation(engine),
    unpriced,
    priceFallbacks: await readPriceFallbacks(engine, prices),
    reuse: await describeReuse(engine, workspace, prices, coverage),
    clusters: describeClusters(parts, totals),
    samples: describeSamples(parts),
    priceBook: { id: prices.id, source: prices.source, date: prices.date },
    warnings: [
      ...parts.warnings,
      ...gapWarnings(coverage, totals, unpriced, parts),
      ...bucketWarnings(coverage, totals),
      ...remoteWarnings(parts.remote),
    ],
  };
}

function describeTotals({
  cost,
  listCost,
  billedCost,
  errorEvents,
  bucketCost: _,
  ...counts
}: Totals): ProfileBody["totals"] {
  return {
    ...counts,
    costUsd: formatExact(cost),
    listCostUsd: formatExact(listCost),
    billedCostUsd: formatExact(billedCost),
    errorEvents,
  };
}

async function describeReuse(
  engine: Engine,
  workspace: Workspace,
  prices: PriceBook,
  coverage: Coverage,
): Promise<ProfileBody["reuse"]> {
  const exact = await readExactReuse(engine, workspace);
  const prefix = await readPrefixReuse(engine, workspace);
  return {
    promptHashCoverage: coverage.withPromptHash / coverage.requests,
    prefixHashCoverage: prefixRequests(coverage) / coverage.requests,
    exact: summariseExact(exact, EXACT_TTLS, coverage.withPromptHash, prices, new Date(coverage.last)),
    prefix: summarisePrefix(prefix),
  };
}

const prefixRequests = (coverage: Coverage): number => coverage.withPrefixHashes - coverage.withoutBlockSize;

function describeClusters(parts: ProfileParts, totals: Totals): ProfileBody["clusters"] {
  const { clusterTotals, placed, samples } = parts;
  const lexical = new Map((placed?.lexical ?? []).map((cluster) => [cluster.id, cluster]));
  const prompts = countBy(placed?.prompts ?? [], ({ cluster }) => cluster);
  const drawn = countBy(
    samples.filter(({ role }) => role === "inference"),
    ({ cluster }) => cluster,
  );
  const seen = new Set(clusterTotals.map(({ cluster }) => cluster));
  const withoutTraffic = [...prompts.keys()].filter((cluster) => !seen.has(cluster)).sort();
  const none = { requests: 0, countedRequests: 0, countedInputTokens: 0, countedOutputTokens: 0, cost: 0n };
  return [...clusterTotals, ...withoutTraffic.map((cluster) => ({ cluster, ...none }))].map((sums) => ({
    id: sums.cluster,
    name: (parts.nameClusters ? lexical.get(sums.cluster)?.name : undefined) ?? sums.cluster,
    method: lexical.has(sums.cluster) ? ("lexical" as const) : ("intent" as const),
    requests: sums.requests,
    requestShare: sums.requests / totals.events,
    costUsd: formatExact(sums.cost),
    costShare: ratio(sums.cost, totals.cost),
    inputTokensPerRequest: perRequest(sums.countedInputTokens, sums.countedRequests),
    outputTokensPerRequest: perRequest(sums.countedOutputTokens, sums.countedRequests),
    prompts: prompts.get(sums.cluster) ?? 0,
    samples: drawn.get(sums.cluster) ?? 0,
    // Words of prompts are prompt text: they stay out of the profile unless they are asked for.
    terms: parts.nameClusters ? [...(lexical.get(sums.cluster)?.terms ?? [])] : [],
  }));
}

const perRequest = (tokens: number, requests: number): number =>
  requests === 0 ? 0 : Math.round((tokens / requests) * 100) / 100;

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function describeSamples({ placed, samples, design, seed }: ProfileParts): ProfileBody["samples"] {
  if (placed === null || samples.length === 0) return null;
  const inference = samples.filter(({ role }) => role === "inference").length;
  return {
    design,
    seed,
    population: placed.prompts.length,
    inference,
    representative: samples.length - inference,
  };
}

function gapWarnings(
  coverage: Coverage,
  totals: Totals,
  unpriced: readonly UnpricedRow[],
  { clusterTotals, placed, onFleets }: ProfileParts,
): string[] {
  const isOnFleet = ({ provider, model }: UnpricedRow) =>
    onFleets.some((fleet) => fleet.provider === provider && fleet.model === model);
  const eventsOf = (rows: readonly UnpricedRow[]) => rows.reduce((sum, { events }) => sum + events, 0);
  const warnings: string[] = [];
  const say = (events: number, what: string): void => {
    if (events > 0) warnings.push(`${events} of ${totals.events} events ${what}.`);
  };
  say(coverage.withoutTokens, "lack a token count and are priced without it");
  say(eventsOf(unpriced.filter((row) => !isOnFleet(row))), "have a model without a list price; see unpriced");
  say(
    eventsOf(unpriced.filter(isOnFleet)),
    "are answered by fleets of fleet.yaml: plan counts their GPU-hours, the totals here do not",
  );
  say(
    coverage.withoutBlockSize,
    "carry prefix hashes without a block size and are left out of the prefix replay",
  );
  if (placed !== null && placed.assignedEvents > 0) {
    const unknown = clusterTotals.find(({ cluster }) => cluster === "unknown");
    say(unknown?.requests ?? 0, "have neither an intent nor a prompt on file and stay in cluster unknown");
  }
  return warnings;
}
