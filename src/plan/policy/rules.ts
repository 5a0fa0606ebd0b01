import type { LeverLimits, ModelRef } from "../../levers/index.js";
import type { PriceBook } from "../../pricing/contract.js";
import type { ClusterInfo, Workload } from "../../profile/contract.js";
import { nearest } from "../../shared/nearest.js";
import type { Policy } from "./load-policy.js";

/** A policy read against one workload: the same words, resolved to clusters and models. */
export interface Rules {
  readonly limits: LeverLimits;
  allowsLever(id: string): boolean;
  /** Largest loss that one change may be allotted on this cluster; 0: no change that could affect quality. */
  maximumMargin(cluster: string): number;
  /** Pairs that the policy is ready to grade for one question: those drawn, at least `run.sample_size`. */
  pairsExpected(cluster: string): number;
  readonly warnings: readonly string[];
}

export function readRules(
  policy: Policy,
  workload: Workload,
  book: PriceBook,
  knownLevers: readonly string[],
): Rules {
  const { quality, latency, exactCache, allow } = policy;
  const matching = (intents: readonly string[]): ReadonlySet<string> =>
    new Set(workload.clusters.filter((cluster) => isNamed(cluster, intents)).map(({ id }) => id));
  const byId = new Map(workload.clusters.map((cluster) => [cluster.id, cluster]));
  return {
    limits: {
      allowsModel: modelRule(policy, workload),
      batchTolerantClusters: matching(latency.batchTolerantIntents),
      exactCacheClusters: matching(exactCache.attestedIntents),
      exactCacheMaximumTtlSeconds: exactCache.maximumTtlSeconds,
      candidateModels: policy.candidates,
    },
    allowsLever: (id) => allow.levers === null || allow.levers.includes(id),
    maximumMargin: (id) => {
      const cluster = byId.get(id);
      const named = quality.protectedIntents.filter(
        ({ intent }) => cluster !== undefined && isNamed(cluster, [intent]),
      );
      return Math.min(quality.maximumMargin, ...named.map(({ margin }) => margin));
    },
    pairsExpected: (id) => Math.max(byId.get(id)?.samples ?? 0, policy.run.sampleSize),
    warnings: warningsOf(policy, workload, book, knownLevers),
  };
}

function isNamed(cluster: ClusterInfo, intents: readonly string[]): boolean {
  return intents.includes(cluster.id) || intents.includes(cluster.name);
}

/**
 * Providers default to those in use; a model that the policy names as a candidate brings its provider along. Price
 * lists carry no region, so with `allow.regions` a provider counts only where the log shows it in an allowed region.
 */
function modelRule({ allow, candidates }: Policy, workload: Workload): LeverLimits["allowsModel"] {
  const providers = new Set(
    allow.providers ?? [...workload.cells.map((cell) => cell.provider), ...candidates.map((c) => c.provider)],
  );
  const { regions } = allow;
  const seenInRegion =
    regions === null
      ? null
      : new Set(
          workload.cells
            .filter((cell) => cell.region !== null && regions.includes(cell.region))
            .map((cell) => cell.provider),
        );
  const { models } = allow;
  return (provider, model) =>
    providers.has(provider) &&
    (models === null || models.includes(model) || models.includes(`${provider}/${model}`)) &&
    (seenInRegion === null || seenInRegion.has(provider));
}

function warningsOf(
  policy: Policy,
  workload: Workload,
  book: PriceBook,
  knownLevers: readonly string[],
): string[] {
  const intents = workload.clusters.flatMap(({ id, name }) => (id === name ? [id] : [id, name]));
  const inUse = workload.cells.map((cell) => cell.provider);
  const providers = [...new Set([...inUse, ...book.rows.map((row) => row.provider)])];
  const regions = [...new Set(workload.cells.flatMap(({ region }) => region ?? []))];
  const named: (readonly [field: string, name: string, known: readonly string[]])[] = [
    ...policy.quality.protectedIntents.map(
      ({ intent }) => ["quality.protected_intents", intent, intents] as const,
    ),
    ...policy.latency.batchTolerantIntents.map(
      (intent) => ["latency.batch_tolerant_intents", intent, intents] as const,
    ),
    ...policy.exactCache.attestedIntents.map(
      (intent) => ["exact_cache.attested_intents", intent, intents] as const,
    ),
    ...(policy.allow.providers ?? []).map((provider) => ["allow.providers", provider, providers] as const),
    ...(policy.allow.regions ?? []).map((region) => ["allow.regions", region, regions] as const),
    ...(policy.allow.levers ?? []).map((lever) => ["allow.levers", lever, knownLevers] as const),
  ];
  const unknown = named
    .filter(([, name, known]) => !known.includes(name))
    .map(([field, name, known]) => {
      const close = nearest(name, known);
      const hint = close === null ? `known: ${known.slice(0, 8).join(", ")}` : `did you mean "${close}"?`;
      return `policy ${field}: "${name}" is not in this workload and has no effect; ${hint}`;
    });
  return [...unknown, ...candidateWarnings(policy, workload, book), ...latencyWarning(policy)];
}

function candidateWarnings(policy: Policy, workload: Workload, book: PriceBook): string[] {
  const allows = modelRule(policy, workload);
  return policy.candidates.flatMap(({ provider, model }: ModelRef) => {
    if (!allows(provider, model)) {
      return [
        `policy candidates: ${provider}/${model} is outside allow.providers, models or regions; left out`,
      ];
    }
    const priced = book.find({ provider, model, at: workload.pricedAt }) !== null;
    return priced ? [] : [`policy candidates: ${provider}/${model} has no price; left out`];
  });
}

function latencyWarning({ latency }: Policy): string[] {
  return latency.p95Ms === null
    ? []
    : [`policy latency.p95_ms: a candidate's latency is not predicted; compare it in the evaluation of run`];
}
