import type { Books, ModelRef } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { nearest } from "../../shared/nearest.js";
import type { Access } from "./access.js";
import type { ClusterRules } from "./clusters.js";
import type { Policy } from "./load-policy.js";
import { means, regionNames } from "./names.js";

export interface WarningsInput {
  readonly policy: Policy;
  readonly workload: Workload;
  readonly book: Books;
  readonly knownLevers: readonly string[];
  readonly access: Access;
  readonly clusters: ClusterRules;
}

/** What in a policy has no effect on this workload, and what in the workload breaks the policy already. */
export function policyWarnings(input: WarningsInput): string[] {
  return [
    ...unknownNames(input),
    ...unknownTenants(input),
    ...tenantNote(input.workload),
    ...candidateWarnings(input),
    ...breaches(input),
    ...latencyWarning(input),
  ];
}

type Named = readonly [field: string, words: readonly string[], known: readonly string[]];

function unknownNames({ policy, workload, book, knownLevers }: WarningsInput): string[] {
  const known = knownNames(workload, book);
  const { quality, latency, exactCache, allow, deny, economics, approvals, tenants } = policy;
  const lists = (field: string, rules: Policy["tenants"][number] | Policy): Named[] => [
    [`${field}allow.providers`, rules.allow.providers ?? [], known.providers],
    [`${field}deny.providers`, rules.deny.providers, known.providers],
    [`${field}allow.models`, rules.allow.models ?? [], known.models],
    [`${field}deny.models`, rules.deny.models, known.models],
    [`${field}allow.regions`, rules.allow.regions ?? [], known.regions],
    [`${field}deny.regions`, rules.deny.regions, known.regions],
    [`${field}data_residency`, rules.dataResidency ?? [], known.regions],
    [`${field}deny.levers`, rules.deny.levers, knownLevers],
  ];
  const named: Named[] = [
    ["quality.protected_intents", quality.protectedIntents.map(({ intent }) => intent), known.intents],
    ["latency.batch_tolerant_intents", latency.batchTolerantIntents, known.intents],
    ["latency.flex_tolerant_intents", latency.flexTolerantIntents, known.intents],
    ["exact_cache.attested_intents", exactCache.attestedIntents, known.intents],
    ...lists("", { ...policy, allow, deny }),
    ["allow.levers", allow.levers ?? [], knownLevers],
    ["fleet_changes.attested_levers", policy.fleetChanges.attestedLevers, knownLevers],
    ["self_host.models", policy.selfHost.models ?? [], known.ownModels],
    ["economics.effort", economics.effort.map(({ lever }) => lever), knownLevers],
    ["approvals", approvals.flatMap(({ when }) => when.lever ?? []), knownLevers],
    ...tenants.flatMap((rules) => lists(`tenants ${JSON.stringify(rules.tenant)} `, rules)),
  ];
  return named.flatMap(([field, words, names]) =>
    words
      .filter((word) => !names.some((name) => means(word, name)))
      .map((word) => {
        const close = nearest(word, names);
        const hint = close === null ? `known: ${names.slice(0, 8).join(", ")}` : `did you mean "${close}"?`;
        return `policy ${field}: "${word}" is not in this workload and has no effect; ${hint}`;
      }),
  );
}

function knownNames({ clusters, cells, fleets }: Workload, { rows, hardware }: Books) {
  const models = [...cells, ...rows].flatMap(({ provider, model }) => [model, `${provider}/${model}`]);
  const ownModels = hardware.models.flatMap(({ id, aliases }) => [id, ...aliases]);
  const offered = [...fleets, ...hardware.offers].flatMap(({ cloud, region }) => regionNames(cloud, region));
  return {
    intents: clusters
      .filter(({ baseCluster }) => baseCluster === undefined)
      .flatMap(({ id, name }) => (id === name ? [id] : [id, name])),
    providers: [...new Set([...cells, ...rows].map(({ provider }) => provider))],
    models: [...new Set([...models, ...ownModels])],
    ownModels: [...new Set(ownModels)],
    regions: [...new Set([...cells.flatMap(({ region }) => region ?? []), ...offered])],
  };
}

function unknownTenants({ policy, workload }: WarningsInput): string[] {
  const seen = new Set(workload.clusters.map(({ tenant }) => tenant));
  return policy.tenants
    .filter(({ tenant }) => !seen.has(tenant))
    .map(
      ({ tenant }) =>
        `policy tenants: "${tenant}" has no request in this workload and its rules have no effect`,
    );
}

function tenantNote({ clusters }: Workload): string[] {
  const apart = [...new Set(clusters.flatMap(({ tenant }) => tenant ?? []))];
  return apart.length === 0
    ? []
    : [
        `requests of ${apart.join(", ")} are planned apart: their part of reuse, retries and arrivals is taken in ` +
          "proportion to requests (assumed)",
      ];
}

function candidateWarnings({ policy, workload, book, access }: WarningsInput): string[] {
  return policy.candidates.flatMap(({ provider, model }: ModelRef) => {
    const refusal = access.modelRefusal(provider, model);
    if (refusal !== null) return [`policy candidates: ${provider}/${model} is left out: ${refusal}`];
    const priced = book.find({ provider, model, at: workload.pricedAt }) !== null;
    return priced ? [] : [`policy candidates: ${provider}/${model} has no price; left out`];
  });
}

/** A plan decides where changes may go. What breaks a rule today it may move, but is not forced to. */
function breaches({ workload, access, clusters }: WarningsInput): string[] {
  const requests = new Map<string, number>();
  for (const cell of workload.cells) {
    const cluster = clusters.byId.get(cell.cluster);
    const reason =
      (cell.fleet === undefined ? access.modelRefusal(cell.provider, cell.model, cluster) : null) ??
      (cell.region === null ? null : access.regionRefusal(null, cell.region, cluster));
    if (reason !== null) requests.set(reason, (requests.get(reason) ?? 0) + cell.requests);
  }
  return [...requests].map(
    ([reason, count]) =>
      `${reason}, yet the log has ${count} such ${count === 1 ? "request" : "requests"}; no change will add to them`,
  );
}

function latencyWarning({ policy, workload }: WarningsInput): string[] {
  if (policy.latency.p95Ms === null) return [];
  return (workload.latencies ?? []).length === 0
    ? [`policy latency.p95_ms: a candidate's latency is not predicted; compare it in the evaluation of run`]
    : [
        "policy latency.p95_ms: held against the latency that the log shows of a model; one that it does not show is " +
          "compared in the evaluation of run",
      ];
}
