import { type Books, type Lever, type LeverLimits, RISKS } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { type Access, readAccess } from "./access.js";
import { breachOf } from "./breach.js";
import { type ClusterRules, readClusters } from "./clusters.js";
import { type Economics, readEconomics, usd } from "./economics.js";
import { servingTargets } from "./latency.js";
import type { Policy } from "./load-policy.js";
import { meansAny } from "./names.js";

import { policyWarnings } from "./warnings.js";

/** A policy read against one workload: the same words, resolved to clusters and models. */
export interface Rules {
  readonly limits: LeverLimits;
  readonly economics: Economics;
  allowsLever(id: string): boolean;
  /** Whether the policy attests the conditions of a lever's changes of fleets. */
  attestsFleets(id: string): boolean;
  /** Why the policy leaves a lever out, for everybody or on one cluster; null where it does not. */
  refusal(lever: Pick<Lever, "id" | "risk">, cluster?: string | null): string | null;
  /** Why the policy forbids a changed workload, by one change or by many together; null where it allows it. */
  breach(changed: Workload): string | null;
  /** Largest loss that one change may be allotted on this cluster; 0: no change that could affect quality. */
  maximumMargin(cluster: string): number;
  /** Pairs that the policy is ready to grade for one question: those drawn, at least `run.sample_size`. */
  pairsExpected(cluster: string): number;
  readonly warnings: readonly string[];
}

export function readRules(
  policy: Policy,
  workload: Workload,
  book: Books,
  knownLevers: readonly string[],
): Rules {
  const access = readAccess(policy, workload, book);
  const clusters = readClusters(policy, workload);
  const input = { policy, workload, book, access, clusters };
  return {
    limits: readLimits(policy, workload, book, access, clusters),
    economics: readEconomics(policy),
    allowsLever: (id) => listRefusal(policy, id) === null,
    attestsFleets: (id) => meansAny(policy.fleetChanges.attestedLevers, [id]),
    refusal: ({ id, risk }, cluster = null) =>
      listRefusal(policy, id) ?? riskRefusal(policy, risk) ?? tenantRefusal(policy, clusters, id, cluster),
    breach: breachOf(input),
    maximumMargin: clusters.maximumMargin,
    pairsExpected: (id) => Math.max(clusters.byId.get(id)?.samples ?? 0, policy.run.sampleSize),
    warnings: policyWarnings({ ...input, knownLevers }),
  };
}

function readLimits(
  policy: Policy,
  workload: Workload,
  book: Books,
  access: Access,
  clusters: ClusterRules,
): LeverLimits {
  const { commitment, spot, selfHost, exactCache } = policy;
  const { hourlyRatePicoUsd } = readEconomics(policy);
  return {
    allowsModel: (provider, model, cluster) =>
      access.modelRefusal(provider, model, cluster === undefined ? undefined : clusters.byId.get(cluster)) ===
      null,
    batchTolerantClusters: clusters.batchTolerant,
    flexTolerantClusters: clusters.flexTolerant,
    exactCacheClusters: clusters.cacheAttested,
    exactCacheMaximumTtlSeconds: exactCache.maximumTtlSeconds,
    candidateModels: policy.candidates,
    selfHost: {
      allowed: selfHost.allowed,
      models: ownModels(policy, book, access),
      targets: servingTargets(policy, workload, clusters),
      operationsPicoUsdMonth: (hourlyRatePicoUsd * usd(selfHost.operationsHoursMonth)) / usd(1),
    },
    allowsRegion: (cloud, region) => access.regionRefusal(cloud, region) === null,
    maximumCommitmentMonths: commitment.maximumMonths,
    maximumCommitmentPicoUsdMonth:
      commitment.maximumUsdMonth === null ? null : usd(commitment.maximumUsdMonth),
    maximumSpotShare: spot.maximumShare,
  };
}

/** Open-weight models by id: those named, else those of a list of allowed models; null where the policy names none. */
function ownModels(
  { selfHost, allow }: Policy,
  { hardware }: Books,
  access: Access,
): readonly string[] | null {
  if (selfHost.models !== null) {
    const named = selfHost.models.flatMap((name) => hardware.model(name) ?? []);
    const allowed = named.filter(
      ({ id, aliases }) => access.ownModelRefusal([id, ...aliases], true) === null,
    );
    return [...new Set(allowed.map(({ id }) => id))];
  }
  if (allow.models === null) return null;
  return hardware.models
    .filter(({ id, aliases }) => access.ownModelRefusal([id, ...aliases], false) === null)
    .map(({ id }) => id);
}

function listRefusal({ allow, deny }: Policy, lever: string): string | null {
  if (meansAny(deny.levers, [lever])) return `the policy denies ${lever} (deny.levers)`;
  return allow.levers === null || meansAny(allow.levers, [lever])
    ? null
    : `the policy does not allow ${lever} (allow.levers)`;
}

function riskRefusal({ riskAppetite }: Policy, risk: Lever["risk"]): string | null {
  return RISKS.indexOf(risk) <= RISKS.indexOf(riskAppetite)
    ? null
    : `its risk is ${risk}, the policy's appetite ${riskAppetite} (risk_appetite)`;
}

function tenantRefusal(
  { tenants }: Policy,
  { byId }: ClusterRules,
  lever: string,
  cluster: string | null,
): string | null {
  const tenant = cluster === null ? undefined : byId.get(cluster)?.tenant;
  const rules = tenants.find((candidate) => tenant !== undefined && candidate.tenant === tenant);
  return rules !== undefined && meansAny(rules.deny.levers, [lever])
    ? `the policy denies ${lever} (tenants ${JSON.stringify(tenant)} deny.levers)`
    : null;
}
