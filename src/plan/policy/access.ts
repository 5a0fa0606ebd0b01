import type { PriceBook } from "../../pricing/contract.js";
import type { ClusterInfo, WorkloadCell } from "../../profile/contract.js";
import type { Policy } from "./load-policy.js";
import { meansAny, regionNames } from "./names.js";

/** Where requests may go. Every answer is the reason against it, or null. */
export interface Access {
  /** An API's model. Without a cluster only the rules for everybody count. */
  modelRefusal(provider: string, model: string, cluster?: ClusterInfo): string | null;
  /** An open-weight model of one's own, by any of its names; one that `self_host.models` names needs no other leave. */
  ownModelRefusal(names: readonly string[], isNamed: boolean, cluster?: ClusterInfo): string | null;
  /** Capacity in a region of a cloud; the cloud is null where a log names the region alone. */
  regionRefusal(cloud: string | null, region: string, cluster?: ClusterInfo): string | null;
}

/** What of a workload decides where requests may go: who serves it today, and where. */
export interface Served {
  readonly cells: readonly Pick<WorkloadCell, "provider" | "region">[];
  readonly pricedAt: Date;
}

type Lists = Pick<Policy["tenants"][number], "allow" | "deny" | "dataResidency">;

/** Rules for everybody or for one tenant, and how the policy file names them. */
interface Level {
  readonly lists: Lists;
  readonly field: string;
  /** Providers in allowed regions as far as the log shows them; null: no rule on regions. */
  readonly placed: ReadonlySet<string> | null;
  /** Providers that the log shows in denied regions only. */
  readonly misplaced: ReadonlySet<string>;
}

/**
 * Reads who may be sent where. Denials win over permissions; a tenant's rules narrow those for everybody.
 *
 * Providers default to those in use; a model that the policy names as a candidate brings its provider along. Price
 * lists carry no region, so with `allow.regions` or `data_residency` a provider counts only where the log shows it in
 * an allowed region.
 */
export function readAccess(policy: Policy, workload: Served, book: PriceBook): Access {
  const everybody = levelOf(policy, "", workload);
  const tenants = new Map(
    policy.tenants.map((rules) => [
      rules.tenant,
      levelOf(rules, `tenants ${JSON.stringify(rules.tenant)} `, workload),
    ]),
  );
  const levelsOf = (cluster: ClusterInfo | undefined): readonly Level[] => {
    const own = cluster?.tenant === undefined ? undefined : tenants.get(cluster.tenant);
    return own === undefined ? [everybody] : [everybody, own];
  };
  const first = (cluster: ClusterInfo | undefined, check: (level: Level) => string | null) =>
    levelsOf(cluster)
      .map(check)
      .find((reason) => reason !== null) ?? null;
  const inUse = new Set([
    ...workload.cells.map((cell) => cell.provider),
    ...policy.candidates.map((candidate) => candidate.provider),
  ]);
  const spellings = remember((provider: string, model: string) => {
    const row = book.find({ provider, model, at: workload.pricedAt })?.row;
    const models = row === undefined ? [model] : [model, row.model];
    const providers = row === undefined ? [provider] : [provider, row.provider];
    return { providers, models: [...models, ...models.flatMap((m) => providers.map((p) => `${p}/${m}`))] };
  });
  return {
    modelRefusal(provider, model, cluster) {
      const { providers, models } = spellings(provider, model);
      if (policy.allow.providers === null && !inUse.has(provider)) {
        return `provider ${provider} is not in use and the policy does not allow it (allow.providers)`;
      }
      return first(
        cluster,
        (level) => providerRefusal(level, providers) ?? modelListRefusal(level, models, models.at(-1)!),
      );
    },
    ownModelRefusal: (names, isNamed, cluster) =>
      first(cluster, (level) => {
        const shown = names[0] ?? "the model";
        return isNamed ? denial(level, names, shown) : modelListRefusal(level, names, shown);
      }),
    regionRefusal: (cloud, region, cluster) => first(cluster, (level) => placeRefusal(level, cloud, region)),
  };
}

function levelOf(lists: Lists, field: string, { cells }: Served): Level {
  const { allow, deny, dataResidency } = lists;
  const level = { lists, field, placed: null, misplaced: new Set<string>() };
  const located = cells.filter((cell) => cell.region !== null);
  const placed = new Set(
    located.filter((cell) => placeRefusal(level, null, cell.region!) === null).map((cell) => cell.provider),
  );
  const misplaced = located.map((cell) => cell.provider).filter((provider) => !placed.has(provider));
  return {
    ...level,
    placed: allow.regions === null && dataResidency === null ? null : placed,
    misplaced: new Set(deny.regions.length === 0 ? [] : misplaced),
  };
}

function providerRefusal({ lists, field, placed, misplaced }: Level, names: readonly string[]) {
  const [provider] = names;
  const { allow, deny } = lists;
  if (meansAny(deny.providers, names))
    return `the policy denies provider ${provider} (${field}deny.providers)`;
  if (allow.providers !== null && !meansAny(allow.providers, names)) {
    return `the policy does not allow provider ${provider} (${field}allow.providers)`;
  }
  if (placed !== null && !names.some((name) => placed.has(name))) {
    const rule = lists.dataResidency === null ? "allow.regions" : "data_residency";
    return `the log does not show provider ${provider} in a region that the policy allows (${field}${rule})`;
  }
  return names.some((name) => misplaced.has(name))
    ? `the log shows provider ${provider} in denied regions only (${field}deny.regions)`
    : null;
}

function modelListRefusal(level: Level, names: readonly string[], shown: string): string | null {
  const { allow } = level.lists;
  return (
    denial(level, names, shown) ??
    (allow.models === null || meansAny(allow.models, names)
      ? null
      : `the policy does not allow ${shown} (${level.field}allow.models)`)
  );
}

function denial({ lists, field }: Level, names: readonly string[], shown: string): string | null {
  return meansAny(lists.deny.models, names) ? `the policy denies ${shown} (${field}deny.models)` : null;
}

function placeRefusal(
  { lists, field }: Pick<Level, "lists" | "field">,
  cloud: string | null,
  region: string,
) {
  const names = regionNames(cloud, region);
  const { allow, deny, dataResidency } = lists;
  if (meansAny(deny.regions, names)) return `the policy denies region ${region} (${field}deny.regions)`;
  if (dataResidency !== null && !meansAny(dataResidency, names)) {
    return `region ${region} is outside the policy's data residency (${field}data_residency)`;
  }
  return allow.regions === null || meansAny(allow.regions, names)
    ? null
    : `the policy does not allow region ${region} (${field}allow.regions)`;
}

/** Asked for every row of the price book and every cluster, hence remembered. */
function remember<T>(
  compute: (provider: string, model: string) => T,
): (provider: string, model: string) => T {
  const known = new Map<string, T>();
  return (provider, model) => {
    const key = `${provider}\0${model}`;
    if (!known.has(key)) known.set(key, compute(provider, model));
    return known.get(key)!;
  };
}
